"""What the pages offer to do with runs and their nodes, and what doing it answers."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.engine.states import State
from apps.flows.models import Flow, Run
from apps.flows.runs import submit_flow
from tests.flows.pages import HTMX, finished, node_of
from tests.people import People, signed_in


@pytest.fixture
def otto(people: People) -> Client:
    return signed_in(people.otto)


@pytest.fixture
def going(flow: Flow, people: People) -> Run:
    return submit_flow(flow, by=people.bob)


def url(name: str, row: Flow | Run, *more: int, **query: str | list[str]) -> str:
    return reverse(f"flows:{name}", args=[row.ref, *more], query=query or None)


def test_the_panel_of_a_node_offers_what_makes_sense(going: Run, otto: Client, vera: Client) -> None:
    waiting = node_of(going, "north").ordinal
    panel = otto.get(url("node_panel", going, waiting)).content.decode()
    assert url("skip_node", going, waiting) in panel
    assert url("mark_node", going, waiting) in panel
    assert url("kill_node", going, waiting) not in panel
    assert (
        url("skip_node", going, waiting) not in vera.get(url("node_panel", going, waiting)).content.decode()
    )


def test_a_node_is_skipped_and_not_skipped_after_all(going: Run, otto: Client) -> None:
    node = node_of(going, "north")
    answer = otto.post(url("skip_node", going, node.ordinal), headers=HTMX)
    assert (answer.status_code, "run:again" in answer["HX-Trigger"]) == (204, True)
    assert node_of(going, "north").bypass == "skipped"
    assert (
        url("keep_node", going, node.ordinal)
        in otto.get(url("node_panel", going, node.ordinal)).content.decode()
    )
    page = otto.post(url("keep_node", going, node.ordinal), follow=True)
    assert page.redirect_chain[0][0].endswith(f"?node={node.ordinal}")
    assert node_of(going, "north").bypass == ""


def test_what_makes_no_sense_is_refused_with_the_reason(going: Run, otto: Client) -> None:
    answer = otto.post(url("retry_node", going, node_of(going, "north").ordinal), headers=HTMX)
    assert "does not wait for a retry" in answer["HX-Trigger"]


def test_who_may_only_look_does_nothing_and_strangers_see_nothing(
    going: Run, vera: Client, people: People
) -> None:
    node = node_of(going, "north").ordinal
    for name in ("skip_node", "mark_node", "kill_node", "rerun_node"):
        assert vera.post(url(name, going, node)).status_code == 403
        assert signed_in(people.charlie).post(url(name, going, node)).status_code == 404


def test_an_ended_run_is_run_again_from_a_node_on(flow: Flow, people: People, otto: Client) -> None:
    run = finished(flow, people.bob)
    node = node_of(run, "north").ordinal
    again = url("rerun_node", run, node, reach="from")
    assert again in otto.get(url("node_panel", run, node)).content.decode()
    otto.post(again)
    found = {each.name: each.state for each in run.node_runs.all() if each.job_id}
    assert found == {"extract": "succeeded", "north": "ready", "south": "succeeded", "report": "waiting"}


def test_a_failed_node_is_marked_from_its_panel(flow: Flow, people: People, otto: Client) -> None:
    run = finished(flow, people.bob, north="failed", report="skipped")
    otto.post(url("mark_node", run, node_of(run, "north").ordinal))
    assert (node_of(run, "north").state, node_of(run, "report").state) == (State.SUCCEEDED, State.READY)


def test_a_run_is_run_again_with_the_latest_content(flow: Flow, people: People, otto: Client) -> None:
    run = finished(flow, people.bob)
    head = otto.get(url("run_head", run)).content.decode()
    assert f"{url('rerun', run)}?latest=1" in head
    job = node_of(run, "north").job
    assert job
    job.content = "echo better"
    job.save()
    otto.post(f"{url('rerun', run)}?latest=1")
    frozen = node_of(run, "north").frozen
    assert frozen and frozen.content == "echo better"


def test_the_dialog_says_which_nodes_would_run_and_runs_them(
    flow: Flow, people: People, otto: Client
) -> None:
    first = finished(flow, people.bob)
    north = node_of(first, "north").node
    dialog = otto.get(url("run_with", flow, node=[north], reach="from"), headers=HTMX).content.decode()
    assert "2 nodes: north, report" in dialog
    assert "2 nodes: extract, north" in dialog
    given = {"node": [north], "reach": "from", "disabled": [node_of(first, "report").node]}
    otto.post(url("run_with", flow), given)
    run = Run.objects.latest("id")
    assert {node.name for node in run.node_runs.filter(bypass="").exclude(job=None)} == {"north"}
    assert "A run of some nodes" in otto.get(url("run_detail", run)).content.decode()


def test_a_selection_of_nothing_is_told_in_the_dialog(flow: Flow, people: People, otto: Client) -> None:
    north = node_of(finished(flow, people.bob), "north").node
    answer = otto.post(url("run_with", flow), {"node": [north], "disabled": [north]}, headers=HTMX)
    assert (answer.status_code, "runs a job" in answer.content.decode()) == (422, True)
