"""Killed at any step, a data flow neither loses nor doubles a row."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.jobs.dataflow import commit
from apps.jobs.dataflow.commit import Execution, Manifest, Move
from apps.jobs.dataflow.compiling import compile_nodes
from apps.jobs.storage import Folder, Found
from tests.installation import ROOT
from tests.jobs.dataflow.conftest import rows_in
from tests.jobs.dataflow.nodes import Node, filtered, seed, source, target

#: More changes than any of these flows makes: the process lives to its end.
NEVER = 99
#: The seed's flow changes the store this often: manifest, copy, two old objects, done,
#: the staged file, the manifest's end, and the end of done.
STEPS = 8
KILLED = 137


@pytest.fixture
def attempt(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs one attempt in a process of its own that dies before its n-th change."""

    def attempt(nodes: list[Node], number: int, *, dies: int = NEVER, run: str = "R") -> tuple[int, str]:
        plan = tmp_path / "plan.json"
        plan.write_text(compile_nodes(nodes).to_json())
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HEADRACE_OBJECTS_FOLDER": str(tmp_path / "objects"),
            "HEADRACE_OUTPUTS": str(tmp_path / "outputs"),
            "HEADRACE_RUN": run,
            "HEADRACE_NODE": "n",
            "HEADRACE_ATTEMPT": str(number),
        }
        script = str(ROOT / "tests" / "jobs" / "dataflow" / "dying.py")
        done = subprocess.run(
            [sys.executable, script, str(dies), str(plan)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout

    return attempt


@pytest.fixture
def items(store: Folder) -> None:
    store.write("aitems", "dataflow1/a.csv", b"id,name,description\n1,A,x\n2,B,y\n")
    store.write("aitems", "dataflow1/b.csv", b"id,name,description\n3,A,z\n")


FILTERED = [["1", "A", "x"], ["3", "A", "z"]]
EVERYTHING = [["1", "A", "x"], ["2", "B", "y"], ["3", "A", "z"]]


def left_behind(store: Folder, bucket: str = "aitems") -> list[str]:
    return [found.key for found in store.find(bucket, "_headrace")]


@pytest.mark.parametrize("step", range(STEPS))
def test_a_flow_that_overwrites_what_it_reads_is_safe_when_killed(
    step, store, items, attempt, tmp_path
) -> None:
    assert attempt(seed(), 1, dies=step)[0] == KILLED
    assert attempt(seed(), 2)[0] == 0
    assert rows_in(store, "dataflow1", "aitems") == FILTERED
    assert left_behind(store) == []
    rows = json.loads((tmp_path / "outputs").read_text())["rows"]
    # An attempt after the commit tells what was written, not what it would write now.
    assert rows["1697776914576"]["read"] == 3


def test_these_are_all_steps(store, items, attempt) -> None:
    assert attempt(seed(), 1, dies=STEPS)[0] == 0


@pytest.mark.parametrize("step", range(6))
def test_an_attempt_after_the_commit_does_not_append_again(step, store, items, attempt) -> None:
    columns = ("id", "name", "description")
    nodes = [
        source(1, *columns, bucket="aitems", prefix="dataflow1"),
        target(2, 1, *columns, mode="APPEND", bucketName="aitems", prefix="dataflow1"),
    ]
    assert attempt(nodes, 1, dies=step)[0] == KILLED
    assert attempt(nodes, 2)[0] == 0
    assert rows_in(store, "dataflow1", "aitems") == sorted(EVERYTHING * 2)
    assert left_behind(store) == []


@pytest.mark.parametrize("step", range(STEPS))
def test_a_reader_sees_all_of_a_commit_or_nothing(step, store, items, attempt) -> None:
    attempt(seed(), 1, dies=step)
    columns = ("id", "name", "description")
    copy = [
        source(1, *columns, bucket="aitems", prefix="dataflow1"),
        target(2, 1, *columns, bucketName="aitems", prefix="copy"),
    ]
    assert attempt(copy, 1, run="other")[0] == 0
    # The first change is the manifest: before it nothing has happened, after it everything.
    assert rows_in(store, "copy", "aitems") == (EVERYTHING if step == 0 else FILTERED)


@pytest.mark.parametrize("step", range(10))
def test_targets_in_several_buckets_are_one_commit(step, store, items, attempt) -> None:
    columns = ("id", "name", "description")
    nodes = [
        source(1, *columns, bucket="aitems", prefix="dataflow1"),
        filtered(2, 1, ("name", "EQ", "A")),
        target(3, 2, *columns, bucketName="aitems", prefix="dataflow1"),
        target(4, 2, *columns, bucketName="other", prefix="same"),
    ]
    attempt(nodes, 1, dies=step)
    # Whoever looks at the second bucket alone finishes both, or finds both undone.
    commit.finish_pending(store, ["other"])
    kept = rows_in(store, "dataflow1", "aitems")
    assert (kept, rows_in(store, "same", "other")) in ((EVERYTHING, []), (FILTERED, FILTERED))
    assert attempt(nodes, 2)[0] == 0
    assert rows_in(store, "dataflow1", "aitems") == rows_in(store, "same", "other") == FILTERED
    assert left_behind(store) == left_behind(store, "other") == []


def test_a_run_that_is_run_again_runs_again(store, items, attempt) -> None:
    assert attempt(seed(), 1)[0] == 0
    store.write("aitems", "dataflow1/new.csv", b"4,A,new\n")
    assert attempt(seed(), 2)[0] == 0
    assert rows_in(store, "dataflow1", "aitems") == [*FILTERED, ["4", "A", "new"]]


def manifest(store: Folder, **changed: Any) -> Manifest:
    execution = Execution("run", 1)
    store.write("box", f"{execution.staging(0)}/part.csv", b"new")
    move = Move("box", "out", ((f"{execution.staging(0)}/part.csv", "out/part.csv"),))
    return Manifest(execution.commit, execution.name, (commit.replacing(store, move),), **changed)


def test_what_was_put_there_after_the_commit_is_not_removed(store: Folder) -> None:
    store.write("box", "out/old.csv", b"old")
    made = manifest(store)
    store.write("box", "out/old.csv", b"somebody else's")
    commit.commit(store, made)
    assert store.read("box", "out/old.csv") == b"somebody else's"
    assert store.read("box", "out/part.csv") == b"new"


def test_an_old_object_called_as_the_folder_makes_way(store: Folder) -> None:
    store.write("box", "out", b"old")
    commit.commit(store, manifest(store))
    assert [found.key for found in store.find("box", "out")] == ["out/part.csv"]


def test_what_nobody_committed_for_days_is_swept(store: Folder) -> None:
    store.write("box", "_headrace/staging/gone-1/0/part.csv", b"x")
    store.write("box", "_headrace/staging/busy-1/0/part.csv", b"x")
    old = Path(store.uri("box", "_headrace/staging/gone-1/0/part.csv"))
    os.utime(old, (0, 0))
    commit.sweep(store, ["box"], Execution("mine", 1))
    assert [found.key for found in store.find("box", "_headrace")] == ["_headrace/staging/busy-1/0/part.csv"]


def test_a_found_object_is_known_by_size_and_time(store: Folder) -> None:
    store.write("box", "a", b"x")
    assert store.head("box", "a") == store.find("box", "a")[0] != Found("a", 1, 0)
