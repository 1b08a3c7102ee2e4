from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.jobs.dataflow.commit import Execution
from apps.jobs.dataflow.compiling import compile_nodes
from apps.jobs.dataflow.run import execute
from apps.jobs.storage import Folder, Store
from tests.jobs.dataflow.nodes import Node

Rows = list[list[str]]


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "objects")


@pytest.fixture
def run(store: Folder) -> Callable[[list[Node]], dict[str, Any]]:
    """Runs nodes as an execution of its own; what it left for others."""
    numbers = itertools.count(1)

    def run(nodes: list[Node]) -> dict[str, Any]:
        rows = execute(compile_nodes(nodes), store, Execution(f"run{next(numbers)}", 1))["rows"]
        return {number: without_title(row) for number, row in rows.items()}

    return run


def without_title(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("name", "type")}


def rows_in(store: Store, prefix: str = "out", bucket: str = "box") -> Rows:
    """All rows of the CSV files below a prefix, sorted, each file's line of names left out."""
    rows: Rows = []
    for found in store.find(bucket, prefix):
        rows += list(csv.reader(io.StringIO(store.read(bucket, found.key).decode())))[1:]
    return sorted(rows)
