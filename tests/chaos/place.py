"""An installation to be hurt: launcher, a second scheduler, a database of its own, a clock to be stepped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.clock import Clock, forget_killed_processes
from tests.installation import ROOT, Installation
from tests.postgres import PostgresServer

#: Seconds that an installation may take until it is up again, on a machine that others use too.
PATIENCE = 120.0
DATABASE = "headrace"


def sockets_in(folder: Path) -> Path:
    """Where the database server of a place listens."""
    return folder / "pg"


class Place:
    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.clock = Clock(self.folder)
        self.ledger = self.folder / "ledger"
        self.server = self._start_server() if database == "postgres" else None
        self.mounts: list[Path] = []
        address = {"DATABASE_URL": self.server.address(DATABASE)} if self.server else {}
        self.installation = Installation(
            self.folder,
            demo=False,
            HEADRACE_SLOTS="8",
            HEADRACE_KILL_GRACE="1",
            HEADRACE_LOG_LEVEL="WARNING",
            **address,
            **self.clock.environment,
        )
        self.second: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Path:
        return self.installation.home

    def _start_server(self) -> PostgresServer:
        sockets = sockets_in(self.folder)
        sockets.mkdir()
        server = PostgresServer(sockets)
        server.start()
        server.create_database(DATABASE)
        return server

    # --- life

    def revive(self) -> None:
        """Start what has to be started from outside: the launcher and the second scheduler."""
        launcher = self.installation.launcher
        if launcher is None or launcher.poll() is not None:
            forget_killed_processes()
            self.installation.start(PATIENCE)
        if self.second is None or self.second.poll() is not None:
            with (self.folder / "second-scheduler.out").open("ab") as log:
                self.second = subprocess.Popen(
                    [sys.executable, str(ROOT / "manage.py"), "scheduler"],
                    cwd=ROOT,
                    env=self.installation.environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def stop(self) -> list[str]:
        """Stop it as its users do, and say which processes it left behind."""
        if self.second is not None and self.second.poll() is None:
            self.second.terminate()
            self.second.wait(30)
        self.installation.stop(patience=PATIENCE)
        give_up_at = time.monotonic() + 15  # the shepherd goes a little after its last client
        while (left := list(self.processes())) and time.monotonic() < give_up_at:
            time.sleep(0.2)
        return [command for _, command in left]

    def close(self) -> None:
        for mount in self.mounts:
            subprocess.run(["umount", "-l", str(mount)], check=False)
        if self.second is not None and self.second.poll() is None:
            self.second.kill()
            self.second.wait()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.installation.close()
        for pid, _ in list(self.processes()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.server:
            self.server.stop()
        forget_killed_processes()

    # --- look

    def pid(self, service: str) -> int | None:
        """The process of a service, or None while there is none."""
        if service == "launcher":
            process = self.installation.launcher
            return process.pid if process and process.poll() is None else None
        if service == "second scheduler":
            return self.second.pid if self.second and self.second.poll() is None else None
        if service == "shepherd":
            return next((pid for pid, command in self.processes() if "shepherd.py" in command), None)
        try:
            pid = self.installation.services().get(service)
        except (OSError, ValueError):
            return None  # the launcher is just writing, or gone
        # Until it is started again, its number may be that of anybody.
        return pid if pid and any(pid == ours for ours, _ in self.processes()) else None

    def processes(self) -> Iterator[tuple[int, str]]:
        """Every living process of this installation, its jobs included, with its command line."""
        marks = (str(self.folder).encode(), str(self.runtime).encode())
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                command = Path("/proc", entry, "cmdline").read_bytes()
                where = command + Path("/proc", entry, "environ").read_bytes()
                if command and any(mark in where for mark in marks) and not self._is_of_database(command):
                    yield int(entry), command.replace(b"\0", b" ").decode(errors="replace").strip()

    @property
    def runtime(self) -> Path:
        return (self.home / "run").resolve()

    @property
    def broker_socket(self) -> Path:
        return self.runtime / "broker.sock"

    def _is_of_database(self, command: bytes) -> bool:
        return command.startswith(b"postgres:") or b"/pginstall/" in command
