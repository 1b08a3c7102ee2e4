"""DataWorks' time expressions: on the business date, and on the scheduled time.

Two times belong to a run and never move: T, the scheduled time to the second in the
schedule's zone, and B, the business date, which is the day before T. A backfill of day D
is a run with T on D + 1, so B is always the day before T.

- `${yyyymmdd-1}` writes B. Its offset counts in the smallest unit of the format: days,
  months or years.
- `$[yyyymmddhh24miss-15/24/60]` writes T. Its offsets are days and fractions of a day, and
  move T before it is written. `$[add_months(yyyymmdd,-1)]` moves it by months; a day that
  the month lacks becomes its last.
- `$bizdate` `$cyctime` `$gmtdate` `$bizmonth` are short for the common ones.

They stand in the values of parameters. A content names parameters only, so what looks like
an expression there belongs to the program that reads it; `${bdp.system.bizdate}` and
`${bdp.system.cyctime}` are the exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial

from apps.engine.params import Notation, Reader, moved

#: The dialect whose jobs are written so.
BUSINESS = "dataworks"

_SIGN_AND_DAYS = r"[+-]\d{1,5}(?:\*\d{1,4})?"
_FORMAT = r"(?P<format>(?:{codes}|[^A-Za-z{{}}\[\]$()])+?)"
_BUSINESS = re.compile(_FORMAT.format(codes="yyyy|yy|mm|dd") + rf"(?P<offset>{_SIGN_AND_DAYS})?")
_CODES = "yyyy|yy|mm|dd|hh24|hh12|hh|mi|ss"
_CYCLE = re.compile(_FORMAT.format(codes=_CODES) + rf"(?P<offsets>(?:{_SIGN_AND_DAYS}(?:/24(?:/60)?)?)*)")
_MONTHS = re.compile(
    rf"add_months\({_FORMAT.format(codes=_CODES)},\s*(?P<offset>[+-]?\d{{1,5}}(?:\*\d{{1,4}})?)\)"
)
_TERM = re.compile(r"(?P<days>[+-]\d+(?:\*\d+)?)(?P<part>/24(?:/60)?)?")
_CODE = re.compile(_CODES)

_IN_VALUES = re.compile(
    r"\$\{(?P<name>[^${}]+)\}|\$\[[^$\[\]]+\]|\$(?:bizdate|cyctime|gmtdate|bizmonth|jobid|nodeid|taskid)\b"
)
_IN_TEXTS = re.compile(r"\$\{(?P<name>[^${}]+)\}")
#: A program that takes its parameters as arguments has `${…}` of its own.
_IN_PROGRAMS = re.compile(r"\$\{(?P<name>bdp\.system\.\w+|workflow\.[^${}]+)\}")

_STRFTIME = {"mm": "%m", "dd": "%d", "hh24": "%H", "hh12": "%I", "hh": "%I", "mi": "%M", "ss": "%S"}


def business_notation(
    *, today: date, ids: Mapping[str, str] | None = None, program: bool = False
) -> Notation:
    """The notation for one node. `today` is the day on which the run was made, `ids` are
    what `$jobid`, `$nodeid` and `$taskid` say, and a `program` takes its parameters as arguments.
    """
    content = Reader(_IN_PROGRAMS if program else _IN_TEXTS, _value_in_content)
    return Notation(Reader(_IN_VALUES, partial(value_of, today=today, ids=ids or {})), content)


def value_of(expression: str, at: datetime, *, today: date, ids: Mapping[str, str]) -> str | None:
    """What one expression of a value says at the scheduled time `at`, or None when it is none.

    >>> at = datetime(2025, 11, 1, 2, 30, 45, tzinfo=UTC)
    >>> [value_of(text, at, today=at.date(), ids={}) for text in ("${yyyymm-8}", "$[hh24-1/24]", "$bizdate")]
    ['202502', '01', '20251031']
    """
    try:
        if expression.startswith("${"):
            return _business(expression[2:-1], at - timedelta(days=1))
        if expression.startswith("$["):
            return _cycle(expression[2:-1], at)
        return ids.get(expression[1:]) or _named(expression[1:], at, today)
    except (OverflowError, ValueError):
        return None  # a time beyond the calendar


def _value_in_content(expression: str, at: datetime) -> str | None:
    known = {"${bdp.system.bizdate}": "bizdate", "${bdp.system.cyctime}": "cyctime"}.get(expression)
    return _named(known, at, at.date()) if known else None


def _named(name: str, at: datetime, today: date) -> str | None:
    business = at.date() - timedelta(days=1)
    if name == "bizdate":
        return f"{business:%Y%m%d}"
    if name == "cyctime":
        return f"{at:%Y%m%d%H%M%S}"
    if name == "gmtdate":
        return f"{at:%Y%m%d}"
    if name == "bizmonth":
        is_current = (business.year, business.month) == (today.year, today.month)
        return f"{business.replace(day=1) - timedelta(days=1) if is_current else business:%Y%m}"
    return None


def _business(body: str, business: datetime) -> str | None:
    match = _BUSINESS.fullmatch(body)
    if match is None or not _CODE.search(match["format"]):
        return None
    codes = set(_CODE.findall(match["format"]))
    unit = "d" if "dd" in codes else "m" if "mm" in codes else "y"
    return _write(match["format"], moved(business, _count(match["offset"]), unit))


def _cycle(body: str, at: datetime) -> str | None:
    if months := _MONTHS.fullmatch(body):
        return _write(months["format"], moved(at, _count(months["offset"]), "m"))
    match = _CYCLE.fullmatch(body)
    if match is None or not _CODE.search(match["format"]):
        return None
    for term in _TERM.finditer(match["offsets"]):
        count = _count(term["days"])
        if term["part"] is None:
            at = moved(at, count, "d")
        else:
            # Hours and minutes move the instant, so they are right on a night when clocks change.
            step = timedelta(hours=count) if term["part"] == "/24" else timedelta(minutes=count)
            at = (at.astimezone(UTC) + step).astimezone(at.tzinfo)
    return _write(match["format"], at)


def _count(offset: str | None) -> int:
    """`+2`, `-7*1`; nothing is 0."""
    number, _, factor = (offset or "0").partition("*")
    return int(number) * int(factor or 1)


def _write(pattern: str, at: datetime) -> str:
    return _CODE.sub(lambda code: _letters(code[0], at), pattern)


def _letters(code: str, at: datetime) -> str:
    if code == "yyyy":
        return f"{at.year:04d}"
    return f"{at.year % 100:02d}" if code == "yy" else at.strftime(_STRFTIME[code])
