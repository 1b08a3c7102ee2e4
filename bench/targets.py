"""What the figures are held to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: Times ninja running the same command.
MOST_TIMES = {
    "sqlite": {"W1": 2.5, "W2": 2.2, "W3": 2.2, "W4": 2.2, "W6": 2.2},
    "postgres": {"W1": 4.5, "W2": 3.0, "W3": 3.0, "W4": 3.0, "W6": 3.0},
}
MOST_LAST_TO_FIRST = 1.15
MOST_P50_MS = {"wake": 6.0, "rest": 30.0}
MOST_LATE_P99_MS = 2000.0
MOST_PSS_MB, MOST_CPU_PERCENT = 400, 2.0


def verdicts(rows: Iterable[dict[str, Any]]) -> list[str]:
    """A line for each figure that has a target."""
    return [_line(row, *each) for row in rows for each in _figures(row)]


def _figures(row: dict[str, Any]) -> Iterable[tuple[str, float, float, str]]:
    """What it is, its value, the most it may be, and what else to know."""
    if "times_same" in row:
        also = f"{row['ms_per_node']} ms a node, {row['times_plain']} x ninja running `true`"
        yield "x ninja", row["times_same"], MOST_TIMES[row["database"]][row["workload"]], also
    if "last_to_first" in row:
        yield "last tenth by first", row["last_to_first"], MOST_LAST_TO_FIRST, ""
    if row.get("door") in MOST_P50_MS:
        yield f"ms from {row['door']}", row["p50_ms"], MOST_P50_MS[row["door"]], f"p90 {row['p90_ms']}"
    if "missed" in row:
        also = f"p50 {row['p50_ms']}, missed {row['missed']}, doubled {row['doubled']}"
        yield "ms late, p99", row["p99_ms"], MOST_LATE_P99_MS, also
    if "pss_mb" in row:
        yield "MB PSS", row["pss_mb"], MOST_PSS_MB, f"of {row['processes']} processes"
        yield "% CPU", row["cpu_percent"], MOST_CPU_PERCENT, ""


def _line(row: dict[str, Any], what: str, value: float, most: float, also: str) -> str:
    word = "pass" if value <= most else "MISS"
    return f"{word}  {row['database']:8}  {row['workload']:4}  {value:8.2f} {what} (at most {most:g})  {also}"
