"""Explorer's forms: what its calls hold and how its answers are spelled."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import parse_qsl

from apps.engine.states import State
from apps.gateways.nebula.errors import NOT_FOUND, PARAM, NebulaError

#: Job and task status: 0 Preparing, 1 Running, 2 Success, 3 Failed, 4 Interrupted, 5 Stopping.
STATUS: dict[str, int] = {
    State.WAITING: 0,
    State.READY: 0,
    State.SUSPENDED: 0,
    State.RUNNING: 1,
    State.RETRYING: 1,
    State.SUCCEEDED: 2,
    State.SKIPPED: 2,
    State.FAILED: 3,
    State.KILL_FAILED: 3,
    State.KILLED: 4,
    State.STOPPING: 5,
}
LARGEST_ID = 2**63 - 1
DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 10, 1000
DEFAULT_ROWS, MAX_ROWS = 10, 1000

_STAMPED = re.compile(r"(?:(?P<name>.*)_)?(?P<digits>\d{4,14})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    size: int

    @property
    def window(self) -> slice:
        return slice((self.number - 1) * self.size, self.number * self.size)


@dataclass(frozen=True, slots=True)
class Filter:
    name: str = ""
    status: int | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    ascending: bool = False


def read_body(body: bytes) -> dict[str, Any]:
    """The body, which is an object. What its label says does not matter. Raises NebulaError."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise NebulaError(PARAM, "the body is not JSON") from None
    if not isinstance(found, dict):
        raise NebulaError(PARAM, "the body must be a JSON object")
    return found


def read_address(body: Mapping[str, Any]) -> str:
    """What connect names: `host:port`."""
    address, port = body.get("address"), body.get("port")
    if not isinstance(address, str) or not 0 < len(address) <= 253:
        raise NebulaError(PARAM, "address must be the host of graphd")
    if isinstance(port, str) and port.isdecimal() and port.isascii():
        port = int(port)
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise NebulaError(PARAM, "port must be the port of graphd")
    return f"{address}:{port}"


def read_id(text: str, what: str) -> int:
    """The number in a path; one that cannot be is the number of nothing."""
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > LARGEST_ID:
        raise NebulaError(NOT_FOUND, f"there is no {what} {text[:32]}")
    return int(text)


def read_query(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True))


def read_page(query: Mapping[str, str]) -> Page:
    size = _whole(query, "pageSize", DEFAULT_PAGE_SIZE)
    return Page(_whole(query, "page", 1), min(size, MAX_PAGE_SIZE))


def read_limit(query: Mapping[str, str]) -> int:
    return min(_whole(query, "limit", DEFAULT_ROWS), MAX_ROWS)


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text[:10]) < 10**9:
        raise NebulaError(PARAM, f"{name} must be a whole number from 1 on")
    return int(text[:10])


def read_filter(query: Mapping[str, str]) -> Filter:
    """The conditions of a list; keys that are not known say nothing."""
    text = query.get("filter", "")
    if not text:
        return Filter()
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise NebulaError(PARAM, "filter must be a JSON object")
    name, status, order = given.get("name"), given.get("status"), given.get("orderByCreateTime") or "desc"
    if not isinstance(name, str | None):
        raise NebulaError(PARAM, "filter.name must be text")
    if not isinstance(status, int | None) or isinstance(status, bool):
        raise NebulaError(PARAM, "filter.status must be a number")
    if order not in ("asc", "desc"):
        raise NebulaError(PARAM, "filter.orderByCreateTime must be asc or desc")
    return Filter(
        (name or "").replace("\0", ""),
        status,
        _moment(given, "fromCreateTime"),
        _moment(given, "toCreateTime"),
        order == "asc",
    )


def _moment(given: Mapping[str, Any], name: str) -> datetime | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NebulaError(PARAM, f"filter.{name} must be milliseconds since 1970")
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise NebulaError(PARAM, f"filter.{name} must be milliseconds since 1970") from None


def job_name(workflow: str, created_at: datetime, zone: tzinfo) -> str:
    return f"{workflow}_{created_at.astimezone(zone):%Y%m%d%H%M%S}"


def stamped_name(text: str, zone: tzinfo) -> tuple[str, datetime, datetime] | None:
    """What the end of a job's name says: the workflow's name before it and the span of its creation.

    >>> stamped_name("orders_20220715", UTC)[1:]  # doctest: +ELLIPSIS
    (datetime.datetime(2022, 7, 15, 0, 0, ...), datetime.datetime(2022, 7, 16, 0, 0, ...))
    """
    match = _STAMPED.fullmatch(text)
    if match is None:
        return None
    digits = match["digits"]
    digits = digits[: len(digits) // 2 * 2]
    # The rest of a stamp that was cut off: every time that begins so is meant.
    low, high = digits + "00000101000000"[len(digits) :], digits + "99991231235959"[len(digits) :]
    try:
        start = datetime.strptime(low, "%Y%m%d%H%M%S").replace(tzinfo=zone)
        end = _last(high).replace(tzinfo=zone) + timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None
    return match["name"] or "", start, end


def _last(digits: str) -> datetime:
    """The time that the digits spell, on the last day of its month where the day is too late."""
    for day in (digits[6:8], "30", "29", "28"):
        try:
            return datetime.strptime(digits[:6] + day + digits[8:], "%Y%m%d%H%M%S")
        except ValueError:
            continue
    raise ValueError(digits)


def milliseconds(at: datetime | None) -> int:
    """A job's time; one that has not come is 0."""
    return int(at.timestamp() * 1000) if at else 0


def rfc3339(at: datetime | None, zone: tzinfo) -> str | None:
    """A task's time; one that has not come is null."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None
