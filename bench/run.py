"""`make bench`: the whole installation, durable, on both databases, beside ninja on the same graphs.

Prints a JSON line a workload and database, then what was reached of the targets. Compare
ratios of one run, never seconds of two: the machine is rarely alone.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.footprint import at_rest
from bench.targets import verdicts
from bench.workloads import SLOTS
from tests.installation import ROOT, Installation
from tests.postgres import PostgresServer

DATABASES = ("sqlite", "postgres")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--databases", default=",".join(DATABASES))
    parser.add_argument(
        "--only", default="", help="workloads, such as W1,W5; idle for memory and CPU at rest"
    )
    parser.add_argument("--repetitions", type=int, default=5)
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    # Removed at the end alone: on ext4 files are slow to make for minutes after many were removed.
    with tempfile.TemporaryDirectory(prefix="hr-bench-") as folder:
        for database in given.databases.split(","):
            place = Path(folder, database)
            place.mkdir()
            with installation(place, database) as running:
                for row in measured(running, database, given.only, given.repetitions):
                    print(json.dumps(row), flush=True)
                    rows.append(row)
    print("\n".join(["", *verdicts(rows)]))


def measured(running: Installation, database: str, only: str, repetitions: int) -> Iterator[dict[str, Any]]:
    if only != "idle":
        command = [sys.executable, "-m", "bench.measure", database, running.url, "--only", only]
        environment = running.environment | {"HEADRACE_LOG_LEVEL": "WARNING"}
        with subprocess.Popen(
            [*command, "--repetitions", str(repetitions)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            yield from map(json.loads, process.stdout)
        if process.returncode:
            raise SystemExit(process.returncode)
    if not only or "idle" in only:
        yield {"workload": "idle", "database": database, **at_rest(running)}


@contextlib.contextmanager
def installation(folder: Path, database: str) -> Iterator[Installation]:
    """An installation with as many slots as ninja has jobs, and nothing in it."""
    with contextlib.ExitStack() as stack:
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
