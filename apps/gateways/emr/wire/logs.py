"""Log pages: one entry a line."""

from __future__ import annotations

from typing import Any

from apps.gateways.rpc.parameters import Parameters
from apps.jobs.logs import Wanted

MOST_LINES = 1000


def read_lines_asked(p: Parameters) -> Wanted:
    """Start and Lines, or their older names Offset and Length; StartTime and EndTime (ms since 1970)."""
    start = p.whole("Start", low=0)
    if start is None:
        start = p.whole("Offset", low=0) or 0
    count = p.whole("Lines", low=1, high=MOST_LINES)
    if count is None:
        count = p.whole("Length", low=1, high=MOST_LINES) or 100
    return Wanted(
        start=start,
        count=count,
        reverse=bool(p.flag("Reverse")),
        since=p.whole("StartTime", low=0),
        until=p.whole("EndTime", low=0),
    )


def render_log(lines: list[str], is_end: bool) -> dict[str, Any]:
    return {"LogEntrys": {"LogEntry": [{"Content": line} for line in lines]}, "LogEnd": is_end}
