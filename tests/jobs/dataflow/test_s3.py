"""Data flows on a real S3 server, with the signatures that it checks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from apps.jobs.dataflow.commit import Execution
from apps.jobs.dataflow.compiling import compile_nodes
from apps.jobs.dataflow.run import execute
from apps.jobs.storage import StorageError, Store, open_store
from tests.installation import ROOT
from tests.jobs.dataflow.conftest import rows_in
from tests.jobs.dataflow.nodes import seed, source, target
from tests.seaweed import SeaweedServer

pytestmark = pytest.mark.stack
COLUMNS = ("id", "name", "description")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedServer]:
    server = SeaweedServer(tmp_path_factory.mktemp("weed"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def store(server: SeaweedServer) -> Store:
    store = open_store(server.place)
    server.make_bucket("aitems")
    for found in (*store.find("aitems", "dataflow1"), *store.find("aitems", "_headrace")):
        store.delete("aitems", found.key)
    for number in range(3):
        text = f"id,name,description\n{number}1,A,first\n{number}2,B,second\n"
        store.write("aitems", f"dataflow1/part {number}.csv", text.encode())
    return store


def test_three_objects_are_filtered_in_place(store: Store) -> None:
    outputs = execute(compile_nodes(seed()), store, Execution("run", 1))
    assert rows_in(store, "dataflow1", "aitems") == [[f"{n}1", "A", "first"] for n in range(3)]
    assert len(store.find("aitems", "dataflow1")) == 1
    assert outputs["rows"]["1697776914576"]["read"] == 6
    assert [found.key for found in store.find("aitems", "_headrace")] == ["_headrace/done/run"]


@pytest.mark.parametrize("form", ["CSV", "JSON", "PARQUET"])
def test_every_format_is_written_and_read(store: Store, form: str) -> None:
    everything = source(1, *COLUMNS, bucket="aitems", prefix="dataflow1")
    made = target(2, 1, *COLUMNS, bucketName="aitems", prefix=f"as-{form}", dataType=form, coalesce=2)
    execute(compile_nodes([everything, made]), store, Execution(f"write-{form}", 1))
    assert len(store.find("aitems", f"as-{form}")) == 2
    back = source(1, *COLUMNS, bucket="aitems", prefix=f"as-{form}", form=form)
    again = target(2, 1, *COLUMNS, bucketName="aitems", prefix="back")
    execute(compile_nodes([back, again]), store, Execution(f"read-{form}", 1))
    assert len(rows_in(store, "back", "aitems")) == 6


@pytest.mark.parametrize("step", range(9))
def test_killed_at_any_step_nothing_is_lost(store: Store, server: SeaweedServer, tmp_path, step: int) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(compile_nodes(seed()).to_json())
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **server.place.environment()}
    script = str(ROOT / "tests" / "jobs" / "dataflow" / "dying.py")
    codes = []
    for attempt, dies in ((1, step), (2, 99)):
        own = {"HEADRACE_RUN": f"killed{step}", "HEADRACE_ATTEMPT": str(attempt)}
        done = subprocess.run(
            [sys.executable, script, str(dies), str(plan)],
            env=environment | own,
            capture_output=True,
            text=True,
            check=False,
        )
        codes.append(done.returncode)
    assert codes == [137, 0]
    assert rows_in(store, "dataflow1", "aitems") == [[f"{n}1", "A", "first"] for n in range(3)]
    assert store.find("aitems", "_headrace") == []


def test_a_wrong_secret_is_told_as_such(store: Store, server: SeaweedServer) -> None:
    stranger = open_store(replace(server.place, secret="wrong"))
    with pytest.raises(StorageError):
        execute(compile_nodes(seed()), stranger, Execution("stranger", 1))


def test_a_bucket_that_is_not_there_is_not_made(store: Store) -> None:
    nodes = seed()
    nodes[2]["bucketName"] = "nowhere"
    with pytest.raises(StorageError, match="no bucket nowhere"):
        execute(compile_nodes(nodes), store, Execution("nowhere", 1))
