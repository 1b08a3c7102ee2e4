"""Setting a flow's schedule, so that it never fires a surprise and never loses a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.flows.firing import note_skipped, skipped_between
from apps.flows.models import Flow, Schedule, SkippedFire
from apps.flows.schedules import next_fire
from apps.lib.errors import Invalid
from apps.lib.rows import check_known

SCHEDULE_FIELDS = frozenset(
    {
        "cron",
        "time_zone",
        "start_at",
        "end_at",
        "enabled",
        "misfire",
        "overlap",
        "catch_up_most",
        "catch_up_hours",
    }
)


def set_schedule(flow: Flow, *, catch_up: bool = False, **fields: Any) -> Schedule | None:
    """Set some or all of the schedule; an empty cron removes it.

    A schedule that is switched on looks ahead from now, and what passed while it was off is
    written down as skipped; with `catch_up` those times are due, as its misfire policy says.
    Raises Invalid for a cron or window that cannot be.
    """
    check_known(fields, SCHEDULE_FIELDS)
    schedule = Schedule.objects.filter(flow=flow).first() or Schedule(
        flow=flow, cron="", time_zone=flow.project.time_zone
    )
    before = times_of(schedule) if schedule.pk else None
    was_on = schedule.enabled
    for field, value in fields.items():
        setattr(schedule, field, value)
    if not schedule.cron:
        if schedule.enabled:
            raise Invalid(_("A schedule that is on needs a cron expression."), field="cron")
        if schedule.pk:
            schedule.delete()
        return None
    if schedule.start_at and schedule.end_at and schedule.start_at >= schedule.end_at:
        raise Invalid(_("The schedule must start before it ends."), field="start_at")
    _look_ahead(schedule, same=before == times_of(schedule), was_on=was_on, catch_up=catch_up)
    schedule.trouble = ""
    schedule.save()
    return schedule


def _look_ahead(schedule: Schedule, *, same: bool, was_on: bool, catch_up: bool) -> None:
    now, due = timezone.now(), schedule.next_fire_at
    upcoming = next_fire(schedule, now)  # also says what is wrong with it
    if same and was_on and schedule.enabled and due and due <= now:
        return  # due in this very moment: saving something else must not lose it
    last = schedule.last_fire_at
    if same and not was_on and schedule.enabled and last:
        if catch_up:
            upcoming = next_fire(schedule, last)
        else:
            note_skipped(skipped_between(schedule, last, now, SkippedFire.Reason.RESUMED))
            # Not told twice when it is switched off and on again.
            schedule.last_fire_at = now
    schedule.next_fire_at = upcoming


def times_of(schedule: Schedule) -> tuple[str, str, datetime | None, datetime | None]:
    """All that its times depend on."""
    return schedule.cron, schedule.time_zone, schedule.start_at, schedule.end_at
