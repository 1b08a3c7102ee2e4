"""Talking to this host's shepherd, and reading what it wrote. Touches processes and files, never states."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from apps.jobs import shepherd
from apps.jobs.errors import JobError

START_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Status:
    """What a status file says. All empty: opened, and nothing is known about a start."""

    pid: int = 0
    #: The clock ticks since boot between which it started.
    ticks: tuple[int, int] = (0, 0)
    boot: str = ""
    ended: bool = False
    exit_code: int | None = None
    reason: str = ""

    def is_alive(self) -> bool:
        """Whether the very process that was started still runs (a reused pid does not count)."""
        if not self.pid or self.boot != boot_id():
            return False
        first, last = self.ticks
        return first <= shepherd.start_ticks(self.pid) <= last

    def age(self) -> float:
        """Seconds since the process started, by a clock that nobody sets; 0 when there is none to ask."""
        if not self.pid or self.boot != boot_id():
            return 0.0
        return (shepherd.ticks() - self.ticks[0]) / shepherd.TICKS_A_SECOND


@lru_cache(maxsize=1)
def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def read_status(path: Path) -> Status | None:
    """The status of an attempt, or None when it was never started here."""
    try:
        return status_of(path.read_text())
    except FileNotFoundError:
        return None


def forbid_start(path: Path, reason: str) -> None:
    """See to it that an attempt that was never started is not started any more."""
    with contextlib.suppress(OSError):  # it is there, or the disk is full
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("x") as file:
            file.write(f"error {reason}\n")


def status_of(text: str) -> Status:
    """What a status file with this content says. A signal's exit code is 128 + its number, as in a shell."""
    status = Status()
    for line in text.splitlines(keepends=True):
        if not line.endswith("\n"):
            break
        word, _, rest = line.strip().partition(" ")
        if word == "pid":
            pid, ticks, boot = rest.split()
            first, _, last = ticks.partition("-")
            status = Status(int(pid), (int(first), int(last or first)), boot)
        elif word == "exit":
            code = int(rest)
            status = _ended(status, code, "" if code == 0 else f"exit code {code}")
        elif word == "signal":
            name = signal.Signals(int(rest)).name
            status = _ended(status, 128 + int(rest), f"ended by signal {name}")
        elif word == "error":
            status = _ended(status, None, f"could not be started: {rest}")
    return status


def _ended(status: Status, exit_code: int | None, reason: str) -> Status:
    return Status(status.pid, status.ticks, status.boot, True, exit_code, reason)


class Supervisor:
    """A connection to the shepherd; starts one when there is none."""

    def __init__(self, path: Path, *, log_bytes: int = 0, log_compress_bytes: int = 0) -> None:
        """Of a job's log `log_bytes` are kept; from `log_compress_bytes` on it is compressed. Zero: never."""
        self.path = path
        self.log_bytes = log_bytes
        self.log_compress_bytes = log_compress_bytes
        self.socket: socket.socket | None = None

    def fileno(self) -> int:
        return self.socket.fileno() if self.socket else -1

    def connect(self) -> None:
        """Raises OSError when a shepherd can neither be reached nor started."""
        self.close()
        if not self._dial():
            with contextlib.suppress(subprocess.SubprocessError):
                self._launch()
            deadline = time.monotonic() + START_TIMEOUT
            while not self._dial():
                if time.monotonic() > deadline:
                    raise OSError(f"the shepherd does not answer at {self.path}")
                time.sleep(0.02)
        self.send({"op": "list"})

    def close(self) -> None:
        if self.socket:
            self.socket.close()
            self.socket = None

    def start(
        self,
        key: str,
        *,
        argv: list[str],
        env: dict[str, str],
        cwd: Path,
        log: Path,
        status: Path,
        room: int | None = None,
    ) -> None:
        """Have the job started once fewer than `room` run; to be asked again does no harm.

        Raises OSError when cut off, and JobError when it is more than fits into a message.
        """
        message: dict[str, Any] = {
            "op": "start",
            "key": key,
            "argv": argv,
            "env": env,
            "cwd": str(cwd),
            "log": str(log),
            "status": str(status),
            "most": self.log_bytes,
            "pack": self.log_compress_bytes,
        }
        if room is not None:
            message["room"] = room
        try:
            self.send(message)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            raise JobError("its arguments and environment are too large to be handed over") from None

    def withdraw(self, key: str) -> None:
        """Have a job not started that waits for room; it is told when that was in time. Raises OSError."""
        self.send({"op": "withdraw", "key": key})

    def send(self, message: dict[str, Any]) -> None:
        if self.socket is None:
            raise OSError("not connected to the shepherd")
        data = json.dumps(message).encode()
        if len(data) > shepherd.MAX_MESSAGE:
            raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
        self.socket.send(data, socket.MSG_NOSIGNAL)

    def messages(self) -> list[dict[str, Any]]:
        """What came since the last call, without waiting. Raises OSError when cut off."""
        found: list[dict[str, Any]] = []
        while self.socket is not None:
            try:
                data = self.socket.recv(shepherd.MAX_MESSAGE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            if not data:
                raise OSError("the shepherd is gone")
            found.append(json.loads(data))
        return found

    def _dial(self) -> bool:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            connection.setsockopt(socket.SOL_SOCKET, option, shepherd.MAX_MESSAGE)
        try:
            connection.connect(str(self.path))
        except OSError:
            connection.close()
            return False
        self.socket = connection
        return True

    def _launch(self) -> None:
        """With nothing of ours in its environment; it goes into a session of its own."""
        subprocess.run(
            [sys.executable, "-I", "-S", shepherd.__file__, str(self.path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath},
            cwd="/",
            check=True,
            timeout=START_TIMEOUT,
        )


def session_of(pid: int) -> list[int]:
    """The processes of the session that `pid` leads: a job and all that it started."""
    members = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == pid and fields[0] != "Z":
                    members.append(int(entry))
    return members


def signal_session(status: Status, number: signal.Signals) -> list[int]:
    """Send a signal to every process of the job's session; return those that were there."""
    if not status.pid or status.boot != boot_id():
        return []
    members = session_of(status.pid)
    for pid in members:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    return members
