"""Times that passed while a schedule was off, late, or its clock was wrong."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from apps.flows.actions import set_schedule
from apps.flows.models import Flow, Run, Schedule, SkippedFire
from apps.flows.scheduler import tick
from apps.projects.models import User
from tests.flows.firing import HOUR, HOURLY, NOON, fire
from tests.graphs import chain, make_drawn_flow


@pytest.fixture
def flow(ann: User) -> Flow:
    return make_drawn_flow(chain(2), by=ann)


def nominal(flow: Flow) -> list[datetime]:
    return list(Run.objects.filter(flow=flow).order_by("nominal_at").values_list("nominal_at", flat=True))


def test_what_passed_while_a_schedule_was_off_is_skipped_and_seen(flow: Flow) -> None:
    fire(flow, NOON)
    set_schedule(flow, enabled=False)
    set_schedule(flow, enabled=True)
    tick(timezone.now())
    assert nominal(flow) == [NOON]
    skipped = SkippedFire.objects.get()
    assert (skipped.reason, skipped.first_at) == ("resumed", NOON + HOUR)


def test_whoever_asks_has_what_passed_made_up_for(flow: Flow) -> None:
    fire(flow, NOON, misfire="last")
    set_schedule(flow, enabled=False)
    set_schedule(flow, enabled=True, catch_up=True)
    now = timezone.now()
    tick(now)
    assert nominal(flow) == [NOON, now.replace(minute=0, second=0, microsecond=0)]


def test_saving_a_schedule_in_the_moment_that_it_is_due_loses_nothing(flow: Flow) -> None:
    set_schedule(flow, cron=HOURLY, enabled=True)
    due = timezone.now().replace(minute=0, second=0, microsecond=0)
    Schedule.objects.update(next_fire_at=due)
    set_schedule(flow, overlap="wait")
    tick(timezone.now())
    assert nominal(flow) == [due]


def test_catching_up_is_bounded_and_what_is_left_out_is_seen(flow: Flow) -> None:
    set_schedule(flow, cron=HOURLY, enabled=True, misfire="all", catch_up_most=2)
    Schedule.objects.update(next_fire_at=NOON)
    tick(NOON + 5 * HOUR)
    assert nominal(flow) == [NOON + 4 * HOUR, NOON + 5 * HOUR]
    skipped = SkippedFire.objects.get()
    assert (skipped.first_at, skipped.last_at, skipped.count) == (NOON, NOON + 3 * HOUR, 4)


def test_a_clock_that_is_put_back_or_forward_doubles_and_loses_nothing(flow: Flow) -> None:
    set_schedule(flow, cron=HOURLY, enabled=True, misfire="all")
    Schedule.objects.update(next_fire_at=NOON)
    for hours in (0, 2, 1, 0, 2, 3):
        tick(NOON + hours * HOUR)
    assert nominal(flow) == [NOON + hours * HOUR for hours in range(4)]
