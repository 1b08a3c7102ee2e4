"""What a channel gets, what it gives back, and how it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise


class DeliveryError(Exception):
    """The other side did not take it.

    `permanent` when trying again cannot help; `wait` when the other side asked for time.
    """

    def __init__(self, message: str, *, permanent: bool = False, wait: timedelta | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one receiver, as a channel sees it. `key` is the same for every try."""

    key: str
    receiver_id: str
    subject: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Channel:
    """A way out: `send` returns the answer of the other side or raises DeliveryError."""

    name: str
    title: str | Promise
    send: Callable[[Letter], str]
    #: How many messages a minute one receiver takes; 0 when there is no such limit.
    per_minute: int = 0
