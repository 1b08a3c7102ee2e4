"""Nodes that are a run of another flow."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.engine.plan import Act
from apps.engine.states import State
from apps.flows.actions import update_flow
from apps.flows.acts import act_on_node
from apps.flows.checks import problems_around
from apps.flows.models import Flow, NodeRun, Run
from apps.flows.runs import kill_run, rerun, resume_run, submit_flow, suspend_run
from apps.flows.scheduler import tick
from apps.flows.sub_flows import MOST_DEEP, tend
from apps.flows.why import why_node
from apps.jobs.actions import update_job
from apps.jobs.models import Job
from apps.lib.errors import Invalid
from apps.projects.actions import add_member
from apps.projects.models import Project, Role, User
from tests.factories import make_flow, make_job
from tests.flows.at_work import node_of
from tests.flows.ending import end_run
from tests.people import People, make_people, make_project, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return make_people()


@pytest.fixture
def project(people: People) -> Project:
    return make_project(people)


@pytest.fixture
def inner(project: Project) -> Flow:
    return make_flow(project, "Inner", first=[], second=["first"])


def calling(project: Project, inner: Flow | str, name: str = "Outer", **fields: Any) -> Flow:
    """call → after, where `call` is a run of the inner flow."""
    ref = inner if isinstance(inner, str) else inner.ref
    settings = {"flow": ref, "params": {"day": "${yyyy-MM-dd}"}}
    call = make_job(project, f"call of {name}", kind="SUB_FLOW", content=json.dumps(settings), **fields)
    return make_flow(project, name, jobs={"call": call}, call=[], after=["call"])


def now_tick() -> None:
    tick(timezone.now() + timedelta(seconds=1))


def child_of(run: Run) -> Run:
    return Run.objects.get(parent__run=run)


@pytest.fixture
def run(project: Project, inner: Flow) -> Run:
    made = submit_flow(calling(project, inner), by=project.owner)
    now_tick()
    return made


def test_the_node_runs_the_other_flow_and_ends_as_that_ends(run: Run, inner: Flow) -> None:
    call, child = node_of(run, "call"), child_of(run)
    assert (call.state, call.host, call.wake_at) == (State.RUNNING, None, None)
    assert (child.flow, child.trigger, child.nominal_at) == (inner, "sub_flow", run.nominal_at)
    assert child.params["day"][:2] == "20"
    end_run(child)
    now_tick()
    call.refresh_from_db()
    assert (call.state, call.outputs) == (State.SUCCEEDED, {"run": child.ref, "state": "succeeded"})
    assert end_run(run).state == State.SUCCEEDED


def test_it_is_made_once_whatever_number_of_schedulers_look(run: Run) -> None:
    NodeRun.objects.filter(run=run, name="call").update(wake_at=timezone.now())
    for _ in range(3):
        tend(node_of(run, "call").pk, timezone.now() + timedelta(seconds=1))
        now_tick()
    assert Run.objects.filter(parent__run=run).count() == 1


def test_a_failure_within_fails_the_node_and_says_which_run(run: Run) -> None:
    child = end_run(child_of(run), exit_code=1)
    now_tick()
    call = node_of(run, "call")
    assert call.state == State.FAILED and call.reason.startswith(f"run {child.ref} of flow Inner failed")


def test_a_retry_goes_on_where_the_inner_run_broke(project: Project, inner: Flow) -> None:
    run = submit_flow(calling(project, inner, max_retry=1), by=project.owner)
    now_tick()
    child = child_of(run)
    first = NodeRun.objects.get(run=child, name="first")
    end_only(child, "first")
    end_run(child, exit_code=1)
    now_tick()
    now_tick()
    child.refresh_from_db()
    first.refresh_from_db()
    assert (node_of(run, "call").attempt, child.state, first.state) == (2, State.RUNNING, State.SUCCEEDED)
    end_run(child)
    now_tick()
    assert node_of(run, "call").state == State.SUCCEEDED


def end_only(run: Run, name: str) -> None:
    from_here = NodeRun.objects.get(run=run, name=name)
    act_on_node(from_here, Act.MARK, by=None)


@pytest.mark.parametrize(("failed_only", "first"), [(True, State.SUCCEEDED), (False, State.READY)])
def test_a_rerun_goes_down(run: Run, failed_only: bool, first: State) -> None:
    child = child_of(run)
    end_only(child, "first")
    end_run(child, exit_code=1)
    now_tick()
    rerun(run, by=None, failed_only=failed_only)
    now_tick()
    child.refresh_from_db()
    assert child.state == State.RUNNING and node_of(child, "first").state == first
    assert Run.objects.filter(parent__run=run).count() == 1


def test_a_kill_goes_down_and_is_said_when_the_inner_run_is_gone(run: Run) -> None:
    kill_run(run, by=None)
    run.refresh_from_db()
    assert (run.state, node_of(run, "call").state) == (State.STOPPING, State.STOPPING)
    now_tick()
    now_tick()
    run.refresh_from_db()
    assert (child_of(run).state, node_of(run, "call").state) == (State.KILLED, State.KILLED)
    assert run.state == State.KILLED


def test_a_kill_of_the_inner_run_kills_the_node(run: Run) -> None:
    kill_run(child_of(run), by=None)
    now_tick()
    assert node_of(run, "call").state == State.KILLED


def test_suspend_and_resume_go_down(run: Run) -> None:
    suspend_run(run, by=None)
    assert child_of(run).state == State.SUSPENDED
    resume_run(run, by=None)
    assert child_of(run).state == State.RUNNING


def test_nothing_is_made_while_its_run_is_suspended(project: Project, inner: Flow) -> None:
    run = submit_flow(calling(project, inner), by=project.owner)
    suspend_run(run, by=None)
    now_tick()
    assert not Run.objects.filter(parent__run=run).exists()
    resume_run(run, by=None)
    now_tick()
    assert child_of(run).state == State.RUNNING


def test_a_node_that_is_passed_by_leaves_no_run_behind(run: Run) -> None:
    act_on_node(node_of(run, "call"), Act.SKIP, by=None)
    assert child_of(run).state == State.KILLED
    now_tick()
    assert (node_of(run, "call").state, node_of(run, "after").state) == (State.SKIPPED, State.READY)


def test_it_waits_for_a_place_of_the_inner_flow_and_why_says_so(project: Project, inner: Flow) -> None:
    update_flow(inner, by=None, max_runs=1)
    other = submit_flow(inner, by=None)
    run = submit_flow(calling(project, inner), by=project.owner)
    now_tick()
    child = child_of(run)
    assert child.state == State.WAITING
    told = why_node(node_of(run, "call"))
    assert told is not None and child.ref in told.text and other.ref in told.text
    assert told.link.endswith(f"/runs/{child.ref}/")
    end_run(other)
    now_tick()
    child.refresh_from_db()
    assert child.state == State.RUNNING


def test_a_run_does_not_wait_for_the_place_that_its_own_outer_run_has(project: Project, inner: Flow) -> None:
    Project.objects.filter(pk=project.pk).update(max_runs=1)
    run = submit_flow(calling(project, inner), by=project.owner)
    now_tick()
    assert child_of(run).state == State.RUNNING


def test_flows_that_run_each_other_are_refused(project: Project, inner: Flow) -> None:
    outer = calling(project, inner)
    back = make_job(project, "back", kind="SUB_FLOW", content=json.dumps({"flow": outer.ref}))
    round_trip = make_flow(project, "Round", jobs={"back": back}, back=[])
    update_job(Job.objects.get(name="call of Outer"), by=None, content=json.dumps({"flow": round_trip.ref}))
    assert "bad_sub_flow" in [problem.code for problem in problems_around(outer)]
    with pytest.raises(Invalid, match="run each other"):
        submit_flow(outer, by=None)


def test_runs_lie_only_so_deep_within_each_other(project: Project, inner: Flow) -> None:
    flow = inner
    for number in range(MOST_DEEP):
        flow = calling(project, flow, f"level {number}")
    submit_flow(flow, by=None)
    for _ in range(MOST_DEEP + 2):
        now_tick()
    refused = NodeRun.objects.get(reason__contains="deep within each other")
    assert refused.state == State.FAILED
    assert Run.objects.filter(parent__isnull=False).count() == MOST_DEEP - 1


def test_a_flow_of_another_project_runs_only_for_who_may_run_it_there(
    people: People, project: Project
) -> None:
    elsewhere = make_project(people, "Elsewhere")
    theirs = make_flow(elsewhere, "Theirs", one=[])
    mallory = User.objects.create_user("mallory")
    add_member(project, user_name="mallory", role=Role.EDITOR, by=people.alice)
    flow = calling(project, theirs)
    update_job(Job.objects.get(name="call of Outer"), by=mallory, params_text='{"x": "1"}')
    with pytest.raises(Invalid, match="There is no flow"):
        submit_flow(flow, by=people.alice)
    update_job(Job.objects.get(name="call of Outer"), by=people.bob, params_text="")
    run = submit_flow(flow, by=people.alice)
    add_member(elsewhere, user_name="mallory", role=Role.VIEWER, by=people.alice)
    now_tick()
    assert child_of(run).project == elsewhere


def test_a_node_that_names_no_flow_is_told_before_it_runs(project: Project) -> None:
    flow = calling(project, "")
    with pytest.raises(Invalid, match="names no flow yet"):
        submit_flow(flow, by=None)


def test_both_pages_lead_to_the_other(run: Run, people: People) -> None:
    child, call = child_of(run), node_of(run, "call")
    client = signed_in(people.vera)
    assert child.ref in client.get(f"/runs/{run.ref}/nodes/{call.ordinal}/").content.decode()
    assert f"{run.ref}/?node={call.ordinal}" in client.get(f"/runs/{child.ref}/").content.decode()
    rest = client.get(f"/api/headrace/v1/runs/{run.ref}/nodes/{call.ordinal}/").json()
    assert rest["runs"] == [child.ref]


def test_the_flow_is_chosen_in_the_panel(project: Project, inner: Flow, people: People) -> None:
    outer = calling(project, "")
    job = Job.objects.get(name="call of Outer")
    client = signed_in(people.bob)
    assert "Inner" in client.get(f"/flows/{outer.ref}/inspector/?id=call").content.decode()
    names = ("max_retry", "retry_interval", "max_running_seconds", "loss_policy", "fail_act")
    given = {name: getattr(job, name) for name in names}
    given |= {"label": "call", "set_flow": inner.ref, "set_params": "day = ${yyyy}"}
    client.post(f"/flows/{outer.ref}/node/?id=call&kind=SUB_FLOW&job=FJ-{job.ref}", given)
    job.refresh_from_db()
    assert json.loads(job.content) == {"flow": inner.ref, "params": {"day": "${yyyy}"}}
