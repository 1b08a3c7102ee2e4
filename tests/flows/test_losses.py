"""Hosts that fall silent: nothing runs twice that must not, nothing waits for ever, nothing is left."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.engine.states import State
from apps.flows.hosts import register_host
from apps.flows.models import Attempt, NodeRun, Recovery, Run, RunEvent
from apps.flows.recoveries import note
from apps.flows.runs import kill_run, submit_flow, submit_job
from apps.flows.warden import Warden
from apps.jobs.logs import run_folder
from apps.jobs.supervisor import session_of
from apps.projects.actions import create_project
from apps.projects.models import Host, Project, User
from tests.flows.at_work import Watcher, leave, make_flow, make_job, node_of, running_pid, until, work_off

pytestmark = pytest.mark.django_db(transaction=True)

UNTIL_TOLD = "while [ ! -e $HEADRACE_RUN_DIR/go ]; do sleep 0.02; done"
SLOW_AT_FIRST = 'if [ "$HEADRACE_ATTEMPT" = 1 ]; then sleep 60; fi'


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="loss tests", by=ann)


def back(warden: Warden) -> None:
    """It goes on: its sign of life and its looking around are due."""
    warden.due["beat"] = warden.due["adopt"] = 0.0


def acts() -> list[str]:
    return list(Recovery.objects.order_by("id").values_list("act", flat=True))


def started(warden: Warden, project: Project, by: User, **fields: str) -> tuple[Run, int]:
    """A run whose only job runs on that host, and its process."""
    job = make_job(project, "job", fields.pop("content", SLOW_AT_FIRST), **fields)
    run = submit_flow(make_flow(project, by, [], job), by=by)
    until(warden, lambda: running_pid(run, "job"))
    return run, running_pid(run, "job")


def test_what_ran_on_a_lost_host_runs_again_on_another_and_is_ended_when_the_host_comes_back(
    warden_of: Callable[[str], Warden], project: Project, ann: User
) -> None:
    first = warden_of("first")
    run, pid = started(first, project, ann)
    Watcher().see(60)
    assert node_of(run, "job").state == State.READY
    assert work_off(warden_of("second"), run).state == State.SUCCEEDED
    assert session_of(pid)

    back(first)
    until(first, lambda: not session_of(pid))
    back(first)
    until(first, lambda: "orphans_ended" in acts())
    run.refresh_from_db()
    assert run.state == State.SUCCEEDED
    attempts = Attempt.objects.filter(node_run__run=run).order_by("number")
    assert [(each.end, each.host.name) for each in attempts] == [("lost", "first"), ("succeeded", "second")]
    assert acts() == ["host_silent", "host_lost", "host_back", "orphans_ended"]
    assert Recovery.objects.get(act="host_lost").runs[0]["ref"] == run.ref
    assert Host.objects.get(name="first").lost_at is None


def test_what_must_not_run_twice_fails_with_its_host(
    warden_of: Callable[[str], Warden], project: Project, ann: User
) -> None:
    run, _ = started(warden_of("first"), project, ann, loss_policy="at_most_once")
    Watcher().see(60)
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert Attempt.objects.get(node_run__run=run).end == "lost"
    assert node_of(run, "job").reason.startswith("its host first was not heard of for 6")


def test_a_late_result_of_a_lost_attempt_changes_nothing(
    warden_of: Callable[[str], Warden], project: Project, ann: User
) -> None:
    first = warden_of("first")
    run, _ = started(first, project, ann, loss_policy="at_most_once", content=UNTIL_TOLD)
    Watcher().see(60)
    (run_folder(run.uid) / "work" / "go").touch()
    until(first, lambda: not first.wards.by_key)
    for _ in range(3):
        first.round()
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert Attempt.objects.get(node_run__run=run).end == "lost"


def test_a_host_that_comes_back_in_time_goes_on_with_what_it_has(
    warden_of: Callable[[str], Warden], project: Project, ann: User
) -> None:
    first = warden_of("first")
    run, _ = started(first, project, ann, content=UNTIL_TOLD)
    watcher = Watcher()
    watcher.see(30)
    assert Host.objects.get(name="first").silent_at
    leave(first)
    again = warden_of("first")
    back(again)
    again.round()
    watcher.see(1)
    (run_folder(run.uid) / "work" / "go").touch()
    assert work_off(again, run).state == State.SUCCEEDED
    assert Attempt.objects.filter(node_run__run=run).count() == 1
    back(again)
    again.round()
    assert acts() == ["host_silent", "host_back", "adopted"]


def test_a_warden_that_starts_after_its_host_was_given_up_ends_what_is_left(
    warden_of: Callable[[str], Warden], project: Project, ann: User
) -> None:
    first = warden_of("first")
    _, pid = started(first, project, ann, loss_policy="at_most_once")
    leave(first)
    Watcher().see(60)
    again = warden_of("first")
    back(again)
    until(again, lambda: not session_of(pid))
    back(again)
    until(again, lambda: "orphans_ended" in acts())
    assert not Run.objects.filter(ended_at__isnull=True).exists()


def test_a_run_that_is_being_killed_is_not_called_killed_when_its_host_is_lost(
    warden_of: Callable[[str], Warden], project: Project, ann: User
) -> None:
    run, _ = started(warden_of("first"), project, ann)
    kill_run(run, by=ann)
    Watcher().see(60)
    run.refresh_from_db()
    assert run.state == State.KILL_FAILED
    assert "not known" in node_of(run, "job").reason
    assert Attempt.objects.get(node_run__run=run).ended_at is not None


def test_what_a_job_left_running_on_purpose_is_left_alone(
    warden_of: Callable[[str], Warden], project: Project, ann: User
) -> None:
    first = warden_of("first")
    job = make_job(project, "job", "sleep 30 >/dev/null 2>&1 & echo $! > daemon")
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    work_off(first, run)
    Watcher().see(60)
    back(first)
    first.round()
    node = NodeRun.objects.get(run=run, name="job")
    assert node.state == State.SUCCEEDED
    assert not first.orphans.asked


def test_attempts_whose_host_was_deleted_are_given_up(
    warden_of: Callable[[str], Warden], project: Project, ann: User
) -> None:
    first = warden_of("first")
    run, _ = started(first, project, ann, loss_policy="at_most_once")
    Host.objects.filter(name="first").delete()
    Watcher()
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert acts() == ["ownerless"]


def test_a_run_whose_step_the_database_refuses_keeps_no_other_on_a_lost_host(
    warden_of: Callable[[str], Warden], project: Project, ann: User
) -> None:
    first = warden_of("first")
    jobs = [make_job(project, name, SLOW_AT_FIRST) for name in ("odd", "steady")]
    odd, steady = runs = [submit_job(job, by=ann) for job in jobs]
    until(first, lambda: all(running_pid(run, run.name) for run in runs))
    odd.refresh_from_db()
    wrong = RunEvent.objects.create(run=odd, seq=odd.seq + 1, kind="odd", at=timezone.now())
    watcher = Watcher()
    watcher.see(60)
    assert [node_of(run, run.name).state for run in runs] == [State.RUNNING, State.READY]
    assert Recovery.objects.get(act="host_lost").runs == [
        {"project": project.pk, "ref": steady.ref, "name": "steady"}
    ]
    wrong.delete()
    watcher.see(60)
    assert node_of(odd, "odd").state == State.READY


@pytest.mark.parametrize("step", [timedelta(hours=1), -timedelta(hours=1)])
def test_a_clock_that_steps_loses_no_host_that_lives(ann: User, step: timedelta) -> None:
    watcher = Watcher()
    for beat in itertools.count():
        Host.objects.update(heartbeat_at=timezone.now() + step * (beat % 2) + timedelta(seconds=beat))
        watcher.see(5)
        if beat > 20:
            break
    assert not acts()


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(0), -timedelta(hours=1)])
def test_a_host_that_is_silent_is_lost_whatever_its_clock_said(ann: User, step: timedelta) -> None:
    Host.objects.update(heartbeat_at=timezone.now() + step)
    Watcher().see(60)
    assert acts() == ["host_silent", "host_lost"]
    assert Host.objects.filter(lost_at__isnull=False).exists()


def test_time_in_which_nobody_looked_is_not_silence(ann: User) -> None:
    Host.objects.update(heartbeat_at=timezone.now())
    watcher = Watcher()
    watcher.now += 10_000
    watcher.see(0)
    assert not acts()


def test_a_sign_of_life_at_the_last_moment_counts(ann: User) -> None:
    Host.objects.update(heartbeat_at=timezone.now())
    watcher = Watcher()
    watcher.see(50)
    host = register_host()
    Host.objects.filter(pk=host.pk).update(heartbeat_at=timezone.now() + timedelta(seconds=1))
    watcher.see(1)
    assert acts() == ["host_silent"]


def test_the_page_of_recoveries_names_the_runs_of_the_own_project_only(
    client: Client, project: Project, ann: User
) -> None:
    client.force_login(ann)
    page = reverse("flows:recoveries", args=[project.ref])
    assert "Nothing had to be recovered" in client.get(page).content.decode()
    other = create_project(name="other", by=ann)
    runs = [
        {"project": each.pk, "ref": f"{letter * 16}", "name": f"run {letter}"}
        for each, letter in ((project, "A"), (other, "B"))
    ]
    for _ in range(3):
        note(Recovery.Act.HOST_LOST, "Gone.", now=timezone.now(), host=Host.objects.get(), count=2, runs=runs)
    with CaptureQueriesContext(connection) as few:
        text = client.get(page).content.decode()
    assert "run A" in text
    assert "run B" not in text
    for _ in range(20):
        note(Recovery.Act.HOST_LOST, "Gone.", now=timezone.now(), host=Host.objects.get(), runs=runs)
    with CaptureQueriesContext(connection) as many:
        client.get(page)
    assert len(many) == len(few)


def test_a_stranger_sees_no_recoveries(client: Client, project: Project) -> None:
    client.force_login(User.objects.create(username="stranger"))
    assert client.get(reverse("flows:recoveries", args=[project.ref])).status_code == 404


def test_the_page_of_clusters_says_that_a_host_is_lost(client: Client, project: Project, ann: User) -> None:
    client.force_login(ann)
    Host.objects.update(heartbeat_at=timezone.now())
    Watcher().see(60)
    text = client.get(reverse("projects:clusters", args=[project.ref])).content.decode()
    assert "Given up at" in text
