from __future__ import annotations

from typing import Any

import pytest

from apps.flows.models import Flow, NodeRun, Run
from apps.flows.runs import submit_flow
from tests.gateways.rest.conftest import Caller


@pytest.fixture
def run(flow: Flow) -> Run:
    return submit_flow(flow, by=flow.project.owner)


def test_some_nodes_of_a_flow_are_run(olga: Caller, flow: Flow, run: Run) -> None:
    node = NodeRun.objects.filter(run=run).exclude(job=None).get().node
    made = olga.post(f"flows/{flow.ref}/run/", {"nodes": [node], "reach": "from"})
    assert made.status_code == 201
    assert made.json()["selection"] == {"nodes": [node], "reach": "from", "disabled": []}
    nodes = olga.get(f"runs/{made.json()['id']}/nodes/").json()["results"]
    assert [each["bypass"] for each in nodes] == ["not_chosen", "", ""]
    refused = olga.post(f"flows/{flow.ref}/run/", {"nodes": ["nowhere"]})
    assert (refused.status_code, refused.json()["field"]) == (400, "nodes")
    assert olga.post(f"flows/{flow.ref}/run/", {"disabled": [node]}).status_code == 400


def test_a_run_is_suspended_and_goes_on(olga: Caller, run: Run) -> None:
    assert olga.post(f"runs/{run.ref}/suspend/").json()["state"] == "suspended"
    again = olga.post(f"runs/{run.ref}/suspend/")
    assert again.status_code == 409
    assert olga.post(f"runs/{run.ref}/resume/").json()["state"] == "running"


def test_a_node_is_marked_skipped_and_killed_by_name(olga: Caller, run: Run) -> None:
    node = NodeRun.objects.exclude(job=None).get(run=run)
    refused = olga.post(f"runs/{run.ref}/nodes/{node.ordinal}/retry/")
    assert (refused.status_code, refused.json()["message"]) == (409, "The node does not wait for a retry.")
    killed = olga.post(f"runs/{run.ref}/nodes/{node.ordinal}/kill/")
    assert (killed.status_code, killed.json()["state"]) == (202, "killed")
    marked = olga.post(f"runs/{run.ref}/nodes/{node.ordinal}/mark/")
    assert (marked.status_code, marked.json()["state"]) == (202, "succeeded")
    assert olga.get(f"runs/{run.ref}/").json()["state"] == "succeeded"
    assert olga.post(f"runs/{run.ref}/nodes/999/mark/").status_code == 404


def test_some_nodes_of_a_run_are_run_again(olga: Caller, run: Run) -> None:
    node = NodeRun.objects.exclude(job=None).get(run=run)
    olga.post(f"runs/{run.ref}/nodes/{node.ordinal}/mark/")
    assert olga.post(f"runs/{run.ref}/rerun/", {"only": [99]}).json()["field"] == "only"
    again = olga.post(f"runs/{run.ref}/rerun/", {"only": [node.ordinal], "latest": True})
    assert (again.status_code, again.json()["state"]) == (202, "running")


def test_viewers_do_nothing_to_nodes(stan: Caller, member: Any, run: Run) -> None:
    viewer = member("viewer")
    for path in ("suspend/", "resume/", "nodes/1/skip/", "nodes/1/mark/", "nodes/1/kill/"):
        assert viewer.post(f"runs/{run.ref}/{path}").status_code == 403
        assert stan.post(f"runs/{run.ref}/{path}").status_code == 404
