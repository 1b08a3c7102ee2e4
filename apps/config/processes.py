"""Child processes that are kept running, and that never outlive whoever keeps them.

Each child leads a session of its own, so that a Ctrl-C in the terminal reaches only the
launcher, which then stops them in order. The kernel sends each child a SIGTERM when the
launcher dies, however it dies. Linux ties that signal to the thread that forked: start
children from the main thread only.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
#: Seconds before a child that ended is started again: doubled each time, up to the last.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: A child that lived this long is well; its next end starts again with the first pause.
WELL_AFTER = 20.0

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int) -> None:
    """Ask the kernel for a SIGTERM when `parent` dies; leave at once when it already has."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


@dataclass(frozen=True)
class Service:
    """A command to keep running.

    `grace` is how long it may take to stop; what a `quiet` one says is only in its log file.
    """

    name: str
    command: tuple[str, ...]
    grace: float = 10.0
    quiet: bool = False


@dataclass
class Child:
    """A service's process, through all its restarts."""

    service: Service
    environment: dict[str, str]
    log: Path
    say: Callable[[str], None]
    process: subprocess.Popen[bytes] | None = None
    pause: float = FIRST_PAUSE
    started_at: float = 0.0
    due_at: float = field(default=0.0)

    @property
    def name(self) -> str:
        return self.service.name

    def start(self) -> None:
        launcher = os.getpid()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.service.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(launcher),
            )
        self.started_at = time.monotonic()

    def keep_running(self) -> bool:
        """Start it again when it ended and its pause is over. True when it was started."""
        now = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return False
            if now - self.started_at > WELL_AFTER:
                self.pause = FIRST_PAUSE
            self.say(f"{self.name} ended ({_spell(code)}), starting it again in {self.pause:g} s")
            self.process, self.due_at = None, now + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        if now < self.due_at:
            return False
        self.start()
        return True

    def stop(self) -> None:
        """Ask it to end, wait, and end it (with what it started in its session) when it does not."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(self.service.grace)
        except subprocess.TimeoutExpired:
            self.say(f"{self.name} did not stop within {self.service.grace:g} s and is killed")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _spell(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


# --- what an earlier launcher left


def remember(path: Path, children: Iterable[Child]) -> None:
    """Write down which processes are ours, for the launcher that comes after a kill -9."""
    alive = {c.name: c.process.pid for c in children if c.process is not None}
    rows = [{"name": name, "pid": pid, "started": _started(pid)} for name, pid in alive.items()]
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(rows))
    temporary.replace(path)


def end_leftovers(path: Path, say: Callable[[str], None], patience: float = 15.0) -> None:
    """Wait for services of an earlier launcher, which the kernel has told to stop; then kill them.

    Two brokers on one append-only file would spoil it.
    """
    try:
        rows = json.loads(path.read_text())
    except (OSError, ValueError):
        return
    give_up_at = time.monotonic() + patience
    for row in rows:
        told = False
        while row["started"] and _started(row["pid"]) == row["started"]:
            if not told:
                say(f"waiting for {row['name']} of the last start to end (process {row['pid']})")
                told = True
            if time.monotonic() > give_up_at:
                os.kill(row["pid"], signal.SIGKILL)
            time.sleep(0.1)
    path.unlink(missing_ok=True)


def _started(pid: int) -> str:
    """Boot and start time of a process: together with its number they are never used twice."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else f"{boot} {fields[19]}"
