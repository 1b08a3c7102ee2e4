"""Nodes that run nothing on a host: what is set of them, read from the JSON that their job holds.

A WAIT passes when its time has come, an APPROVAL when somebody says so. They take no slot
and no process: what they wait for stands in the database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

Lapse = Literal["fail", "approve", "skip"]
#: Who may answer, by what they may do in the project.
Answerer = Literal["operator", "editor", "admin"]

#: The longest wait: a year and a day.
MAX_SECONDS = 366 * 86400
MAX_DAYS = 366
MAX_MEMBERS = 50
MAX_MESSAGE = 1000


class BadControl(ValueError):
    """What is set of a control node cannot be. `field` is the key that says it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Clock:
    """The nominal time of a run, and the zone that its times of day are of."""

    nominal_at: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Wait:
    """So many seconds, or until a time of day, `days` after the nominal date."""

    seconds: int = 0
    until: time | None = None
    days: int = 0

    def due_at(self, clock: Callable[[], Clock], now: datetime) -> datetime:
        """When it is over. A time of day that a change of clocks leaves out is taken an hour later."""
        if self.until is None:
            return now + timedelta(seconds=self.seconds)
        told = clock()
        day = told.nominal_at.astimezone(told.zone).date() + timedelta(days=self.days)
        return datetime.combine(day, self.until, told.zone)


@dataclass(frozen=True, slots=True)
class Approval:
    """Goes on when one of those who may has said so. Named members go before a role."""

    role: Answerer = "operator"
    members: tuple[str, ...] = ()
    message: str = ""
    #: Seconds after which `lapse` happens. Zero is never.
    timeout: int = 0
    lapse: Lapse = "fail"

    def due_at(self, clock: Callable[[], Clock], now: datetime) -> datetime | None:
        return now + timedelta(seconds=self.timeout) if self.timeout else None


#: What goes on without a host until something outside of it happens.
Held = Wait | Approval
Control = Held


def read_control(kind: str, text: str) -> Control | None:
    """What `text` sets for a node of this kind; None where the kind is none of these. Raises BadControl."""
    read = READERS.get(kind)
    return read(_object(text)) if read else None


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise BadControl(f"This is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise BadControl('An object is needed here, like {"seconds": 60}.')
    return found


def _read_wait(given: Mapping[str, Any]) -> Wait:
    _known(given, "seconds", "until", "days")
    seconds, days = _number(given, "seconds", MAX_SECONDS), _number(given, "days", MAX_DAYS)
    until = given.get("until") or None
    if (until is None) == (not seconds):
        raise BadControl("A wait is for a number of seconds, or until a time of day: give one of them.")
    if until is None:
        return Wait(seconds)
    try:
        at = time.fromisoformat(until)
    except (ValueError, TypeError):
        raise BadControl("A time of day is written like 09:30.", "until") from None
    if at.tzinfo is not None:
        raise BadControl("A time of day is one of the flow's zone: leave the offset out.", "until")
    return Wait(until=at, days=days)


def _read_approval(given: Mapping[str, Any]) -> Approval:
    _known(given, "role", "members", "message", "timeout", "on_timeout")
    members = given.get("members", [])
    if not isinstance(members, list) or not all(isinstance(name, str) and name for name in members):
        raise BadControl("The members who may approve are a list of names.", "members")
    if len(members) > MAX_MEMBERS:
        raise BadControl(f"At most {MAX_MEMBERS} members can be named.", "members")
    message = given.get("message", "")
    if not isinstance(message, str) or len(message) > MAX_MESSAGE:
        raise BadControl(f"The message is a text of at most {MAX_MESSAGE} characters.", "message")
    return Approval(
        role=_choice(given, "role", "operator", get_args(Answerer)),
        members=tuple(dict.fromkeys(members)),
        message=message,
        timeout=_number(given, "timeout", MAX_SECONDS),
        lapse=_choice(given, "on_timeout", "fail", get_args(Lapse)),
    )


def _known(given: Mapping[str, Any], *keys: str) -> None:
    for key in given:
        if key not in keys:
            raise BadControl(f"There is no setting {key}; there are {', '.join(keys)}.", key)


def _number(given: Mapping[str, Any], key: str, most: int) -> int:
    value = given.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise BadControl(f"{key} is a whole number from 0 to {most}.", key)
    return value


def _choice(given: Mapping[str, Any], key: str, default: str, choices: tuple[str, ...]) -> Any:
    value = given.get(key, default)
    if value not in choices:
        raise BadControl(f"{key} is one of {', '.join(choices)}.", key)
    return value


READERS: dict[str, Callable[[Mapping[str, Any]], Control]] = {"WAIT": _read_wait, "APPROVAL": _read_approval}
#: The kinds whose nodes run without a host. Whoever asks what hosts are busy with leaves them out.
HELD_KINDS = frozenset({"WAIT", "APPROVAL"})
