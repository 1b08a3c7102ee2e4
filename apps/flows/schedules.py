"""When schedules fire."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.engine import cron
from apps.engine.control import Clock
from apps.flows.models import Run, Schedule
from apps.lib.errors import Invalid
from apps.projects.models import Project

#: How far back the last fire is looked for: a step more only when there was none nearer.
LOOKING_BACK = (
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=31),
    timedelta(days=366),
    timedelta(days=100 * 366),
)


def next_fire(schedule: Schedule, after: datetime) -> datetime | None:
    """The first fire after `after` within the schedule's window, or None when there is none left.

    Raises Invalid when the cron expression or the time zone is wrong.
    """
    times = next_fires(schedule, after, 1)
    return times[0] if times else None


def next_fires(schedule: Schedule, after: datetime, count: int) -> list[datetime]:
    """The next `count` fires after `after`; fewer when the window ends before."""
    return list(islice(fires_from(schedule, after), count))


def last_fire(schedule: Schedule, after: datetime, until: datetime) -> datetime | None:
    """The last fire after `after` and not after `until`."""
    found = last_fires(schedule, after, until, 1)
    return found[0] if found else None


def last_fires(schedule: Schedule, after: datetime, until: datetime, count: int) -> list[datetime]:
    """The last `count` of them, in order, looked for from the end: years may lie between."""
    for span in LOOKING_BACK:
        start = max(after, until - span)
        found = deque(takewhile(lambda at: at <= until, fires_from(schedule, start)), maxlen=count)
        if len(found) == count or start == after:
            return list(found)
    return list(found)


def fires_from(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """All fires after `after`. Raises Invalid when the cron expression or the time zone is wrong."""
    try:
        fires = cron.parse(schedule.cron).fires_after(
            _window_start(schedule, after), ZoneInfo(schedule.time_zone)
        )
    except cron.CronError as error:
        raise Invalid(str(error), field="cron") from None
    except (KeyError, ValueError):
        raise Invalid(
            _("There is no time zone %(name)s.") % {"name": schedule.time_zone}, field="time_zone"
        ) from None
    return takewhile(lambda at: schedule.end_at is None or at <= schedule.end_at, fires)


def _window_start(schedule: Schedule, after: datetime) -> datetime:
    """The moment to look from: the window's own first moment counts as a fire."""
    if schedule.start_at and after < schedule.start_at:
        return schedule.start_at - timedelta(microseconds=1)
    return after


def zone_of(scheduled: Schedule | Project) -> ZoneInfo:
    """Its time zone; UTC where there is none of that name, of which a schedule tells itself."""
    try:
        return ZoneInfo(scheduled.time_zone)
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def zone_of_run(run: Run) -> ZoneInfo:
    """The zone that its flow is timed in, or else that of its project."""
    return zone_of(getattr(run.flow, "schedule", None) or run.project)


def run_clock(run_id: int) -> Clock:
    """The nominal time of a run and the zone that its flow is timed in."""
    run = Run.objects.select_related("project", "flow__schedule").only(
        "nominal_at", "project__time_zone", "flow__schedule__time_zone"
    )
    found = run.get(pk=run_id)
    return Clock(found.nominal_at, zone_of_run(found))
