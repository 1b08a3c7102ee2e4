"""A clock that can be stepped: of every process of an installation, and of no other.

libfaketime stands between those processes and the C library, so that nothing of the
product has to know. Only the time of day is stepped: a monotonic clock never is.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

HOUR = 3600
_ASK = "import time; print(time.time())"


class Clock:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self.offset = 0
        #: Every (moment, offset from then on).
        self.steps: list[tuple[datetime, int]] = []
        self._write()
        self.works = self._steps()
        self.step_to(0)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs that shall follow this clock."""
        return self._preloaded() if self.works else {}

    def now(self) -> datetime:
        """What the processes believe the time to be."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def step_to(self, offset: int) -> None:
        """Every process has it within a second."""
        self.offset = offset
        self.steps.append((datetime.now(UTC), offset))
        self._write()

    def _write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{self.offset:+d}\n")
        fresh.replace(self.file)

    def _preloaded(self) -> dict[str, str]:
        found = find_spec("libfaketime")
        folder = Path(found.origin).parent if found and found.origin else Path("/nowhere")
        return {
            "LD_PRELOAD": str(folder / "vendor/libfaketime/src/libfaketime.so.1"),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def _steps(self) -> bool:
        """Whether this machine lets a clock be put between (the library is built for one processor)."""
        self.step_to(-HOUR)
        seen = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _ASK],
            env=self._preloaded(),
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        behind = datetime.now(UTC).timestamp() - float(seen or 0)
        return bool(seen) and abs(behind - HOUR) < HOUR / 2


def forget_killed_processes() -> None:
    """Remove the shared memory that libfaketime leaves of a process that was killed."""
    for path in Path("/dev/shm").glob("*faketime_*_*"):
        if not Path("/proc", path.name.rpartition("_")[2]).exists():
            path.unlink(missing_ok=True)
