"""Executions of data jobs, by a real warden and real processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.engine.states import State
from apps.flows.models import NodeRun, Run
from apps.flows.runs import submit_flow
from apps.flows.warden import Warden
from apps.jobs.models import Job
from apps.jobs.objects import store
from tests.factories import flow_of
from tests.flows.at_work import log_of, work_off
from tests.flows.conftest import make_warden  # noqa: F401  a fixture
from tests.gateways.naver.callers import NaverCaller
from tests.gateways.naver.test_jobs import details
from tests.jobs.dataflow.conftest import rows_in
from tests.jobs.dataflow.nodes import seed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def items(settings, tmp_path: Path) -> None:
    settings.HEADRACE_OBJECTS = {"HEADRACE_OBJECTS_FOLDER": str(tmp_path / "objects")}
    store().write("aitems", "dataflow1/items.csv", b'id,name,description\n1,A,x\n2,B,y\n3,"A""B",z\n')


@pytest.fixture
def path(job: dict[str, Any]) -> str:
    return f"/jobs/{job['jobId']}/executions"


def test_the_seeds_job_runs_and_its_rows_are_right(
    naver: NaverCaller,
    path: str,
    make_warden: Callable[[], Warden],  # noqa: F811
) -> None:
    made = naver.ask("POST", path, {})
    assert (made["status"], made["type"], made["endDate"]) == ("READY", "JOB", None)
    assert naver.ask("GET", path.removesuffix("/executions"))["status"] == "RUNNING"
    run = work_off(make_warden(), Run.objects.get())
    found = naver.ask("GET", f"{path}/{made['jobExecutionId']}")
    assert found["status"] == "COMPLETED"
    assert found["startDate"].endswith("+09:00")
    assert rows_in(store(), "dataflow1", "aitems") == [["1", "A", "x"]]
    assert NodeRun.objects.get().outputs["rows"]["1697776942407"]["written"] == 1
    lines = [line.split()[1:4] for line in log_of(run, "job001").splitlines()]
    assert ["3", "1", "1697776942407"] in lines
    job = naver.ask("GET", path.removesuffix("/executions"))
    assert (job["status"], job["lastExecutionStatus"]) == ("RUNNABLE", "COMPLETED")


def test_a_parameter_fills_a_value_and_never_becomes_syntax(
    naver: NaverCaller,
    make_warden: Callable[[], Warden],  # noqa: F811
) -> None:
    nodes = seed()
    nodes[1]["filterConditionList"][0]["value"] = "${who}"
    job = naver.ask("POST", "/jobs", {"name": "job001", "nodes": nodes}, 201)
    made = naver.ask("POST", f"/jobs/{job['jobId']}/executions", {"parameters": {"who": 'A"B'}})
    assert made["parsedParameters"] == {"who": 'A"B'}
    assert work_off(make_warden(), Run.objects.get()).state == State.SUCCEEDED
    assert rows_in(store(), "dataflow1", "aitems") == [["3", 'A"B', "z"]]


def test_a_job_that_cannot_read_fails_and_says_why(
    naver: NaverCaller,
    path: str,
    make_warden: Callable[[], Warden],  # noqa: F811
) -> None:
    store().delete("aitems", "dataflow1/items.csv")
    made = naver.ask("POST", path, {})
    run = work_off(make_warden(), Run.objects.get())
    assert naver.ask("GET", f"{path}/{made['jobExecutionId']}")["status"] == "FAILED"
    assert "there is nothing to read in aitems/dataflow1" in log_of(run, "job001")


def test_in_a_flow_it_is_one_node(
    job: dict[str, Any],
    make_warden: Callable[[], Warden],  # noqa: F811
) -> None:
    row = Job.objects.get()
    run = submit_flow(flow_of({"data": []}, {"data": row}, row.project), by=row.created_by)
    assert work_off(make_warden(), run).state == State.SUCCEEDED
    assert rows_in(store(), "dataflow1", "aitems") == [["1", "A", "x"]]


def test_conditions_of_a_call_are_those_of_one_execution(naver: NaverCaller, path: str) -> None:
    made = naver.ask("POST", path, {"jobCondition": {"timeout": 5, "numWorker": 9, "nrn": "nrn:PUB:x"}})
    condition = made["jobCondition"]
    assert (condition["timeout"], condition["numWorker"], condition["nrn"]) == (5, 9, "nrn:PUB:x")
    assert condition["consoleLogPath"].startswith(condition["logPath"])
    # What is kept is what ends it: the limit of the node, in seconds.
    assert NodeRun.objects.get().timeout == 300
    job = naver.ask("GET", path.removesuffix("/executions"))
    assert job["runCondition"]["timeout"] == 360
    assert naver.ask("GET", path)["list"][0]["jobCondition"] == condition


def test_saved_conditions_are_those_of_every_later_execution(naver: NaverCaller, path: str) -> None:
    changed = naver.ask("PUT", path, {"jobCondition": {"timeout": 0, "scriptPath": "aitems/scripts/"}})
    assert changed["runCondition"]["timeout"] == 0
    assert changed["runCondition"]["scriptPath"] == "aitems/scripts/"
    assert changed["runCondition"]["numWorker"] == 2
    assert naver.ask("POST", path, {})["jobCondition"]["timeout"] == 0
    assert NodeRun.objects.get().timeout == 0


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        ({"timeout": 1441}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": "60"}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"numWorker": 1}, "numWorker"),
        ({"numWorker": 11}, "numWorker"),
        ({"workerType": "HUGE"}, "workerType"),
        ({"nrn": 5}, "nrn"),
    ],
)
def test_a_condition_out_of_bounds_is_refused(
    naver: NaverCaller, path: str, condition: dict[str, Any], name: str
) -> None:
    for method in ("POST", "PUT"):
        told = details(naver.call(method, path, {"jobCondition": condition}))
        assert told.startswith(f"jobCondition.{name}: ")
    assert not Run.objects.exists()


def test_a_second_execution_waits_for_the_first_to_end(naver: NaverCaller, path: str) -> None:
    made = naver.ask("POST", path, {})
    assert made["jobExecutionId"] in details(naver.call("POST", path, {}))
    assert Run.objects.count() == 1


def test_an_execution_is_cancelled_once(naver: NaverCaller, path: str) -> None:
    made = naver.ask("POST", path, {})
    one = f"{path}/{made['jobExecutionId']}"
    assert naver.ask("POST", f"{one}/cancel") is True
    assert naver.ask("GET", one)["status"] == "CANCELED"
    response = naver.call("POST", f"{one}/cancel")
    assert details(response)
    assert json.loads(response.content)["error"]["errorCode"] == "bad-state"


def test_a_running_job_is_not_deleted(naver: NaverCaller, path: str) -> None:
    naver.ask("POST", path, {})
    assert details(naver.call("DELETE", path.removesuffix("/executions")))


def test_executions_are_those_of_their_job(naver: NaverCaller, path: str) -> None:
    made = naver.ask("POST", path, {})
    other = naver.ask("POST", "/jobs", {"name": "job002", "nodes": seed()}, 201)
    assert details(naver.call("GET", f"/jobs/{other['jobId']}/executions/{made['jobExecutionId']}"), 404)
    assert naver.ask("GET", f"/jobs/{other['jobId']}/executions")["count"] == 0
