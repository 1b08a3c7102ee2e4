from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.engine.plan import Woken
from apps.engine.states import State
from apps.flows.actions import set_schedule, update_flow
from apps.flows.dependencies import set_parents
from apps.flows.firing import fire_schedules
from apps.flows.models import Dependency, Flow, Run, RunEvent, Schedule
from apps.flows.runs import step, submit_flow
from apps.flows.scheduler import tick
from apps.lib.errors import Invalid
from apps.projects.models import User
from tests.flows.ending import waits_for_a_retry
from tests.graphs import chain, make_drawn_flow

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURLY = "0 0 * * * ?"


@pytest.fixture
def flow(ann: User) -> Flow:
    return make_drawn_flow(chain(2), by=ann)


def schedule(flow: Flow, due: datetime, **fields: object) -> Schedule:
    set_schedule(flow, cron=HOURLY, enabled=True, **fields)
    Schedule.objects.filter(flow=flow).update(next_fire_at=due)
    return Schedule.objects.get(flow=flow)


def nominal_times(flow: Flow) -> list[datetime]:
    return list(flow.runs.order_by("nominal_at").values_list("nominal_at", flat=True))


def test_a_due_flow_fires_once_for_its_nominal_time_and_looks_ahead(flow: Flow) -> None:
    schedule(flow, NOON)
    tick(NOON)
    tick(NOON + timedelta(seconds=1))
    assert nominal_times(flow) == [NOON]
    assert Schedule.objects.get().next_fire_at == NOON + HOUR
    assert Run.objects.get().trigger == "schedule"


def test_a_flow_that_is_not_due_or_switched_off_does_not_fire(flow: Flow) -> None:
    schedule(flow, NOON)
    tick(NOON - timedelta(seconds=1))
    set_schedule(flow, enabled=False)
    Schedule.objects.update(next_fire_at=NOON)
    tick(NOON)
    assert not flow.runs.exists()


@pytest.mark.parametrize(
    ("misfire", "fired"),
    [
        ("all", [NOON, NOON + HOUR, NOON + 2 * HOUR]),
        ("last", [NOON + 2 * HOUR]),
        ("none", []),
    ],
)
def test_missed_times_are_fired_as_the_schedule_says(flow: Flow, misfire: str, fired: list[datetime]) -> None:
    schedule(flow, NOON, misfire=misfire)
    for _ in range(4):
        tick(NOON + 2 * HOUR + timedelta(minutes=30))
    assert nominal_times(flow) == fired
    assert Schedule.objects.get().next_fire_at == NOON + 3 * HOUR


def test_switching_a_schedule_on_fires_nothing_that_lies_behind(flow: Flow) -> None:
    set_schedule(flow, cron=HOURLY, enabled=True, start_at=NOON - 300 * HOUR)
    tick(datetime.now(UTC))
    assert not flow.runs.exists()


def test_a_window_bounds_the_fires(flow: Flow) -> None:
    schedule(flow, NOON, start_at=NOON, end_at=NOON + HOUR, misfire="all")
    for _ in range(5):
        tick(NOON + 10 * HOUR)
    assert nominal_times(flow) == [NOON, NOON + HOUR]
    assert Schedule.objects.get().next_fire_at is None


def test_a_window_must_start_before_it_ends(flow: Flow) -> None:
    with pytest.raises(Invalid, match="start before it ends"):
        set_schedule(flow, cron=HOURLY, start_at=NOON, end_at=NOON)


def test_a_cron_that_is_none_is_refused_and_nothing_is_kept(flow: Flow) -> None:
    with pytest.raises(Invalid) as refused:
        update_flow(flow, by=None, description="new", schedule={"cron": "every day", "enabled": True})
    assert refused.value.field == "cron"
    assert not Schedule.objects.exists()
    assert Flow.objects.get().description == ""


def test_a_flow_that_cannot_run_says_why_at_its_schedule_and_goes_on(flow: Flow) -> None:
    schedule(flow, NOON)
    Flow.objects.update(create_cluster=True)
    tick(NOON)
    at = Schedule.objects.get()
    assert "CreateCluster" in at.trouble
    assert at.next_fire_at == NOON + HOUR
    assert not flow.runs.exists()


def test_a_schedule_that_means_nothing_any_more_holds_up_no_other(ann: User, flow: Flow) -> None:
    broken = schedule(make_drawn_flow(chain(1), by=ann), NOON - HOUR)
    Schedule.objects.filter(pk=broken.pk).update(time_zone="Mars/Olympus")
    schedule(flow, NOON)
    tick(NOON)
    broken.refresh_from_db()
    assert nominal_times(flow) == [NOON]
    assert (broken.next_fire_at, "Mars/Olympus" in broken.trouble) == (None, True)


@pytest.mark.parametrize(
    ("cron", "last", "upcoming"),
    [
        ("* * * * * ?", NOON, NOON + timedelta(seconds=1)),
        ("0 30 3 29 2 ?", datetime(2024, 2, 29, 3, 30, tzinfo=UTC), datetime(2028, 2, 29, 3, 30, tzinfo=UTC)),
    ],
)
def test_years_of_missed_fires_are_passed_over_without_counting_them(
    flow: Flow, cron: str, last: datetime, upcoming: datetime
) -> None:
    set_schedule(flow, cron=cron, enabled=True)
    Schedule.objects.update(next_fire_at=datetime(2020, 2, 29, 3, 30, tzinfo=UTC))
    tick(NOON)
    assert nominal_times(flow) == [last]
    assert Schedule.objects.get().next_fire_at == upcoming


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_fire_one_run(ann: User) -> None:
    flow = make_drawn_flow(chain(2), by=ann)
    due = schedule(flow, NOON)
    together = threading.Barrier(4)

    def race() -> None:
        together.wait()
        fire_schedules([due.pk], NOON)
        connection.close()

    racers = [threading.Thread(target=race) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert nominal_times(flow) == [NOON]


def test_a_retry_is_woken_when_its_time_has_come(ann: User) -> None:
    node = waits_for_a_retry(ann)
    assert node.state == State.RETRYING
    tick(node.wake_at - timedelta(seconds=1))
    node.refresh_from_db()
    assert node.state == State.RETRYING
    tick(node.wake_at)
    node.refresh_from_db()
    assert node.state == State.READY


def refuse_next_step(run: Run) -> RunEvent:
    """An event is there already that must not be: the next one can never be written."""
    run.refresh_from_db()
    return RunEvent.objects.create(run=run, seq=run.seq + 1, kind="odd", at=NOON)


def test_a_retry_that_the_database_refuses_holds_up_no_other(ann: User) -> None:
    odd, steady = waits_for_a_retry(ann), waits_for_a_retry(ann)
    wrong, due = refuse_next_step(odd.run), steady.wake_at
    tick(due)
    for node, state in ((odd, State.RETRYING), (steady, State.READY)):
        node.refresh_from_db()
        assert node.state == state
    wrong.delete()
    tick(due)
    odd.refresh_from_db()
    assert odd.state == State.READY


def test_a_run_whose_begin_the_database_refuses_holds_up_no_other(ann: User) -> None:
    parent = make_drawn_flow(chain(2), by=ann)
    runs = []
    for _ in range(2):
        child = make_drawn_flow(chain(2), by=ann)
        set_parents(child, [parent])
        runs.append(submit_flow(child, by=ann, heeds_parents=True))
    wrong = refuse_next_step(runs[0])
    Dependency.objects.all().delete()
    later = datetime.now(UTC) + HOUR
    tick(later)
    assert [Run.objects.get(pk=run.pk).state for run in runs] == [State.WAITING, State.RUNNING]
    wrong.delete()
    tick(later)
    assert [Run.objects.get(pk=run.pk).state for run in runs] == [State.RUNNING, State.RUNNING]


def test_a_run_that_is_deleted_meanwhile_is_passed_over(flow: Flow, ann: User) -> None:
    run = submit_flow(flow, by=ann)
    assert step(run.pk + 1, [Woken(1)]) is None
