"""What users of other schedulers complain of, as far as no other test says that we do better.

tests/chaos/README.md lists every complaint with its test.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from apps.config.celery import app
from apps.engine.states import State
from apps.flows.actions import set_schedule
from apps.flows.models import Attempt, NodeRun, Run, Schedule
from apps.flows.runs import kill_run, submit_flow
from apps.flows.scheduler import tick
from apps.flows.schedules import next_fires
from apps.flows.tasks import wake_wardens
from apps.flows.warden import Warden
from apps.lib.nudge import nudge
from apps.projects.actions import create_project
from apps.projects.models import Host, Project, User
from tests.flows.at_work import make_flow, make_job, node_of, until, work_off
from tests.flows.test_faults import look, submit, wait_for_end
from tests.graphs import chain, make_drawn_flow
from tests.installation import Installation
from tests.valkey import ValkeyServer

PATIENCE = 60.0
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BEATS = """
from apps.flows.models import Heartbeat
print(Heartbeat.objects.get(service="worker").at.timestamp())
"""


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="complaints", by=ann)


# --- the broker and its messages


@pytest.fixture
def installation(own_stack: Installation) -> Iterator[Installation]:
    own_stack.start()
    yield own_stack


def wait_for_a_task(installation: Installation) -> None:
    """Until the worker has taken a task that was sent after now."""
    since, give_up_at = time.time(), time.monotonic() + PATIENCE
    while float(installation.shell(BEATS)) <= since:
        assert time.monotonic() < give_up_at, "the worker takes no more tasks"


@pytest.mark.stack
@pytest.mark.slow
def test_a_worker_takes_tasks_again_after_each_restart_of_the_broker(installation: Installation) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        before = installation.services()["worker"]
        os.kill(installation.services()["broker"], number)
        wait_for_a_task(installation)
        assert installation.services()["worker"] == before, "it was cured by a restart of the worker"


@pytest.mark.stack
@pytest.mark.slow
def test_what_a_worker_took_and_did_not_do_is_not_lost(installation: Installation, tmp_path: Path) -> None:
    """It hangs, is told to stop, and is killed, with a message in its hands each time."""
    worker = installation.services()["worker"]
    os.kill(worker, signal.SIGSTOP)
    first = submit(installation, "chain", 2, f"echo $HEADRACE_NODE >> {tmp_path}/marks")
    wait_for_end(installation, first)
    os.kill(worker, signal.SIGTERM)
    second = submit(installation, "chain", 2, f"echo $HEADRACE_NODE >> {tmp_path}/marks")
    os.kill(worker, signal.SIGKILL)
    wait_for_end(installation, second)
    assert (tmp_path / "marks").read_text().split() == ["n0", "n1"] * 2
    assert look(installation, second)[1][1] == 0


@pytest.mark.django_db(transaction=True)
def test_no_message_is_sent_for_what_is_not_committed(valkey: ValkeyServer) -> None:
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    before = valkey.client.llen(queue)
    with transaction.atomic():
        nudge("flows.wake")
        assert valkey.client.llen(queue) == before
    assert valkey.client.llen(queue) == before + 1
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        nudge("flows.wake")
        raise ZeroDivisionError
    assert valkey.client.llen(queue) == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_message_that_is_delivered_again_and_again_starts_nothing_twice(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    jobs = [make_job(project, name, "sleep 0.2") for name in ("a", "b", "c")]
    run = submit_flow(make_flow(project, ann, [("a", "b")], *jobs), by=ann)
    warden = make_warden()

    def ended() -> bool:
        wake_wardens()
        return Run.objects.filter(pk=run.pk, ended_at__isnull=False).exists()

    until(warden, ended)
    assert sorted(NodeRun.objects.filter(run=run).values_list("attempt", flat=True)) == [0, 0, 1, 1, 1]


def test_no_task_takes_as_long_as_a_job() -> None:
    """The broker delivers again what is not acknowledged in time: so it is acknowledged before it is done."""
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    app.loader.import_default_modules()
    assert not any(task.acks_late for task in ours)


# --- kills


@pytest.mark.django_db(transaction=True)
def test_a_kill_during_the_wait_before_a_retry_ends_the_run_at_once(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", "exit 1", max_retry=5, retry_interval=300)
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    warden = make_warden()
    until(warden, lambda: node_of(run, "job").state == State.RETRYING)
    kill_run(run, by=ann)
    run.refresh_from_db()
    assert (run.state, run.active, node_of(run, "job").state) == (State.KILLED, 0, State.KILLED)
    tick(datetime.now(UTC) + timedelta(hours=1))
    assert node_of(run, "job").state == State.KILLED


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_does_not_come_back_with_its_warden(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    jobs = make_job(project, "first", "sleep 60"), make_job(project, "second", "echo second > came")
    run = submit_flow(make_flow(project, ann, [("first", "second")], *jobs), by=ann)
    warden = make_warden()
    until(warden, lambda: node_of(run, "first").state == State.RUNNING and len(warden.wards))
    kill_run(run, by=ann)
    assert work_off(warden, run).state == State.KILLED
    events = run.events.count()
    again = make_warden()
    tick(datetime.now(UTC) + timedelta(hours=1))
    for _ in range(3):
        again.backlog = True
        again.adopt()
        again.turn()
    assert (run.events.count(), Attempt.objects.filter(node_run__run=run).count()) == (events, 1)
    assert node_of(run, "second").state == State.WAITING


# --- starvation


@pytest.mark.django_db(transaction=True)
def test_a_run_of_high_priority_passes_a_great_one_that_waits_for_slots(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    wide = [make_job(project, f"w{number}", "sleep 0.1") for number in range(12)]
    great = submit_flow(make_flow(project, ann, [], *wide), by=ann)
    small = submit_flow(make_drawn_flow(chain(2), by=ann), by=ann)
    NodeRun.objects.filter(run=small).update(priority=5)
    warden = make_warden()
    Host.objects.update(slots=2)
    warden.host.slots = 2
    assert work_off(warden, small).state == State.SUCCEEDED
    assert NodeRun.objects.filter(run=great, state=State.READY).exists()
    work_off(warden, great)


# --- schedules


@pytest.mark.django_db
def test_the_times_that_are_shown_are_the_times_that_are_fired(ann: User) -> None:
    flow = make_drawn_flow(chain(2), by=ann)
    set_schedule(flow, cron="0 30 1,2,3 * * ?", time_zone="Europe/Berlin", misfire="all", enabled=True)
    before_dst_ends = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    schedule = Schedule.objects.get(flow=flow)
    shown = next_fires(schedule, before_dst_ends, 8)
    Schedule.objects.update(next_fire_at=shown[0])
    for at in shown:
        tick(at)
    assert list(flow.runs.order_by("nominal_at").values_list("nominal_at", flat=True)) == shown


@pytest.mark.django_db
def test_the_old_times_of_a_changed_schedule_are_not_fired(ann: User) -> None:
    flow = make_drawn_flow(chain(2), by=ann)
    set_schedule(flow, cron="0 0 12 * * ?", enabled=True)
    Schedule.objects.update(next_fire_at=NOON)
    set_schedule(flow, cron="0 0 13 * * ?", enabled=True)
    tick(NOON)
    assert not flow.runs.exists()


@pytest.mark.django_db
def test_a_schedule_does_not_wait_for_a_run_that_never_ends(ann: User) -> None:
    flow = make_drawn_flow(chain(2), by=ann)
    set_schedule(flow, cron="0 0 * * * ?", enabled=True)
    for hour in range(3):
        Schedule.objects.update(next_fire_at=NOON + timedelta(hours=hour))
        tick(NOON + timedelta(hours=hour))
    assert flow.runs.filter(ended_at__isnull=True).count() == 3


@pytest.mark.django_db
def test_a_change_of_time_zone_fires_nothing_that_lies_behind(ann: User) -> None:
    flow = make_drawn_flow(chain(2), by=ann)
    set_schedule(flow, cron="0 0 * * * ?", time_zone="Asia/Shanghai", misfire="all", enabled=True)
    set_schedule(flow, time_zone="America/Los_Angeles", enabled=True)
    tick(datetime.now(UTC))
    assert not flow.runs.exists()
