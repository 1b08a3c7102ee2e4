"""Results of jobs: a gzipped CSV file with a header, and a note of what is in it.

A job of several statements leaves what its last one found as its result, and beside it a
file for each that found rows.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

#: Below a run's folder: `analytics/<task id>/part-00000.csv.gz`.
FOLDER = "analytics"
FILE = "part-00000.csv.gz"
#: Names of columns that a note lists; the file has them all.
NOTED_COLUMNS = 200

Found = tuple[Sequence[str], Sequence[Sequence[str]]]


def result_path(run_folder: Path, task: str) -> Path:
    return run_folder / FOLDER / task / FILE


def write_result(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write the file, whole or not at all. How many rows it has."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    count = 0
    with gzip.open(half, "wt", encoding="utf-8", newline="", compresslevel=6) as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for count, row in enumerate(rows, 1):  # noqa: B007
            writer.writerow(row)
    half.replace(path)
    return count


def statement_path(path: Path, index: int) -> Path:
    """Where the rows of the statement `index`, of those that found some, are beside a result."""
    return path.with_name(f"statement-{index:05}.csv.gz")


def write_results(path: Path, tables: Sequence[Found]) -> None:
    """Write what statements found, columns and rows of each; the last is the result."""
    for index, (columns, rows) in enumerate(tables if tables[1:] else ()):
        write_result(statement_path(path, index), columns, rows)
    columns, rows = tables[-1]
    write_result(path, columns, rows)
    counts = [len(rows) for _, rows in tables]
    note_result(columns[:NOTED_COLUMNS], counts[-1], **({"statements": counts} if tables[1:] else {}))


def note_result(columns: Sequence[str], rows: int, **notes: Any) -> None:
    """Leave for those who come after what the result holds."""
    place = os.environ.get("HEADRACE_OUTPUTS")
    if place:
        Path(place).write_text(json.dumps({"result": {"columns": list(columns), "rows": rows}, **notes}))


def read_table(path: Path, start: int, count: int) -> tuple[list[str], list[list[str]], bool]:
    """The header of a result, `count` rows from row `start`, and whether those were the last."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            table = csv.reader(file)
            header = next(table, [])
            rows = list(itertools.islice(table, start, start + count + 1))
    except (OSError, EOFError):
        return [], [], True
    return header, rows[:count], len(rows) <= count


def read_rows(path: Path, limit: int) -> list[list[str]]:
    """The first rows of a result; none where there is no file (any more)."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            return list(itertools.islice(csv.reader(file), 1, limit + 1))
    except (OSError, EOFError):
        return []
