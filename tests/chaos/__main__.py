"""A campaign on each database, and crowds of writers and of schedules, each in processes of their own.

python -m tests.chaos --faults 100 --minutes 9 --seed 7 --databases sqlite
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from apps.config.home import make_home
from tests.chaos.place import DATABASE, sockets_in
from tests.installation import ROOT
from tests.postgres import PostgresServer, address
from tests.valkey import ValkeyServer

DATABASES = ("sqlite", "postgres")
#: What the environment of whoever starts this may say of another installation.
FOREIGN = ("HEADRACE_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--databases", default=",".join(DATABASES))
    parser.add_argument("--faults", type=int, default=100, help="on each database")
    parser.add_argument("--minutes", type=float, default=9.0, help="at most, on each database")
    parser.add_argument("--seed", type=int, default=time.time_ns() // 1_000_000 % 1_000_000)
    parser.add_argument("--fan-ins", type=int, default=50, help="500-way, one after the other; 0: none")
    parser.add_argument("--ticks", type=int, default=3, help="of 1,000 flows; 0: none")
    given = parser.parse_args()
    settings = [f"--{name}={getattr(given, name)}" for name in ("faults", "minutes", "seed")]
    codes = []
    for database in given.databases.split(","):
        codes.append(campaign(database, settings))
        codes.append(crowds(database, given.fan_ins, given.ticks))
    return max(codes)


def campaign(database: str, settings: list[str]) -> int:
    print(f"chaos on {database}:", *settings, flush=True)
    with empty_home(database) as (folder, environment):
        return _python("tests.chaos.campaign", database, str(folder), *settings, environment=environment)


def crowds(database: str, fan_ins: int, ticks: int) -> int:
    """What many processes do to the same rows at the same time, with nobody killed."""
    codes = [0]
    for module, count, arguments in (
        ("tests.flows.fan_in", fan_ins, [str(fan_ins)]),
        ("tests.flows.ticks", ticks, [f"--ticks={ticks}"]),
    ):
        if not count:
            continue
        with empty_home(database) as (folder, environment), contextlib.ExitStack() as stack:
            if database == "postgres":
                sockets_in(folder).mkdir()
                server = PostgresServer(sockets_in(folder), durable=True)
                server.start()
                stack.callback(server.stop)
                server.create_database(DATABASE)
            (folder / "home" / "run").mkdir()
            broker = ValkeyServer(folder / "home", folder / "home" / "run")
            broker.start()
            stack.callback(broker.stop)
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True
            )
            print(f"{module} on {database}", flush=True)
            codes.append(_python(module, *arguments, environment=environment))
    return max(codes)


@contextlib.contextmanager
def empty_home(database: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with a home in it, and the environment of those who work on it."""
    with tempfile.TemporaryDirectory(prefix="hr-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "home").mkdir(mode=0o700)
        make_home(folder / "home")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        environment["HEADRACE_HOME"] = str(folder / "home")
        if database == "postgres":
            environment["DATABASE_URL"] = address(sockets_in(folder), DATABASE)
        yield folder, environment


def _python(module: str, *arguments: str, environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
