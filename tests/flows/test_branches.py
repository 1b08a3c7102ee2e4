"""Branches and joins in the database: conditions, ways not taken, and runs that go again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.engine.plan import Claimed, Reported
from apps.engine.states import State
from apps.flows.actions import update_flow
from apps.flows.checks import problems_around
from apps.flows.models import Flow, Run
from apps.flows.runs import rerun, step, submit_flow
from apps.jobs.models import Job
from apps.lib.errors import Invalid
from apps.projects.models import Cluster, Host, Project, User
from tests.factories import make_flow, make_job, make_project
from tests.flows.at_work import node_of, states
from tests.flows.ending import end_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    cluster = Cluster.objects.create(name="local")
    Host.objects.create(cluster=cluster, name="h1")
    return make_project()


def drawn(project: Project, branch: dict[str, Any], join: dict[str, Any] | None = None) -> Flow:
    """count → choose → (big on way “big”, small on way “small”) → join → after."""
    jobs = {
        "count": make_job(project, "count", fail_act="BLOCK"),
        "choose": make_job(project, "choose", kind="BRANCH", content=json.dumps(branch)),
        "join": make_job(project, "join", kind="JOIN", content=json.dumps(join or {})),
    }
    flow = make_flow(
        project,
        jobs=jobs,  # type: ignore[arg-type]
        count=[],
        choose=["count"],
        big=["choose"],
        small=["choose"],
        join=["big", "small"],
        after=["join"],
    )
    graph = json.loads(flow.document.text)
    for edge in graph["edges"]:
        if edge["source"] == "choose":
            edge["headrace"] = {"label": edge["target"]}
    return update_flow(flow, by=project.owner, graph=json.dumps(graph))


BY_ROWS = {"ways": [{"name": "big", "when": "rows > limit"}, {"name": "small"}]}


def count_rows(run: Run, rows: int, exit_code: int = 0) -> None:
    node = node_of(run, "count")
    step(run.pk, [Claimed(node.ordinal, Host.objects.get(name="h1").pk)])
    node.refresh_from_db()
    step(run.pk, [Reported(node.ordinal, node.token, exit_code, timezone.now(), outputs={"rows": rows})])


@pytest.mark.parametrize(("rows", "taken", "left"), [(200, "big", "small"), (20, "small", "big")])
def test_a_branch_takes_the_way_that_what_was_left_says(
    project: Project, rows: int, taken: str, left: str
) -> None:
    run = submit_flow(drawn(project, BY_ROWS), by=project.owner, params={"limit": "100"})
    count_rows(run, rows)
    choose = node_of(run, "choose")
    assert (choose.state, choose.reason, choose.ports) == (State.SUCCEEDED, f"took {taken}", [taken])
    assert (node_of(run, taken).state, node_of(run, left).state) == (State.READY, State.SKIPPED)
    assert node_of(run, left).reason == "a branch before it took another way"
    assert end_run(run).state == State.SUCCEEDED
    assert states(run)["after"] == State.SUCCEEDED


def test_it_can_be_told_of_how_nodes_ended(project: Project) -> None:
    ways = [{"name": "big", "when": 'state("count") == "failed"'}, {"name": "small"}]
    run = submit_flow(drawn(project, {"ways": ways, "after": "ended"}), by=project.owner)
    count_rows(run, 0, exit_code=1)
    assert node_of(run, "big").state == State.READY


def test_every_way_whose_condition_holds_may_be_taken(project: Project) -> None:
    ways = [{"name": "big", "when": "rows > 1"}, {"name": "small", "when": 'output("count", "rows") > 2'}]
    run = submit_flow(drawn(project, {"ways": ways, "take": "all"}), by=project.owner)
    count_rows(run, 3)
    assert node_of(run, "choose").ports == ["big", "small"]
    assert end_run(run).state == State.SUCCEEDED


def test_parameters_stand_in_a_condition_as_they_do_in_contents(project: Project) -> None:
    ways = [{"name": "big", "when": "'${region}' == 'north' and ${yyyy} > 2000"}, {"name": "small"}]
    run = submit_flow(drawn(project, {"ways": ways}), by=project.owner, params={"region": "north"})
    count_rows(run, 3)
    assert node_of(run, "choose").ports == ["big"]


def test_a_condition_without_a_value_fails_the_branch_and_tells_no_parameter(project: Project) -> None:
    ways = [{"name": "big", "when": "'${secret}' > 1"}, {"name": "small"}]
    run = submit_flow(drawn(project, {"ways": ways}), by=project.owner, params={"secret": "hunter2"})
    count_rows(run, 3)
    choose = node_of(run, "choose")
    assert (choose.state, choose.attempt) == (State.FAILED, 1)
    assert "'${secret}' > 1" in choose.reason and "hunter2" not in choose.reason


def test_what_went_on_goes_on_the_same_way_when_it_is_run_again(project: Project) -> None:
    run = submit_flow(drawn(project, BY_ROWS), by=project.owner, params={"limit": "100"})
    count_rows(run, 200)
    run = end_run(run, exit_code=1)
    assert (run.state, node_of(run, "big").state) == (State.FAILED, State.FAILED)
    rerun(run, by=project.owner, failed_only=True)
    assert (node_of(run, "big").state, node_of(run, "small").left_out) == (State.READY, 1)
    assert end_run(run).state == State.SUCCEEDED
    assert states(run)["small"] == State.SKIPPED
    assert states(run)["after"] == State.SUCCEEDED


@pytest.mark.parametrize(
    ("join", "state"),
    [
        ({"needs": "all"}, State.SKIPPED),
        ({"needs": "any"}, State.SUCCEEDED),
        ({"needs": "count", "count": 2}, State.SKIPPED),
        ({"needs": "ended"}, State.SUCCEEDED),
        ({"when": 'state("big") == "succeeded" and state("small") == "skipped"'}, State.SUCCEEDED),
        ({"when": 'state("small") == "succeeded"'}, State.FAILED),
    ],
)
def test_a_join_says_what_it_needs(project: Project, join: dict[str, Any], state: State) -> None:
    run = submit_flow(drawn(project, BY_ROWS, join), by=project.owner, params={"limit": "100"})
    count_rows(run, 200)
    end_run(run)
    assert node_of(run, "join").state == state


def test_an_edge_on_a_way_that_is_not_there_is_refused(project: Project) -> None:
    flow = drawn(project, {"ways": [{"name": "big", "when": "True"}]})
    with pytest.raises(Invalid, match="has no way “small”"):
        submit_flow(flow, by=project.owner)


@pytest.mark.parametrize(
    "when",
    [
        "().__class__",
        "__import__('os').system('true')",
        "open('/etc/passwd')",
        "[x for x in (1, 2)]",
        "f'{1}'",
        "lambda: 1",
        "1; 2",
        "x = 1",
        "9 ** 9 ** 9 > 1",
        "rows >",
        "x" * 1001,
    ],
)
def test_a_condition_is_a_comparison_and_nothing_more(project: Project, when: str) -> None:
    ways = [{"name": "big", "when": when}, {"name": "small"}]
    try:
        flow = drawn(project, {"ways": ways})
    except Invalid as refused:
        assert refused.field == "content"
        return
    run = submit_flow(flow, by=project.owner)
    count_rows(run, 1)
    assert node_of(run, "choose").state == State.FAILED


def test_a_person_can_mark_a_branch_that_failed_and_all_ways_are_open(project: Project) -> None:
    run = submit_flow(drawn(project, {"ways": [{"name": "big", "when": "no"}, {"name": "small"}]}), by=None)
    count_rows(run, 1)
    run.refresh_from_db()
    assert run.state == State.FAILED
    rerun(run, by=User.objects.first(), marked=[node_of(run, "choose").ordinal])
    assert (node_of(run, "big").state, node_of(run, "small").state) == (State.READY, State.READY)


def test_the_panel_sets_the_ways_and_which_edge_is_on_which(project: Project) -> None:
    flow = drawn(project, BY_ROWS)
    client = Client()
    client.force_login(project.owner)
    page = client.get(f"/flows/{flow.ref}/inspector/?id=choose").content.decode()
    assert "big: rows &gt; limit" in page and "To small" in page
    job = Job.objects.get(project=project, name="choose")
    given = {"label": "choose", "fail_act": "STOP", "set_ways": "big: rows > 7\nhuge: rows > 9\nsmall"}
    given |= {"set_take": "all", "set_after": "succeeded", "way_0": "small", "way_1": ""}
    for name in ("max_retry", "retry_interval", "max_running_seconds", "loss_policy"):
        given[name] = str(getattr(job, name))
    url = f"/flows/{flow.ref}/node/?id=choose&kind=BRANCH&job=FJ-{job.ref}"
    assert client.post(url, given).status_code == 302
    job.refresh_from_db()
    assert [way["name"] for way in json.loads(job.content)["ways"]] == ["big", "huge", "small"]
    edges = json.loads(Flow.objects.get(pk=flow.pk).document.text)["edges"]
    assert [edge.get("headrace") for edge in edges if edge["source"] == "choose"] == [
        {"label": "small"},
        None,
    ]
    assert client.post(url, {**given, "set_ways": "big: rows >"}).status_code == 422


def test_problems_name_edges_on_no_way_and_on_one_that_is_not_there(project: Project) -> None:
    flow = drawn(project, {"ways": [{"name": "big", "when": "True"}]})
    assert [problem.code for problem in problems_around(flow)] == ["unknown_way"]
    graph = json.loads(flow.document.text)
    for edge in graph["edges"]:
        if edge.get("headrace") == {"label": "small"}:
            del edge["headrace"]
    flow = update_flow(flow, by=project.owner, graph=json.dumps(graph))
    found = [(problem.code, problem.severity) for problem in problems_around(flow)]
    assert found == [("no_way", "warning")]
