"""Times on the wire: milliseconds. A business date is told as midnight in Shanghai, whatever the zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
LATEST = 253_370_000_000_000


def millis(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MILLISECOND


def from_millis(value: int) -> datetime:
    return _EPOCH + value * _MILLISECOND


def render_business_date(nominal_at: datetime, zone: ZoneInfo) -> int:
    """The day before the scheduled day."""
    day = nominal_at.astimezone(zone).date() - timedelta(days=1)
    return (datetime.combine(day, time(), SHANGHAI) - _EPOCH) // _MILLISECOND


def read_business_date(value: int) -> date:
    return from_millis(value).astimezone(SHANGHAI).date()


def scheduled_day(business_date: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of the day that is scheduled for this business date, and of the next."""
    first = business_date + timedelta(days=1)
    return datetime.combine(first, time(), zone), datetime.combine(first + timedelta(days=1), time(), zone)
