"""Log pages: one entry a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.gateways.rpc.parameters import Parameters

MOST_LINES = 1000


@dataclass(frozen=True, slots=True)
class Lines:
    start: int
    count: int
    reverse: bool


def read_lines_asked(p: Parameters) -> Lines:
    """Start and Lines, or their older names Offset and Length."""
    start = p.whole("Start", low=0)
    if start is None:
        start = p.whole("Offset", low=0) or 0
    count = p.whole("Lines", low=1, high=MOST_LINES)
    if count is None:
        count = p.whole("Length", low=1, high=MOST_LINES) or 100
    return Lines(start, count, bool(p.flag("Reverse")))


def render_log(lines: list[str], is_end: bool) -> dict[str, Any]:
    return {"LogEntrys": {"LogEntry": [{"Content": line} for line in lines]}, "LogEnd": is_end}
