"""Limits by the clock: of runs, and of how long a node may be ready and not started."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.alerts.models import Delivery, DingTalkGroup, Rule
from apps.alerts.outbox import drain
from apps.engine.states import State
from apps.flows.actions import clone_flow, update_flow
from apps.flows.models import Flow, Run, RunEvent
from apps.flows.runs import rerun, submit_flow, submit_job, suspend_run
from apps.flows.timeouts import end_overdue_runs, tell_late_starts
from apps.flows.warden import Warden
from apps.jobs.supervisor import session_of
from apps.lib.errors import Invalid
from apps.projects.actions import create_project
from apps.projects.models import Project, User
from tests.flows.at_work import make_flow, make_job, node_of, running_pid, states, until, work_off

pytestmark = pytest.mark.django_db(transaction=True)


def after(seconds: float) -> datetime:
    """So long after the youngest run began."""
    begun = Run.objects.latest("id").started_at
    assert begun
    return begun + timedelta(seconds=seconds)


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="timeout tests", by=ann)


@pytest.fixture
def chain(project: Project, ann: User) -> Flow:
    """A job that does not end by itself, and one after it. A run of it may take a minute."""
    jobs = make_job(project, "long", "sleep 60"), make_job(project, "after", "true")
    flow = make_flow(project, ann, [("long", "after")], *jobs)
    return update_flow(flow, by=ann, run_timeout=60)


def kinds(run: Run) -> list[str]:
    return list(RunEvent.objects.filter(run=run).order_by("seq").values_list("kind", flat=True))


def test_a_run_over_its_limit_is_stopped_with_all_its_processes_and_fails(
    make_warden: Callable[[], Warden], chain: Flow, ann: User
) -> None:
    run = submit_flow(chain, by=ann)
    warden = make_warden()
    until(warden, lambda: running_pid(run, "long"))
    pid = running_pid(run, "long")
    assert end_overdue_runs(after(59)) == 0
    assert end_overdue_runs(after(61)) == 1
    assert end_overdue_runs(after(62)) == 0
    work_off(warden, run)
    assert run.state == State.FAILED
    assert run.reason == "it ran longer than its time limit of 60 s and was stopped"
    assert states(run) == {"long": State.KILLED, "after": State.WAITING}
    assert not session_of(pid)
    assert kinds(run).count("run.timed_out") == 1
    assert kinds(run)[-1] == "run.failed"


def test_a_suspended_run_does_not_escape_its_limit(chain: Flow, ann: User) -> None:
    run = submit_flow(chain, by=ann)
    suspend_run(run, by=ann)
    assert end_overdue_runs(after(61)) == 1
    run.refresh_from_db()
    assert run.state == State.FAILED


def test_a_rerun_has_its_whole_limit_again(chain: Flow, ann: User) -> None:
    run = submit_flow(chain, by=ann)
    end_overdue_runs(after(61))
    rerun(run, by=ann)
    assert end_overdue_runs(after(59)) == 0
    assert end_overdue_runs(after(61)) == 1


def test_the_limit_is_that_of_the_flow_when_the_run_was_made(chain: Flow, ann: User) -> None:
    run = submit_flow(chain, by=ann)
    update_flow(chain, by=ann, run_timeout=0)
    unlimited = submit_flow(Flow.objects.get(pk=chain.pk), by=ann)
    end_overdue_runs(after(10_000))
    run.refresh_from_db()
    unlimited.refresh_from_db()
    assert (run.state, unlimited.state) == (State.FAILED, State.RUNNING)


def test_a_node_that_no_host_starts_in_time_is_told_once_and_goes_on(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    flow = make_flow(project, ann, [], make_job(project, "job", "true"))
    update_flow(flow, by=ann, start_timeout=30)
    run = submit_flow(flow, by=ann)
    assert tell_late_starts(after(29)) == 0
    assert tell_late_starts(after(31)) == 1
    assert tell_late_starts(after(33)) == 0
    assert kinds(run)[-1] == "node.start_timed_out"
    assert work_off(make_warden(), run).state == State.SUCCEEDED


def test_the_limit_of_a_job_is_stronger_than_that_of_its_flow(project: Project, ann: User) -> None:
    jobs = make_job(project, "own", "true", start_timeout=10), make_job(project, "other", "true")
    flow = make_flow(project, ann, [], *jobs)
    update_flow(flow, by=ann, start_timeout=30)
    run = submit_flow(flow, by=ann)
    assert tell_late_starts(after(11)) == 1
    assert kinds(run)[-1] == "job.start_timed_out"
    assert RunEvent.objects.get(run=run, kind="job.start_timed_out").node_run == node_of(run, "own")
    assert tell_late_starts(after(31)) == 1
    assert RunEvent.objects.get(run=run, kind="node.start_timed_out").node_run == node_of(run, "other")


def test_a_job_that_runs_alone_has_its_limit_too(project: Project, ann: User) -> None:
    run = submit_job(make_job(project, "job", "true", start_timeout=10), by=ann)
    assert tell_late_starts(after(11)) == 1
    assert kinds(run)[-1] == "job.start_timed_out"


def test_whoever_wants_to_know_of_late_starts_is_told(project: Project, ann: User) -> None:
    group = DingTalkGroup.objects.create(name="robots")
    Rule.objects.create(project=project, event="node.start_timed_out", dingtalk_groups=[group.biz_id])
    flow = make_flow(project, ann, [], make_job(project, "job", "true"))
    update_flow(flow, by=ann, start_timeout=30)
    submit_flow(flow, by=ann)
    tell_late_starts(after(31))
    drain(timezone.now())
    delivery = Delivery.objects.get()
    assert delivery.subject == "Node job of flow flow did not start in time"
    assert "it was ready for 30 s and no host has started it" in delivery.body


def test_a_copy_of_a_flow_has_its_limits(chain: Flow, ann: User) -> None:
    assert clone_flow(chain, by=ann).run_timeout == 60


def test_a_limit_that_cannot_be_is_refused_by_name(chain: Flow, ann: User) -> None:
    with pytest.raises(Invalid, match="from 0 to") as refused:
        update_flow(chain, by=ann, run_timeout=-1)
    assert refused.value.field == "run_timeout"


def test_the_page_of_a_run_states_its_limit(client: Client, chain: Flow, ann: User) -> None:
    client.force_login(ann)
    run = submit_flow(chain, by=ann)
    text = client.get(reverse("flows:run_overview", args=[run.ref])).content.decode()
    assert "Time limit" in text
    assert "1 m" in text
