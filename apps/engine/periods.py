"""Which times of a parent flow belong to a time of the flow that waits for it.

The day is the one of the waiting flow's time, in the waiting flow's zone; within it a flow is
*daily* when it fires at most once that day, *hourly* up to 24 times, else *minutely*.

Same cycle:

| waits | parent | for |
|---|---|---|
| any | fires as often that day | the one in the same place: first for first, second for second |
| any | does not fire that day | nothing: a weekly parent holds a daily flow up on its own day only |
| daily | hourly, minutely | all of the day; only the last, when the parent waits for its own last cycle |
| hourly | minutely | all within the clock hour |
| any | else | the nearest not later; where all are later, the first of the day |

All of the day means all: also those later than the waiting time, which then waits for them.
A parent that fires more often than each minute is waited for by its last time only.

Previous cycle: the parent's time before the first that "same cycle" names; a parent that had
not begun by then is not waited for. A flow that waits for itself waits for its last run before
this one. A day's last: the parent's last time of the day.

A flow without a cron has the times of the parent that fires least often that day, of
equals the first. A flow without cron and parents (it is started by hand) has no times: what
counts is that one of its runs of that day succeeded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

#: The fires from a moment on and before another one.
Times = Callable[[datetime, datetime], Sequence[datetime]]

HOURLY_AT_MOST = 24
#: One a minute. Of what fires more often only the last counts.
EACH_AT_MOST = 1440
#: How far back a previous cycle is looked for.
LOOKING_BACK = (
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=32),
    timedelta(days=367),
    timedelta(days=8 * 366),
)


class Cycle(StrEnum):
    SAME = "same"
    PREVIOUS = "previous"
    LAST_OF_DAY = "last_of_day"


def day_of(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of the day of `at` and that of the next."""
    day = at.astimezone(zone).date()
    midnight = datetime.combine(day, time(), zone)
    return midnight, datetime.combine(day + timedelta(days=1), time(), zone)


def wanted(
    cycle: Cycle,
    at: datetime,
    zone: ZoneInfo,
    mine: Times,
    theirs: Times,
    *,
    is_chained: bool = False,
) -> list[datetime]:
    """The times of the parent that must have succeeded before the run of `at` begins.

    `is_chained` is whether the parent waits for its own previous cycle.
    """
    day = day_of(at, zone)
    of_parent = theirs(*day)
    if cycle is Cycle.LAST_OF_DAY:
        return list(of_parent[-1:])
    same = _same(at, zone, mine(*day), of_parent, is_chained=is_chained)
    if cycle is Cycle.SAME:
        return same
    return _before(same[0] if same else at, theirs)


def _same(
    at: datetime, zone: ZoneInfo, mine: Sequence[datetime], theirs: Sequence[datetime], *, is_chained: bool
) -> list[datetime]:
    if not theirs:
        return []
    if len(theirs) > EACH_AT_MOST:
        return [theirs[-1]]
    if len(mine) == len(theirs) and at in mine:
        return [theirs[mine.index(at)]]
    if len(mine) <= 1:
        return [theirs[-1]] if is_chained else list(theirs)
    if len(mine) <= HOURLY_AT_MOST < len(theirs):
        hour = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        inside = [each for each in theirs if hour <= each < hour + timedelta(hours=1)]
        if inside:
            return inside
    earlier = [each for each in theirs if each <= at]
    return [earlier[-1] if earlier else theirs[0]]


def _before(at: datetime, times: Times) -> list[datetime]:
    for span in LOOKING_BACK:
        if found := times(at - span, at):
            return [found[-1]]
    return []


def leading(day: tuple[datetime, datetime], parents: Sequence[Times]) -> int | None:
    """Which of the parents gives a flow without a cron its times: the one that fires least often that day."""
    counts = [(len(times(*day)), place) for place, times in enumerate(parents)]
    return min(((count, place) for count, place in counts if count), default=(0, None))[1]
