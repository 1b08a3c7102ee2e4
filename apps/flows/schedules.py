"""When schedules fire."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.engine.cron import CronError, Quartz
from apps.flows.models import Schedule
from apps.lib.errors import Invalid


def next_fire(schedule: Schedule, after: datetime) -> datetime | None:
    """The first fire after `after` within the schedule's window, or None when there is none left.

    Raises Invalid when the cron expression or the time zone is wrong.
    """
    times = next_fires(schedule, after, 1)
    return times[0] if times else None


def next_fires(schedule: Schedule, after: datetime, count: int) -> list[datetime]:
    """The next `count` fires after `after`; fewer when the window ends before."""
    try:
        cron, zone = Quartz.parse(schedule.cron), ZoneInfo(schedule.time_zone)
    except CronError as error:
        raise Invalid(str(error), field="cron") from None
    except (KeyError, ValueError):
        raise Invalid(f"There is no time zone {schedule.time_zone}.", field="time_zone") from None
    if schedule.start_at and after < schedule.start_at:
        after = schedule.start_at - timedelta(microseconds=1)
    times: list[datetime] = []
    while len(times) < count:
        found = cron.next_after(after, zone)
        if found is None or (schedule.end_at and found > schedule.end_at):
            break
        times.append(found)
        after = found
    return times
