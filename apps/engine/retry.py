"""Whether and when a failed attempt is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: How often an attempt that was lost is made again where fewer retries are allowed: it is not the
#: job's fault, but a job that takes its host down with it must not do so for ever.
LOSSES_FORGIVEN = 3


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Up to `limit` more tries (0–5), `interval` apart (0–300 s)."""

    limit: int = 0
    interval: timedelta = timedelta()

    def next_try(self, retries: int, now: datetime, *, lost: bool = False) -> datetime | None:
        """When to try again after `retries` retries, or None when the tries are used up.

        After an attempt that was `lost` that is at once, and there are at least a few.

        >>> RetryPolicy(1, timedelta(seconds=5)).next_try(0, datetime(2026, 1, 1))
        datetime.datetime(2026, 1, 1, 0, 0, 5)
        >>> RetryPolicy(1).next_try(1, datetime(2026, 1, 1)) is None
        True
        >>> RetryPolicy().next_try(0, datetime(2026, 1, 1), lost=True)
        datetime.datetime(2026, 1, 1, 0, 0)
        """
        if lost:
            return now if retries < max(self.limit, LOSSES_FORGIVEN) else None
        return now + self.interval if retries < self.limit else None
