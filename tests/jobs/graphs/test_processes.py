"""The processes as they are started: a spec in, gzipped CSV and a note out."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.jobs.graphs.results import read_rows
from tests.jobs.graphs.standin import SPACES, Standin, standin_process

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def standin() -> Iterator[Standin]:
    with standin_process() as running:
        yield running


def start(module: str, spec: dict[str, Any], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    (folder / "spec.json").write_text(json.dumps({**spec, "result": str(folder / "result.csv.gz")}))
    return subprocess.run(
        [sys.executable, "-m", f"apps.jobs.graphs.{module}", str(folder / "spec.json")],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "HEADRACE_OUTPUTS": str(folder / "outputs"), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def pagerank(folder: Path, objects: Path, **changed: Any) -> subprocess.CompletedProcess[str]:
    spec = {"algorithm": "pagerank", "bucket": "social", "prefix": "follow", "src": "", "dst": ""}
    spec |= {"weight": "", "parameters": {}, **changed}
    return start("run", spec, folder, HEADRACE_OBJECTS_FOLDER=str(objects))


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    folder = tmp_path / "objects" / "social" / "follow"
    folder.mkdir(parents=True)
    (folder / "1.csv").write_text("\ufefffrom,to\na,b\n")
    with gzip.open(folder / "2.csv.gz", "wt") as file:
        file.write("from,to\nc,b\n\n")
    (folder / "_SUCCESS.csv").write_text("not,rows\n")
    (folder / "notes.txt").write_text("hello")
    return tmp_path / "objects"


def ask(standin: Standin, folder: Path, statement: str, **changed: Any) -> subprocess.CompletedProcess[str]:
    spec = {"address": "127.0.0.1", "port": standin.port, "user": "root", "space": "basketball"}
    spec |= {"statement": statement, "timeout_ms": 10_000}
    return start("query", spec | changed, folder, HEADRACE_NEBULA_PASSWORD=standin.password)


def test_an_algorithm_reads_all_csv_below_the_prefix_and_leaves_its_rows(tmp_path, objects):
    done = pagerank(tmp_path, objects, parameters={"iterations": "1"})
    assert done.returncode == 0, done.stderr
    assert "2 edges between 3 vertices" in done.stdout
    assert read_rows(tmp_path / "result.csv.gz", 10) == [
        ["b", "1.850000"],
        ["a", "0.150000"],
        ["c", "0.150000"],
    ]
    noted = json.loads((tmp_path / "outputs").read_text())
    assert noted == {"result": {"columns": ["VID", "VALUE"], "rows": 3}, "iterations": 1}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"src": "source"}, "has no column source; it has from, to"),
        ({"prefix": "nothing"}, "there are no edges"),
        ({"weight": "to"}, "must be a number"),
        ({"parameters": {"damping": "2"}}, "damping must be a number from 0 to 1"),
    ],
)
def test_an_algorithm_that_cannot_work_says_why_and_leaves_nothing(tmp_path, objects, changed, why):
    done = pagerank(tmp_path, objects, **changed)
    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "result.csv.gz").exists()


def test_edges_may_be_the_result_of_a_task_before(tmp_path, objects):
    assert pagerank(tmp_path, objects).returncode == 0
    (tmp_path / "next").mkdir()
    done = pagerank(tmp_path / "next", objects, file=str(tmp_path / "result.csv.gz"))
    assert done.returncode == 0, done.stderr
    assert "3 edges" in done.stdout


def test_a_query_is_asked_over_the_wire_and_its_rows_are_text(tmp_path, standin):
    done = ask(
        standin,
        tmp_path,
        'GO FROM "player100" OVER follow YIELD dst(edge) AS id, properties($$).name AS name,'
        " properties(edge).degree AS degree, 0.15 AS real, true AS flag, null AS nothing",
    )
    assert done.returncode == 0, done.stderr
    assert read_rows(tmp_path / "result.csv.gz", 10) == [
        ["player101", "Tony Parker", "95", "0.150000", "true", ""],
        ["player125", "Manu Ginobili", "95", "0.150000", "true", ""],
    ]
    noted = json.loads((tmp_path / "outputs").read_text())["result"]
    assert noted == {"columns": ["id", "name", "degree", "real", "flag", "nothing"], "rows": 2}


@pytest.mark.parametrize(
    ("statement", "changed", "why"),
    [
        ("DELETE EVERYTHING", {}, "syntax error near"),
        ("YIELD 1", {"space": "moon"}, "SpaceNotFound"),
        ("YIELD 1", {"user": "eve"}, "cannot be asked"),
        ("YIELD 1", {"port": 1}, "cannot be asked"),
    ],
)
def test_a_query_that_fails_says_why(tmp_path, standin, statement, changed, why):
    done = ask(standin, tmp_path, statement, **changed)
    assert done.returncode == 1
    assert why in done.stderr
    assert standin.password not in done.stderr + done.stdout


def test_the_stand_in_reads_what_its_head_states():
    assert (SPACES / "basketball" / "tag.player.csv").exists()
