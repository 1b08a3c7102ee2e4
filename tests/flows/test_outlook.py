"""What is expected of the next fires of flows as they are in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.engine.clocks import Night
from apps.engine.states import State
from apps.flows.actions import set_schedule, update_flow
from apps.flows.dependencies import set_parents
from apps.flows.models import Flow, Run, Schedule
from apps.flows.outlook import catching_up, outlook, outlooks
from apps.flows.runs import submit_flow
from apps.lib.errors import Invalid
from apps.projects.models import User
from tests.graphs import chain, make_drawn_flow

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOURLY, DAILY = "0 0 * * * ?", "0 0 12 * * ?"


@pytest.fixture
def parent(ann: User) -> Flow:
    return make_drawn_flow(chain(2), by=ann)


@pytest.fixture
def flow(ann: User, parent: Flow) -> Flow:
    return make_drawn_flow(chain(2), by=ann, project=parent.project)


def scheduled(flow: Flow, cron: str, **fields: object) -> Schedule:
    set_schedule(flow, cron=cron, enabled=True, **fields)
    Schedule.objects.filter(flow=flow).update(next_fire_at=NOON + MINUTE)
    return Schedule.objects.get(flow=flow)


def took(flow: Flow, by: User, how_long: timedelta, nominal_at: datetime = NOON - DAY) -> Run:
    run = submit_flow(flow, by=by, nominal_at=nominal_at)
    Run.objects.filter(pk=run.pk).update(
        state=State.SUCCEEDED, started_at=NOON - how_long, ended_at=NOON, created_at=NOON - DAY
    )
    return run


def said(flow: Flow, schedule: Schedule | None, count: int = 3, now: datetime = NOON) -> list[str]:
    fires = outlook(flow, schedule, now, count).fires
    return [f"{fire.outcome}:{fire.because}" if fire.because else str(fire.outcome) for fire in fires]


def test_a_free_flow_fires_at_each_of_its_times(flow: Flow) -> None:
    assert said(flow, scheduled(flow, HOURLY)) == ["fires"] * 3


def test_a_flow_that_usually_takes_longer_skips_every_other_time(flow: Flow, ann: User) -> None:
    took(flow, ann, 90 * MINUTE)
    assert said(flow, scheduled(flow, HOURLY, overlap="skip")) == ["fires", "skipped:overlap", "fires"]


def test_a_schedule_that_is_not_saved_is_told_of_in_the_same_way(flow: Flow, ann: User) -> None:
    took(flow, ann, 90 * MINUTE)
    typed = Schedule(flow=flow, cron=HOURLY, time_zone="UTC", overlap="wait", enabled=True)
    assert said(flow, typed) == ["fires", "waits:overlap", "waits:overlap"]
    assert not Schedule.objects.exists()


def test_a_schedule_that_is_off_fires_nothing(flow: Flow) -> None:
    schedule = scheduled(flow, HOURLY)
    schedule.enabled = False
    assert said(flow, schedule) == ["skipped:off"] * 3


def test_what_lies_outside_the_window_is_one_line_before_and_one_after(flow: Flow) -> None:
    schedule = scheduled(flow, DAILY, start_at=NOON + 5 * DAY, end_at=NOON + 6 * DAY)
    before, first, second, after = outlook(flow, schedule, NOON, 10).fires
    assert (before.count, before.last_at, before.because) == (4, NOON + 4 * DAY, "outside")
    assert (first.at, second.at, after.at) == (NOON + 5 * DAY, NOON + 6 * DAY, NOON + 7 * DAY)
    assert (after.outcome, after.last_at) == ("skipped", None)


def test_times_that_no_scheduler_fired_are_told_of_as_the_misfire_policy_says(flow: Flow) -> None:
    schedule = scheduled(flow, HOURLY, misfire="last")
    schedule.next_fire_at = NOON - 5 * HOUR
    missed, last, *_ = outlook(flow, schedule, NOON, 4).fires
    assert (missed.because, missed.count, missed.last_at) == ("misfire", 5, NOON - HOUR)
    assert (last.at, last.outcome) == (NOON, "fires")


def test_it_waits_for_its_parent_until_that_usually_is_done(flow: Flow, parent: Flow, ann: User) -> None:
    took(parent, ann, 10 * MINUTE)
    scheduled(parent, DAILY)
    set_parents(flow, [parent])
    first = outlook(flow, scheduled(flow, DAILY), NOON, 1).fires[0]
    assert first.parent is not None
    assert (first.because, first.parent.name, first.begins_at) == (
        "parent",
        parent.name,
        NOON + DAY + 10 * MINUTE,
    )


def test_it_waits_for_a_time_of_its_parent_that_is_past_until_that_has_succeeded(
    flow: Flow, parent: Flow, ann: User
) -> None:
    scheduled(parent, "0 0 11 * * ?")
    set_parents(flow, [parent])
    schedule = scheduled(flow, "0 0 13 * * ?")
    assert said(flow, schedule, 1) == ["waits:parent"]
    took(parent, ann, MINUTE, nominal_at=NOON - HOUR)
    assert said(flow, schedule, 1) == ["fires"]


def test_a_parent_that_is_off_is_one_that_nothing_starts(flow: Flow, parent: Flow) -> None:
    scheduled(parent, DAILY)
    Schedule.objects.filter(flow=parent).update(enabled=False)
    set_parents(flow, [parent])
    waits = outlook(flow, scheduled(flow, DAILY), NOON, 1).fires[0].parent
    assert waits is not None
    assert not waits.comes


def test_a_flow_without_a_cron_has_the_times_of_its_parent(flow: Flow, parent: Flow) -> None:
    scheduled(parent, DAILY)
    set_parents(flow, [parent])
    fires = outlook(flow, None, NOON, 2).fires
    assert [fire.at for fire in fires] == [NOON + DAY, NOON + 2 * DAY]
    assert {fire.because for fire in fires} == {"parent"}


def test_a_paused_flow_waits(flow: Flow, ann: User) -> None:
    schedule = scheduled(flow, HOURLY)
    update_flow(flow, by=ann, paused_at=timezone.now())
    assert said(flow, schedule, 1) == ["waits:paused"]


def test_the_night_on_which_a_time_does_not_exist_is_marked(flow: Flow) -> None:
    schedule = Schedule(flow=flow, cron="0 30 2 * * ?", time_zone="Europe/Berlin", enabled=True)
    fires = outlook(flow, schedule, datetime(2027, 3, 26, tzinfo=UTC), 3).fires
    assert [fire.night for fire in fires] == [None, None, Night.GAP]


def test_a_zone_that_does_not_exist_is_refused(flow: Flow) -> None:
    with pytest.raises(Invalid):
        outlook(flow, Schedule(flow=flow, cron=HOURLY, time_zone="Mars/Olympus"), NOON, 3)


def test_catching_up_fires_what_passed_while_it_was_off(flow: Flow) -> None:
    schedule = scheduled(flow, HOURLY, misfire="all")
    schedule.enabled, schedule.last_fire_at = False, NOON - 3 * HOUR
    assert catching_up(schedule, NOON) == [NOON - 2 * HOUR, NOON - HOUR, NOON]
    schedule.misfire = "none"
    assert catching_up(schedule, NOON + 2 * MINUTE) == []


def test_more_parents_and_more_fires_cost_no_more_queries(
    flow: Flow, parent: Flow, ann: User, django_assert_max_num_queries
) -> None:
    parents = [parent, *(make_drawn_flow(chain(1), by=ann, project=parent.project) for _ in range(5))]
    for each in parents:
        scheduled(each, HOURLY)
    set_parents(flow, parents)
    schedule = scheduled(flow, DAILY)
    with django_assert_max_num_queries(8):
        outlook(flow, schedule, NOON, 30)


def test_many_flows_are_looked_ahead_in_two_queries(
    flow: Flow, parent: Flow, ann: User, django_assert_num_queries
) -> None:
    took(flow, ann, 90 * MINUTE)
    scheduled(flow, HOURLY, overlap="skip")
    scheduled(parent, DAILY)
    schedules = list(Schedule.objects.select_related("flow__project"))
    with django_assert_num_queries(2):
        found = outlooks(schedules, NOON, NOON + 3 * HOUR, 80)
    assert [fire.outcome for fire in found[flow.pk]] == ["fires", "skipped", "fires"]
    assert found[parent.pk] == []


def test_the_fires_of_many_heed_the_delay_and_the_limit_as_those_of_one_do(flow: Flow, ann: User) -> None:
    took(flow, ann, 90 * MINUTE)
    schedule = scheduled(flow, HOURLY)
    update_flow(flow, by=ann, delay=300, max_runs=1)
    schedule = Schedule.objects.select_related("flow__project").get(pk=schedule.pk)
    many = outlooks([schedule], NOON, NOON + 3 * HOUR, 80)[flow.pk]
    one = outlook(schedule.flow, schedule, NOON, 3).fires
    assert [(each.because, each.begins_at) for each in many] == [
        (each.because, each.begins_at) for each in one
    ]
    assert [each.because for each in many] == ["delay", "limit", "limit"]
