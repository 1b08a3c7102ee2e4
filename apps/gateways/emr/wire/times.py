"""Times and durations: epoch milliseconds on the wire, aware datetimes here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.parameters import Parameters

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
#: The last millisecond of the year 9998: later ones do not survive a change of time zone.
LATEST = 253_370_764_799_999


def millis(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MILLISECOND


def duration(started_at: datetime | None, ended_at: datetime | None, now: datetime) -> int:
    """Milliseconds from the start to the end, or to now while it has none."""
    if started_at is None:
        return 0
    return max(0, ((ended_at or now) - started_at) // _MILLISECOND)


def parse_millis(text: str) -> datetime | None:
    """The time that a text of digits tells, or None when it tells none."""
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) > LATEST:
        return None
    return _EPOCH + int(text) * _MILLISECOND


def read_millis(p: Parameters, name: str) -> datetime | None:
    value = p.whole(name, low=0, high=LATEST)
    return None if value is None else _EPOCH + value * _MILLISECOND


def read_time_range(p: Parameters) -> tuple[datetime | None, datetime | None]:
    """`TimeRange` as (from, to); both None for all of time."""
    conf: dict[str, Any] = p.json_object("TimeRange") or {"type": "date", "date": "ALL"}
    if conf.get("type") == "date" and str(conf.get("date", "")).upper() == "ALL":
        return None, None
    if conf.get("type") == "range":
        return _bound(conf.get("from")), _bound(conf.get("to"))
    raise invalid_parameter("TimeRange", 'type must be "range" with from and to, or "date" with ALL')


def _bound(value: Any) -> datetime | None:
    if value is None:
        return None
    at = parse_millis(str(value))
    if at is None:
        raise invalid_parameter("TimeRange", "from and to must be epoch milliseconds")
    return at


def stamp(at: datetime) -> str:
    """The text form, used by the alert lists only."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
