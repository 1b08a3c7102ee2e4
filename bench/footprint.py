"""What an installation takes while nothing happens: memory and CPU of all its processes."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from tests.installation import Installation

#: Seconds until it is at rest, and for which it is watched then.
REST, WATCHED = 5.0, 20.0


def at_rest(running: Installation) -> dict[str, float]:
    """PSS of all processes in MB, the highest peak (RSS) of one of them, and CPU in % of a core."""
    time.sleep(REST)
    pids = processes(running)
    before, began = _cpu_seconds(pids), time.monotonic()
    time.sleep(WATCHED)
    used = _cpu_seconds(pids) - before
    return {
        "processes": len(pids),
        "pss_mb": round(sum(_kilobytes(pid, "smaps_rollup", "Pss") for pid in pids) / 1024),
        "peak_mb": round(max(_kilobytes(pid, "status", "VmHWM") for pid in pids) / 1024),
        "cpu_percent": round(100 * used / (time.monotonic() - began), 2),
    }


def processes(running: Installation) -> list[int]:
    """The launcher and all below it, and the shepherd, which is below nobody."""
    assert running.launcher is not None
    parents, shepherds = {}, []
    socket = str((running.home / "run").resolve())
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            command = Path("/proc", entry, "cmdline").read_text()
        except OSError:
            continue
        parents[int(entry)] = int(stat[1])
        if "shepherd.py" in command and socket in command:
            shepherds.append(int(entry))
    found = [running.launcher.pid]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found + shepherds


def _cpu_seconds(pids: list[int]) -> float:
    ticks = 0
    for pid in pids:
        stat = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
        ticks += int(stat[11]) + int(stat[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _kilobytes(pid: int, file: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc", str(pid), file).read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
