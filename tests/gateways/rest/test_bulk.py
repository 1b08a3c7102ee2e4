"""One thing done to many runs by our API."""

from __future__ import annotations

from typing import Any

import pytest

from apps.engine.states import State
from apps.flows.actions import create_flow
from apps.flows.bulk import MOST
from apps.flows.models import Dependency, Flow, Run
from apps.flows.runs import submit_flow
from apps.jobs.models import Job
from apps.lib.ids import spell
from tests.gateways.rest.conftest import Caller, graph_of

NOBODYS = spell(4711)


@pytest.fixture
def pair(flow: Flow) -> list[Run]:
    return [submit_flow(flow, by=flow.project.owner) for _ in range(2)]


def asked(operation: str, *runs: Run, **more: Any) -> dict[str, Any]:
    return {"operation": operation, "runs": [run.ref for run in runs]} | more


def states() -> set[str]:
    return set(Run.objects.values_list("state", flat=True))


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(
    olga: Caller, flow: Flow, job: Job, pair: list[Run]
) -> None:
    below = create_flow(flow.project, name="below", graph=graph_of(job), by=flow.project.owner)
    Dependency.objects.create(flow=below, parent=flow)
    told = olga.post("runs/bulk/", asked("kill", *pair, dry_run=True))
    assert told.status_code == 200
    assert (told.json()["done"], told.json()["dry_run"]) == (2, True)
    assert told.json()["downstream"] == [{"flow": below.ref, "name": "below"}]
    assert states() == {State.RUNNING}


def test_each_run_has_a_result_and_one_that_refuses_keeps_no_other_from_it(
    olga: Caller, pair: list[Run]
) -> None:
    one, two = pair
    olga.post(f"runs/{two.ref}/suspend/")
    body = asked("suspend", one, two, one)
    body["runs"].append(NOBODYS)
    told = olga.post("runs/bulk/", body)
    assert (told.status_code, told.json()["done"]) == (202, 1)
    assert told.json()["results"] == [
        {"run": one.ref, "done": True, "reason": "", "state": "suspended"},
        {"run": two.ref, "done": False, "reason": "it is not running", "state": "suspended"},
        {"run": NOBODYS, "done": False, "reason": "There is no such run.", "state": None},
    ]


def test_runs_are_killed_and_run_again(olga: Caller, pair: list[Run]) -> None:
    assert olga.post("runs/bulk/", asked("kill", *pair)).json()["done"] == 2
    assert states() == {State.KILLED}
    assert olga.post("runs/bulk/", asked("rerun_failed", *pair)).json()["done"] == 2
    assert states() == {State.RUNNING}


def test_each_run_is_asked_for_by_itself_whether_the_caller_may(
    stan: Caller, member: Any, pair: list[Run]
) -> None:
    stranger = stan.post("runs/bulk/", asked("kill", *pair)).json()
    assert {(each["reason"], each["state"]) for each in stranger["results"]} == {
        ("There is no such run.", None)
    }
    viewer = member("viewer").post("runs/bulk/", asked("kill", *pair)).json()
    assert [each["state"] for each in viewer["results"]] == ["running", "running"]
    assert all("does not allow" in each["reason"] for each in viewer["results"])
    assert states() == {State.RUNNING}
    assert member("operator").post("runs/bulk/", asked("kill", *pair)).json()["done"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"operation": "explode", "runs": [NOBODYS]}, "operation"),
        ({"operation": "kill", "runs": []}, "runs"),
        ({"operation": "kill"}, "runs"),
        ({"operation": "kill", "runs": [spell(number + 1) for number in range(MOST + 1)]}, "runs"),
        ({"operation": "kill", "runs": [NOBODYS], "all": True}, "all"),
    ],
)
def test_a_request_that_means_nothing_names_its_field(olga: Caller, body: dict[str, Any], field: str) -> None:
    refused = olga.post("runs/bulk/", body)
    assert (refused.status_code, refused.json()["field"]) == (400, field)


def test_looking_costs_the_same_whatever_the_number_of_runs(
    olga: Caller, flow: Flow, pair: list[Run], django_assert_max_num_queries: Any
) -> None:
    more = [submit_flow(flow, by=flow.project.owner) for _ in range(4)]
    with django_assert_max_num_queries(14):
        assert olga.post("runs/bulk/", asked("kill", *pair, *more, dry_run=True)).json()["done"] == 6
