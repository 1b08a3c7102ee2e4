"""When the clock of a time zone is put forward or back, and what that does to a time that fires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from apps.engine.cron import Cron

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


class Night(StrEnum):
    """What a changing clock does to a fire."""

    #: Its local time does not exist: it fires at the first moment after the gap.
    GAP = "gap"
    #: Its local time exists twice: it fires the first time.
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Change:
    """The clock is changed at `at`: until then it would have said `before`, from then on it says `after`.

    Both are local times without a zone.
    """

    at: datetime
    before: datetime
    after: datetime

    @property
    def is_forward(self) -> bool:
        return self.after > self.before


@lru_cache(maxsize=256)
def changes(zone: ZoneInfo, start: datetime, end: datetime) -> Sequence[Change]:
    """The changes after `start` and not after `end`, in order. One looks a day at a time."""
    found = []
    left, last = start.astimezone(UTC).replace(microsecond=0), end.astimezone(UTC)
    while left < last:
        right = min(left + _DAY, last)
        if _offset(left, zone) != _offset(right, zone):
            found.append(_change(left, right, zone))
        left = right
    return tuple(found)


def night_of(cron: Cron, at: datetime, zone: ZoneInfo) -> Night | None:
    """What a changing clock did to this fire of the expression; None on any other day."""
    wall = at.astimezone(zone).replace(tzinfo=None)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first < second:
        return Night.TWICE
    just_before = at - _SECOND
    if _offset(just_before, zone) < _offset(at, zone) and not cron.matches(wall):
        return Night.GAP
    return None


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _change(left: datetime, right: datetime, zone: ZoneInfo) -> Change:
    """The moment between the two at which the offset changes."""
    old = _offset(left, zone)
    while right - left > _SECOND:
        middle = left + timedelta(seconds=(right - left) // _SECOND // 2)
        if _offset(middle, zone) == old:
            left = middle
        else:
            right = middle
    utc = right.replace(tzinfo=None)
    return Change(right, utc + old, utc + _offset(right, zone))
