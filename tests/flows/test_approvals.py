"""Nodes that wait for a time or for somebody: in the database, on the pages, by REST, in alerts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.alerts.models import Delivery
from apps.alerts.outbox import drain
from apps.engine.plan import Act
from apps.engine.states import State
from apps.flows.acts import act_on_node
from apps.flows.approvals import answer_approval
from apps.flows.losses import give_up_ownerless
from apps.flows.models import Attempt, Run
from apps.flows.runs import kill_run, rerun, resume_run, submit_flow, suspend_run
from apps.flows.scheduler import tick
from apps.flows.why import why_node
from apps.lib.errors import Conflict, Denied, Invalid
from apps.projects.models import AuditEntry, Project, User
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


def submit(project: Project, kind: str = "APPROVAL", **settings: Any) -> Run:
    """ask → after, where `ask` is such a node."""
    ask = make_job(project, "ask", kind=kind, content=json.dumps(settings))
    return submit_flow(make_flow(project, jobs={"ask": ask}, ask=[], after=["ask"]), by=project.owner)


def state_of(run: Run, name: str) -> str:
    return node_of(run, name).state


def test_an_approval_waits_without_a_slot_until_somebody_approves(project: Project, people: People) -> None:
    run = submit(project, message="Ship it?")
    ask = node_of(run, "ask")
    assert (ask.state, ask.host, ask.cluster) == (State.RUNNING, None, None)
    answer_approval(ask, approve=True, by=people.otto, comment="  looks\n good ")
    ask.refresh_from_db()
    assert (ask.state, ask.reason) == (State.SUCCEEDED, "approved by otto: looks good")
    assert ask.outputs == {"approved": True, "by": "otto", "comment": "looks good"}
    assert Attempt.objects.get(node_run=ask).end == Attempt.End.SUCCEEDED
    assert AuditEntry.objects.get(verb="approve_node").user == people.otto
    assert end_run(run).state == State.SUCCEEDED


def test_a_refused_one_fails_and_asks_anew_when_it_goes_again(project: Project, people: People) -> None:
    run = submit(project)
    answer_approval(node_of(run, "ask"), approve=False, by=people.otto)
    run.refresh_from_db()
    assert (run.state, node_of(run, "ask").reason) == (State.FAILED, "refused by otto")
    rerun(run, by=people.otto, failed_only=True)
    assert state_of(run, "ask") == State.RUNNING
    assert node_of(run, "ask").attempt == 2


@pytest.mark.parametrize(
    ("settings", "may", "may_not"),
    [
        ({}, ["otto", "bob", "alice"], ["vera"]),
        ({"role": "editor"}, ["bob", "alice"], ["otto", "vera"]),
        ({"role": "admin"}, ["alice"], ["bob", "otto", "vera"]),
        ({"members": ["vera"]}, ["vera"], ["alice", "bob", "otto"]),
    ],
)
def test_only_those_who_may_can_answer(
    project: Project, settings: dict[str, Any], may: list[str], may_not: list[str]
) -> None:
    run = submit(project, **settings)
    for name in may_not:
        with pytest.raises(Denied, match="may answer"):
            answer_approval(node_of(run, "ask"), approve=True, by=User.objects.get(username=name))
    assert state_of(run, "ask") == State.RUNNING
    for name in may:
        answer_approval(node_of(run, "ask"), approve=False, by=User.objects.get(username=name))
        rerun(run, by=None, failed_only=True)


def test_an_answer_that_comes_late_changes_nothing(project: Project, people: People) -> None:
    run = submit(project)
    ask = node_of(run, "ask")
    answer_approval(ask, approve=True, by=people.otto)
    with pytest.raises(Conflict, match="any more"):
        answer_approval(ask, approve=False, by=people.bob)
    with pytest.raises(Conflict, match="asks nobody"):
        answer_approval(node_of(run, "after"), approve=True, by=people.bob)


def test_what_nobody_answers_in_time_lapses_at_the_tick(project: Project) -> None:
    run = submit(project, timeout=60, on_timeout="approve")
    tick(timezone.now() + timedelta(seconds=30))
    assert state_of(run, "ask") == State.RUNNING
    tick(timezone.now() + timedelta(seconds=61))
    assert state_of(run, "ask") == State.SUCCEEDED
    assert state_of(run, "after") == State.READY


def test_a_wait_is_over_at_the_tick_after_its_time(project: Project) -> None:
    run = submit(project, "WAIT", seconds=60)
    ask = node_of(run, "ask")
    tick(timezone.now())
    assert state_of(run, "ask") == State.RUNNING
    told = why_node(ask)
    assert told is not None and told.code == "time"
    tick(timezone.now() + timedelta(seconds=61))
    assert state_of(run, "after") == State.READY


def test_it_is_nobodys_loss_that_no_host_has_it(project: Project) -> None:
    run = submit(project)
    give_up_ownerless()
    assert state_of(run, "ask") == State.RUNNING


def test_it_obeys_suspend_kill_skip_and_mark(project: Project, people: People) -> None:
    for act, state in ((Act.SKIP, State.SKIPPED), (Act.MARK, State.SUCCEEDED), (Act.KILL, State.KILLED)):
        run = submit(project)
        act_on_node(node_of(run, "ask"), act, by=people.otto)
        assert state_of(run, "ask") == state
    run = submit(project)
    suspend_run(run, by=people.otto)
    answer_approval(node_of(run, "ask"), approve=True, by=people.otto)
    resume_run(run, by=people.otto)
    assert state_of(run, "after") == State.READY
    run = submit(project)
    kill_run(run, by=people.otto)
    run.refresh_from_db()
    assert (run.state, state_of(run, "ask")) == (State.KILLED, State.KILLED)


def test_why_names_who_is_waited_for(project: Project) -> None:
    run = submit(project, members=["otto"])
    asked, after = why_node(node_of(run, "ask")), why_node(node_of(run, "after"))
    assert asked is not None and asked.text == "It waits for approval by otto."
    assert after is not None and after.text == "It waits for ask, which waits for approval."


def test_whoever_has_a_rule_for_it_is_told(project: Project) -> None:
    ask = make_job(project, "ask", kind="APPROVAL", content=json.dumps({"message": "Ship ${what}?"}))
    rules = [
        {"event": "node.approval_asked", "enabled": True, "user_groups": ["AUG-1"], "dingtalk_groups": []}
    ]
    flow = make_flow(project, "Deliver", jobs={"ask": ask}, settings={"alert_rules": rules}, ask=[])
    submit_flow(flow, by=project.owner, params={"what": "r42"})
    drain(timezone.now())
    letter = Delivery.objects.get()
    assert letter.subject == "Node ask of flow Deliver waits for approval"
    assert "an operator of the project" in letter.body and "Ship r42?" in letter.body


def test_the_page_asks_those_who_may_and_takes_their_answer(project: Project, people: People) -> None:
    run = submit(project, message="Ship <it>?")
    ask = node_of(run, "ask")
    page = f"/runs/{run.ref}/nodes/{ask.ordinal}/"
    shown = signed_in(people.otto).get(page).content.decode()
    assert "Ship &lt;it&gt;?" in shown and 'value="approve"' in shown
    assert 'value="approve"' not in signed_in(people.vera).get(page).content.decode()
    assert "Waits for approval" in signed_in(people.vera).get(f"/runs/{run.ref}/head/").content.decode()
    url = f"{page}answer/"
    assert signed_in(people.charlie).post(url, {"answer": "approve"}).status_code == 404
    answered = signed_in(people.otto).post(url, {"answer": "refuse", "comment": "not today"})
    assert answered["Location"].endswith(f"?node={ask.ordinal}")
    assert node_of(run, "ask").reason == "refused by otto: not today"


def test_rest_takes_an_answer(project: Project, people: People) -> None:
    run = submit(project)
    url = f"/api/headrace/v1/runs/{run.ref}/nodes/{node_of(run, 'ask').ordinal}/approve/"
    denied = signed_in(people.vera).post(url, {}, content_type="application/json")
    assert denied.status_code == 403
    done = signed_in(people.otto).post(url, {"comment": "fine"}, content_type="application/json")
    assert (done.status_code, done.json()["state"]) == (202, "succeeded")
    assert node_of(run, "ask").reason == "approved by otto: fine"
    again = signed_in(people.otto).post(url, {}, content_type="application/json")
    assert again.status_code == 409


def test_what_cannot_be_set_is_refused_when_the_job_is_stored(project: Project) -> None:
    with pytest.raises(Invalid, match="a number of seconds, or until"):
        make_job(project, kind="WAIT", content="{}")


def test_the_job_is_set_in_fields(project: Project, people: People) -> None:
    job = make_job(project, kind="APPROVAL", content='{"role":  "operator"}')
    client, url = signed_in(people.bob), f"/jobs/{job.ref}/"
    given = {
        "mode": "YARN",
        "max_retry": 0,
        "retry_interval": 0,
        "fail_act": "STOP",
        "loss_policy": "restart",
    }
    given |= {"max_running_seconds": 0, "loss_policy": job.loss_policy, "mode": job.mode}
    fields = {"set_role": "editor", "set_members": ["vera"], "set_timeout": "60", "set_on_timeout": "skip"}
    client.post(url, {**given, **fields, "set_message": "Go?"})
    job.refresh_from_db()
    assert json.loads(job.content) == {
        "message": "Go?", "role": "editor", "members": ["vera"], "timeout": 60, "on_timeout": "skip"
    }  # fmt: skip
