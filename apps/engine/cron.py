"""When a Quartz cron expression fires.

`second minute hour day-of-month month day-of-week [year]`. Weekdays are 1 = Sunday to
7 = Saturday, or SUN to SAT. Rules worth knowing:

- One of the two day fields says when, the other is `?`. A `*` there is taken for `?`, so
  that `0 0 0 * * *` is a day like any other; two real rules at once are refused.
- Ranges may run over the end: `22-2` in hours, `FRI-MON`, `NOV-FEB`.
- `L` is the last day of the month, `L-3` three days before it; in the weekday field `L` is
  Saturday and `6L` the month's last Friday. `15W` is the weekday nearest to the 15th in the
  same month, `LW` the last weekday. `6#3` is the third Friday. They may stand in lists.
- A month without such a day (`31`, `31W`, `FRI#5`) does not fire.

Clocks that change: a local time that does not exist fires at the first moment after the
gap, once however many such times there are; a local time that exists twice fires once, the
first time. So a daily flow runs exactly once on either night.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apps.engine.cron_fields import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    FIELDS,
    LAST_YEAR,
    CronError,
    DayRule,
    read_day_of_month,
    read_day_of_week,
    read_numbers,
)

__all__ = ["Cron", "CronError", "parse"]

MAX_LENGTH = 256
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression. Made by `parse`."""

    text: str
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    years: frozenset[int]
    days: tuple[DayRule, ...]

    def next_after(self, when: datetime, zone: str | ZoneInfo) -> datetime | None:
        """The first fire later than `when`, in UTC, or None when there is none any more."""
        return next(self.fires_after(when, zone), None)

    def fires_after(self, when: datetime, zone: str | ZoneInfo) -> Iterator[datetime]:
        """Every fire later than `when`, in UTC."""
        tz = ZoneInfo(zone) if isinstance(zone, str) else zone
        last = when.astimezone(UTC)
        wall = when.astimezone(tz).replace(tzinfo=None, microsecond=0)
        while (found := self._next_wall(wall + _SECOND)) is not None:
            wall = found
            fire = _instant(wall, tz)
            if fire > last:  # not the later of two equal local times, not a gap that has fired
                last = fire
                yield fire

    def matches(self, wall: datetime) -> bool:
        """Whether the expression names this local time, to the second."""
        return self._matches(wall.date()) and self._time_from(wall.time()) == wall.time().replace(
            microsecond=0
        )

    def _next_wall(self, start: datetime) -> datetime | None:
        """The first matching local time from `start` on."""
        if (of_day := self._time_from(start.time())) is not None and self._matches(start.date()):
            return datetime.combine(start.date(), of_day)
        day = self._next_day(start.date())
        if day is None:
            return None
        return datetime.combine(day, time(self.hours[0], self.minutes[0], self.seconds[0]))

    def _time_from(self, start: time) -> time | None:
        """The first matching time of day from `start` on."""
        hour, minute, second = start.hour, start.minute, start.second
        if hour in self.hours:
            if minute in self.minutes and (at := bisect_left(self.seconds, second)) < len(self.seconds):
                return time(hour, minute, self.seconds[at])
            if (at := bisect_left(self.minutes, minute + 1)) < len(self.minutes):
                return time(hour, self.minutes[at], self.seconds[0])
        if (at := bisect_left(self.hours, hour + 1)) < len(self.hours):
            return time(self.hours[at], self.minutes[0], self.seconds[0])
        return None

    def _matches(self, day: date) -> bool:
        return (
            day.year in self.years and day.month in self.months and day.day in self._days(day.year, day.month)
        )

    def _next_day(self, after: date) -> date | None:
        """The first matching day after `after`."""
        for year in range(after.year, LAST_YEAR + 1):
            for month in self.months if year in self.years else ():
                if (year, month) < (after.year, after.month):
                    continue
                first = after.day + 1 if (year, month) == (after.year, after.month) else 1
                day = min((day for day in self._days(year, month) if day >= first), default=None)
                if day is not None:
                    return date(year, month, day)
        return None

    def _days(self, year: int, month: int) -> set[int]:
        first, last = monthrange(year, month)
        return {day for rule in self.days for day in rule(first, last)}


def _instant(wall: datetime, tz: ZoneInfo) -> datetime:
    """When a local time is, in UTC: see the rule for changing clocks above."""
    first, second = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    # Equal for an ordinary time; in a gap fold=0 lies behind it and fold=1 before it (PEP 495).
    return first if first <= second else _end_of_gap(second, first, tz)


def _end_of_gap(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The moment between `before` and `after` at which the clock was put forward."""
    offset = before.astimezone(tz).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if middle.astimezone(tz).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


@lru_cache(maxsize=4096)
def parse(text: str) -> Cron:
    """Read an expression. Raises CronError, which names the field and the rule."""
    if len(text) > MAX_LENGTH:
        raise CronError("", f"A cron expression has at most {MAX_LENGTH} characters")
    fields = text.split()
    if len(fields) not in (len(FIELDS) - 1, len(FIELDS)):
        raise CronError(
            "",
            f"A cron expression has six fields, or seven with a year; there are {len(fields)}: "
            "second minute hour day-of-month month day-of-week [year]",
        )
    second, minute, hour, day_of_month, month, day_of_week, year = (*fields, "*")[: len(FIELDS)]
    numbers = [
        read_numbers(field, text)
        for field, text in zip(FIELDS, (second, minute, hour, "*", month, "*", year), strict=True)
    ]
    return Cron(
        text=" ".join(fields),
        seconds=numbers[0],
        minutes=numbers[1],
        hours=numbers[2],
        months=numbers[4],
        years=frozenset(numbers[6]),
        days=_read_days(day_of_month, day_of_week),
    )


def _read_days(day_of_month: str, day_of_week: str) -> tuple[DayRule, ...]:
    free = ("?", "*")
    if day_of_month == day_of_week == "?":
        raise CronError(DAY_OF_WEEK.name, "only one of the two day fields may be “?”")
    if day_of_week in free:
        return read_day_of_month("*" if day_of_month == "?" else day_of_month)
    if day_of_month not in free:
        raise CronError(
            DAY_OF_WEEK.name,
            f"with a {DAY_OF_MONTH.name} and a {DAY_OF_WEEK.name} given, one of them must be “?”",
        )
    return read_day_of_week(day_of_week)
