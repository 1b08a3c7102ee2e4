"""A data job beside plain Polars: 14 million rows of CSV (about 1 GB) filtered to CSV.

    python -m bench.dataflow [--rows N] [--rounds N]

Both run in processes of their own, in turns; the job is the very process that the product
starts, so its start, its counting and its commit are in the time. Printed are wall time,
CPU time and peak memory of each, and the ratio: the median of those of the rounds, because
the two of a round find the machine in the same mood.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from apps.jobs.dataflow.compiling import compile_nodes

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = {
    "id": "bigint",
    "name": "string",
    "country": "string",
    "amount": "double",
    "day": "date",
    "note": "string",
}
PLAIN = """
import sys, polars as pl
source, target = sys.argv[1:]
types = dict(id=pl.Int64, name=pl.String, country=pl.String, amount=pl.Float64, day=pl.Date, note=pl.String)
rows = pl.scan_csv(source, schema=types)
rows.filter((pl.col("country") == "KR") & (pl.col("amount") > 500)).sink_csv(target)
"""
MOST_RATIO, MOST_MEMORY = 1.3, 1 << 30


@dataclass(frozen=True, slots=True)
class Took:
    wall: float
    cpu: float
    memory: int

    def __str__(self) -> str:
        return f"{self.wall:6.2f} s wall {self.cpu:6.2f} s CPU {self.memory / 2**20:6.0f} MB"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=14_000_000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as name:
        folder = Path(name)
        source = folder / "objects" / "bench" / "in" / "rows.csv"
        # By a process of its own: ours would lend its peak of memory to those it starts.
        subprocess.run(
            [sys.executable, "-m", "bench.rows", str(source), str(chosen.rows)], check=True, cwd=ROOT
        )
        print(f"{chosen.rows} rows, {source.stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores")
        plan = _plan(folder)
        plain, job = [], []
        for number in range(chosen.rounds):
            plain.append(_run([sys.executable, "-c", PLAIN, str(source), str(folder / "plain.csv")], {}))
            job.append(
                _run([sys.executable, "-m", "apps.jobs.dataflow.run", str(plan)], _place(folder, number))
            )
        (written,) = (folder / "objects" / "bench" / "out").iterdir()
        assert _rows(written) == _rows(folder / "plain.csv")
        return _tell(plain, job)


def _tell(plain: list[Took], job: list[Took]) -> int:
    for title, rounds in (("plain Polars", plain), ("data job", job)):
        for took in rounds:
            print(f"{title:>13} {took}")
    ratio = median(ours.wall / theirs.wall for ours, theirs in zip(job, plain, strict=True))
    work = median(ours.cpu / theirs.cpu for ours, theirs in zip(job, plain, strict=True))
    memory = max(each.memory for each in job)
    print(f"ratio {ratio:.2f} (at most {MOST_RATIO}), of CPU time {work:.2f}")
    print(f"peak memory {memory / 2**20:.0f} MB (at most {MOST_MEMORY >> 20})")
    return int(ratio > MOST_RATIO or memory > MOST_MEMORY)


def _plan(folder: Path) -> Path:
    fields = [{"name": name, "type": kind} for name, kind in COLUMNS.items()]
    place = {"regionNo": "1", "bucketName": "bench", "dataType": "CSV", "fieldList": fields}
    tests = [
        {"name": "country", "operator": "EQ", "value": "KR"},
        {"name": "amount", "operator": "GT", "value": "500"},
    ]
    nodes = [
        {"id": 1, "name": "in", "type": "SOURCE_OBS", "parentNodeIds": [], "prefix": "in", **place},
        {
            "id": 2,
            "name": "filter",
            "type": "TRANSFORM_FILTER",
            "parentNodeIds": [1],
            "filterType": "AND",
            "filterConditionList": tests,
        },
        {
            "id": 3,
            "name": "out",
            "type": "TARGET_OBS",
            "parentNodeIds": [2],
            "prefix": "out",
            "updateType": "OVERWRITE",
            **place,
        },
    ]
    path = folder / "plan.json"
    path.write_text(compile_nodes(json.loads(json.dumps(nodes))).to_json())
    return path


def _place(folder: Path, number: int) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "HEADRACE_OBJECTS_FOLDER": str(folder / "objects"),
        "HEADRACE_RUN": f"bench{number}",
    }


def _run(command: list[str], environment: dict[str, str]) -> Took:
    started = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    wall = time.perf_counter() - started
    return Took(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _rows(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


if __name__ == "__main__":
    sys.exit(main())
