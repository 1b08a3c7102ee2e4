"""The fields of a Quartz expression: which numbers or days their text means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

FIRST_YEAR, LAST_YEAR = 1970, 2099
_WEEK = 7
_SATURDAY, _SUNDAY = 5, 6  # as `calendar.monthrange` counts

#: (weekday of the first as in `calendar`, number of days) -> days of that month.
DayRule = Callable[[int, int], Iterable[int]]


class CronError(ValueError):
    """The expression breaks a rule. `field` is the field's name, empty for the whole."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}." if field else f"{rule}.")
        self.field = field
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    low: int
    high: int
    names: dict[str, int] = field(default_factory=dict)
    #: What the numbers mean, where that is not plain.
    note: str = ""


_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

DAY_OF_MONTH = Field("day of month", 1, 31)
DAY_OF_WEEK = Field(
    "day of week", 1, 7, {name: n for n, name in enumerate(_DAYS, 1)}, " (1 is Sunday, 7 is Saturday)"
)
YEAR = Field("year", FIRST_YEAR, LAST_YEAR)
FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    DAY_OF_MONTH,
    Field("month", 1, 12, {name: n for n, name in enumerate(_MONTHS, 1)}),
    DAY_OF_WEEK,
    YEAR,
)

_ITEM = re.compile(r"(?P<first>\*|\w+)?(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?", re.ASCII)
_LAST_DAY = re.compile(r"L(?:-(?P<before>\d{1,2}))?(?P<weekday>W)?")
_NEAREST = re.compile(r"(?P<day>\d{1,2})W")
_LAST_OF_WEEKDAY = re.compile(r"(?P<day>\d|[A-Z]{3})L")
_NTH_OF_WEEKDAY = re.compile(r"(?P<day>\d|[A-Z]{3})#(?P<nth>\d)")


def read_numbers(field: Field, text: str) -> tuple[int, ...]:
    """The numbers that a list of values, ranges and steps means, in order."""
    return tuple(sorted({number for item in text.upper().split(",") for number in _read_item(field, item)}))


def _read_item(field: Field, item: str) -> Iterable[int]:
    match = _ITEM.fullmatch(item)
    if not item or match is None or (match["last"] and match["first"] in (None, "*")):
        raise CronError(field.name, f"“{item}” is not a value, a range or a step")
    first = field.low if match["first"] in (None, "*") else _read_value(field, match["first"])
    if match["last"]:
        last = _read_value(field, match["last"])
    else:
        last = field.high if match["step"] or match["first"] == "*" else first
    step = int(match["step"] or 1)
    size = field.high - field.low + 1
    if not 1 <= step <= size:
        raise CronError(field.name, f"a step must be 1 to {size}, not {step}")
    if last < first:
        if field is YEAR:
            raise CronError(field.name, f"“{item}” ends before it begins")
        last += size  # over the end: 22-2
    return [(number - field.low) % size + field.low for number in range(first, last + 1, step)]


def _read_value(field: Field, text: str) -> int:
    value = field.names.get(text)
    if value is None and text.isdecimal():
        value = int(text)
    if value is None or not field.low <= value <= field.high:
        names = f" or {next(iter(field.names))} to {[*field.names][-1]}" if field.names else ""
        raise CronError(field.name, f"“{text}” is not {field.low} to {field.high}{names}{field.note}")
    return value


# --- days


def read_day_of_month(text: str) -> tuple[DayRule, ...]:
    return tuple(_read_month_day(item) for item in text.upper().split(","))


def _read_month_day(item: str) -> DayRule:
    if match := _LAST_DAY.fullmatch(item):
        before = int(match["before"] or 0)
        if before >= DAY_OF_MONTH.high:
            raise CronError(DAY_OF_MONTH.name, f"“{item}” is before the first of every month")
        return _last_weekday(before) if match["weekday"] else _last_day(before)
    if match := _NEAREST.fullmatch(item):
        return _nearest_weekday(_read_value(DAY_OF_MONTH, match["day"]))
    days = read_numbers(DAY_OF_MONTH, item)
    return lambda first, last: [day for day in days if day <= last]


def _last_day(before: int) -> DayRule:
    return lambda first, last: [last - before] if last > before else []


def _last_weekday(before: int) -> DayRule:
    return lambda first, last: [_nearest(last - before, first, last)] if last > before else []


def _nearest_weekday(day: int) -> DayRule:
    return lambda first, last: [_nearest(day, first, last)] if day <= last else []


def _nearest(day: int, first: int, last: int) -> int:
    """The weekday nearest to `day` without leaving the month."""
    weekday = (first + day - 1) % _WEEK
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < last else day - 2
    return day


def read_day_of_week(text: str) -> tuple[DayRule, ...]:
    return tuple(_read_week_day(item) for item in text.upper().split(","))


def _read_week_day(item: str) -> DayRule:
    if item == "L":
        item = "SAT"
    if match := _LAST_OF_WEEKDAY.fullmatch(item):
        day = _read_value(DAY_OF_WEEK, match["day"])
        return lambda first, last: [max(_on(day, first, last))]
    if match := _NTH_OF_WEEKDAY.fullmatch(item):
        day, nth = _read_value(DAY_OF_WEEK, match["day"]), int(match["nth"])
        if not 1 <= nth <= 5:
            raise CronError(DAY_OF_WEEK.name, f"“{item}”: a month has a first to a fifth of a weekday")
        return lambda first, last: _on(day, first, last)[nth - 1 : nth]
    days = read_numbers(DAY_OF_WEEK, item)
    return lambda first, last: [number for day in days for number in _on(day, first, last)]


def _on(day: int, first: int, last: int) -> range:
    """The days of a month that are the weekday `day` (1 is Sunday)."""
    return range(1 + (day - 2 - first) % _WEEK, last + 1, _WEEK)
