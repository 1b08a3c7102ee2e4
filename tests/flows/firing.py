"""Schedules that are due, for tests of what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apps.flows.actions import set_schedule
from apps.flows.models import Flow, Run, Schedule
from apps.flows.scheduler import tick

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURLY = "0 0 * * * ?"


def fire(flow: Flow, at: datetime, **fields: object) -> Run | None:
    """The flow's schedule is due at `at`, and it is that time."""
    set_schedule(flow, cron=HOURLY, enabled=True, **fields)
    Schedule.objects.filter(flow=flow).update(next_fire_at=at)
    tick(at)
    return Run.objects.filter(flow=flow, nominal_at=at).first()
