"""`make bench`: the whole installation, durable, on both databases, beside ninja on the same graphs.

Prints a JSON line a workload and database. Compare ratios of one run, never seconds of
two: the machine is rarely alone.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.workloads import SLOTS
from tests.installation import ROOT, Installation
from tests.postgres import PostgresServer

DATABASES = ("sqlite", "postgres")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--databases", default=",".join(DATABASES))
    parser.add_argument("--only", default="", help="workloads, such as W1,W5")
    parser.add_argument("--repetitions", type=int, default=5)
    given = parser.parse_args()
    for database in given.databases.split(","):
        with installation(database) as running:
            measured = ["-m", "bench.measure", database, running.url, "--only", given.only]
            subprocess.run(
                [sys.executable, *measured, "--repetitions", str(given.repetitions)],
                cwd=ROOT,
                env=running.environment | {"HEADRACE_LOG_LEVEL": "WARNING"},
                check=True,
            )


@contextlib.contextmanager
def installation(database: str) -> Iterator[Installation]:
    """An installation with as many slots as ninja has jobs, and nothing in it."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hr-bench-")))
        environment = {"HEADRACE_SLOTS": str(SLOTS), "HEADRACE_LOG_LEVEL": "WARNING"}
        if database == "postgres":
            sockets = folder / "pg"
            sockets.mkdir()
            server = PostgresServer(sockets, durable=True)
            stack.callback(server.stop)
            server.start()
            server.create_database("headrace")
            environment["DATABASE_URL"] = server.address("headrace")
        running = stack.enter_context(contextlib.closing(Installation(folder, demo=False, **environment)))
        running.start()
        running.environment["LD_LIBRARY_PATH"] = os.environ.get("LD_LIBRARY_PATH", "")
        yield running


if __name__ == "__main__":
    main()
