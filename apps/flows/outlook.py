"""What will become of a flow's next fires: what `engine.fires` asks, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice, takewhile
from zoneinfo import ZoneInfo

from apps.engine import clocks, cron
from apps.engine.admission import Overlap
from apps.engine.fires import Because, Facts, Fire, Outcome, foresee
from apps.engine.periods import day_of
from apps.flows.awaited import AwaitedTimes
from apps.flows.calendar import Calendar
from apps.flows.firing import MISFIRE_GRACE, kept_times, skipped_between
from apps.flows.models import Flow, Run, Schedule, SkippedFire
from apps.flows.queries import USUAL_OVER, usual_durations
from apps.flows.schedules import fires_from, last_fire, next_fire, next_fires
from apps.lib.errors import Invalid

MOST = 200
#: Times outside the window are counted no further.
COUNTED = 1000
#: How far ahead one looks for the times of a flow that follows its parents, and for changes of the clock.
FOLLOWED_DAYS = 62
CHANGES_AHEAD = timedelta(days=370)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    fires: Sequence[Fire]
    #: How long a run of the flow takes; None when none has succeeded lately.
    usual: timedelta | None
    changes: Sequence[clocks.Change]


def outlook(
    flow: Flow, schedule: Schedule | None, now: datetime, count: int, *, as_if_on: bool = False
) -> Outlook:
    """The next `count` fires of the flow with this schedule, which need not be saved.

    Without one, those of the parents that it follows. `as_if_on` tells what a schedule that is
    off would do. Raises Invalid when the cron expression or the time zone is wrong.
    """
    calendar = Calendar()
    schedule = schedule if schedule and schedule.cron else None
    calendar.assume(flow.pk, schedule)
    is_on = as_if_on or (schedule.enabled if schedule else flow.follows)
    if schedule:
        times, zone = next_fires(schedule, now, count), ZoneInfo(schedule.time_zone)
    else:
        zone = ZoneInfo(flow.project.time_zone)
        times = list(islice(_followed(flow, calendar, zone, now), count))
    parents = AwaitedTimes(flow, calendar, zone, now)
    usual = usual_durations([flow.pk, *parents.parent_ids], now - USUAL_OVER)
    parents.read(times, usual)
    facts = _facts(flow, schedule, usual, _going([flow.pk], usual, now))
    fires = foresee(times, replace(facts, is_on=is_on, awaited=parents.at))
    if schedule:
        fires = [*_overdue(schedule, now), *_around(schedule, _with_nights(schedule, fires), now, count)]
    changes = clocks.changes(zone, *_days_ahead(now, zone)) if schedule else ()
    return Outlook(fires[:count], usual.get(flow.pk), changes)


def outlooks(
    schedules: Sequence[Schedule], now: datetime, until: datetime, most: int
) -> dict[int, list[Fire]]:
    """The next fires of many flows by flow, up to `most` each and none after `until`.

    For all of them at once and so without their parents.
    The schedules come with their flows and projects.
    """
    ids = [schedule.flow_id for schedule in schedules if schedule.enabled]
    usual = usual_durations(ids, now - USUAL_OVER) if ids else {}
    going = _going(ids, usual, now) if ids else {}
    found = {}
    for schedule in schedules:
        facts = _facts(schedule.flow, schedule, usual, going)
        found[schedule.flow_id] = foresee(_until(schedule, now, until, most), facts)
    return found


def _facts(
    flow: Flow,
    schedule: Schedule | None,
    usual: Mapping[int, timedelta],
    going: Mapping[int, Sequence[datetime]],
) -> Facts:
    return Facts(
        is_on=schedule is None or schedule.enabled,
        is_paused=bool(flow.paused_at or flow.project.paused_at),
        overlap=Overlap(schedule.overlap) if schedule else Overlap.PARALLEL,
        usual=usual.get(flow.pk),
        going=going.get(flow.pk, ()),
        most=flow.max_runs,
        delay=timedelta(seconds=flow.delay),
    )


def _until(schedule: Schedule, now: datetime, until: datetime, most: int) -> list[datetime]:
    """Its next times; of one that is off, or that cannot be read and says so itself, none."""
    if not schedule.enabled:
        return []
    try:
        return list(islice(takewhile(lambda at: at <= until, fires_from(schedule, now)), most))
    except Invalid:
        return []


def catching_up(schedule: Schedule, now: datetime) -> list[datetime]:
    """The times that would fire if this schedule, which is off, were switched on and caught up."""
    if schedule.enabled or schedule.last_fire_at is None:
        return []
    first = next_fire(schedule, schedule.last_fire_at)
    return kept_times(schedule, first, now) if first and first <= now else []


def _days_ahead(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the beginning of the day, so that what was found is found again."""
    start, _ = day_of(now, zone)
    return start, start + CHANGES_AHEAD


def _followed(flow: Flow, calendar: Calendar, zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    if not flow.follows or not calendar.has_times(flow.pk):
        return
    times, (start, end) = calendar.times(flow.pk), day_of(now, zone)
    for _ in range(FOLLOWED_DAYS):
        yield from (at for at in times(start, end) if at > now)
        start, end = day_of(end, zone)


def _going(ids: Iterable[int], usual: dict[int, timedelta], now: datetime) -> dict[int, list[datetime]]:
    """When the runs that go on are expected to end, by flow; of what takes nobody knows how long, none."""
    rows = Run.objects.filter(flow__in=[pk for pk in ids if pk in usual], ended_at=None, parent=None)
    found: dict[int, list[datetime]] = {}
    for flow_id, started_at in rows.order_by("id").values_list("flow_id", "started_at"):
        found.setdefault(flow_id or 0, []).append((started_at or now) + usual[flow_id or 0])
    return found


def _with_nights(schedule: Schedule, fires: Iterable[Fire]) -> list[Fire]:
    zone, says = ZoneInfo(schedule.time_zone), cron.parse(schedule.cron)
    return [replace(fire, night=clocks.night_of(says, fire.at, zone)) for fire in fires]


def _overdue(schedule: Schedule, now: datetime) -> list[Fire]:
    """What becomes of times that are due and that no scheduler has fired yet."""
    first = schedule.next_fire_at
    if not schedule.enabled or first is None or first > now - MISFIRE_GRACE:
        return []
    kept = kept_times(schedule, first, now)
    until = kept[0] if kept else now + _MOMENT
    missed = skipped_between(schedule, first - _MOMENT, until, SkippedFire.Reason.MISFIRE)
    passed = (
        Fire(row.first_at, Outcome.SKIPPED, Because.MISFIRE, count=row.count, last_at=row.last_at)
        for row in missed
    )
    return [*passed, *(Fire(at, begins_at=now) for at in kept)]


def _around(schedule: Schedule, fires: Sequence[Fire], now: datetime, count: int) -> Iterable[Fire]:
    """The fires with what passes before the window opens and once it has closed."""
    free = copy(schedule)
    free.start_at = free.end_at = None
    before: list[Fire] = []
    if schedule.start_at and schedule.start_at > now:
        opens = schedule.start_at
        inside = list(islice(takewhile(lambda at: at < opens, fires_from(free, now)), COUNTED))
        if inside:
            last = last_fire(free, now, opens - _MOMENT) or inside[-1]
            before = [Fire(inside[0], Outcome.SKIPPED, Because.OUTSIDE, count=len(inside), last_at=last)]
    after: list[Fire] = []
    if schedule.end_at and len(fires) < count and (over := next_fire(free, max(now, schedule.end_at))):
        after = [Fire(over, Outcome.SKIPPED, Because.OUTSIDE)]
    return chain(before, fires, after)
