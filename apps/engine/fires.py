"""What will become of the next fires of a flow: which run, which wait, which are skipped, and why.

A forecast and no promise: every run is taken to last as long as it usually does, and every
parent to succeed that long after its own time. What the scheduler does when the time comes is
decided by `admission` alone; the order of what is asked is the same here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from apps.engine.admission import Overlap
from apps.engine.clocks import Night


class Outcome(StrEnum):
    FIRES = "fires"
    WAITS = "waits"
    #: It stops the run before it, then runs.
    REPLACES = "replaces"
    SKIPPED = "skipped"


class Because(StrEnum):
    OFF = "off"
    OUTSIDE = "outside"
    MISFIRE = "misfire"
    PAUSED = "paused"
    OVERLAP = "overlap"
    DELAY = "delay"
    PARENT = "parent"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Awaited:
    """A parent's time that will not have succeeded by then. `done_at` is when it is expected to have."""

    name: str
    ref: str
    at: datetime | None = None
    done_at: datetime | None = None
    #: False when nothing will start it by itself.
    comes: bool = True


@dataclass(frozen=True, slots=True)
class Fire:
    """A time and what becomes of it; of skipped times in a row, the first, how many, and the last.

    `begins_at` is when its run is expected to begin, None when nobody can say or it does not.
    """

    at: datetime
    outcome: Outcome = Outcome.FIRES
    because: Because | None = None
    begins_at: datetime | None = None
    parent: Awaited | None = None
    night: Night | None = None
    count: int = 1
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a flow that fires."""

    is_on: bool = True
    is_paused: bool = False
    overlap: Overlap = Overlap.PARALLEL
    #: How long a run of it takes; None when none has succeeded lately.
    usual: timedelta | None = None
    #: When those of its runs that go on are expected to end.
    going: Sequence[datetime] = ()
    #: How many of its runs may go on at once; zero is any number.
    most: int = 0
    delay: timedelta = timedelta()
    #: The parent's time that the run of a time waits for the longest, if for any.
    awaited: Callable[[datetime], Awaited | None] = field(default=lambda at: None)


def foresee(times: Iterable[datetime], facts: Facts) -> list[Fire]:
    """What becomes of these times, in order."""
    if not facts.is_on:
        return [Fire(at, Outcome.SKIPPED, Because.OFF) for at in times]
    if facts.is_paused:
        return [Fire(at, Outcome.WAITS, Because.PAUSED) for at in times]
    ends, fires = sorted(facts.going), []
    for at in times:
        ends = [end for end in ends if end > at]
        fire = _one(at, ends, facts)
        fires.append(fire)
        if fire.outcome is Outcome.REPLACES:
            ends = []
        if fire.begins_at and facts.usual:
            ends = sorted([*ends, fire.begins_at + facts.usual])
    return fires


def _one(at: datetime, ends: Sequence[datetime], facts: Facts) -> Fire:
    """`ends` are when the runs that go on at that time are expected to end, in order."""
    if ends and facts.overlap is Overlap.SKIP:
        return Fire(at, Outcome.SKIPPED, Because.OVERLAP)
    fire = Fire(at, begins_at=at)
    if facts.delay:
        fire = _waiting(fire, Because.DELAY, at + facts.delay)
    if parent := facts.awaited(at):
        if parent.done_at is None or not parent.comes:
            return replace(fire, outcome=Outcome.WAITS, because=Because.PARENT, parent=parent, begins_at=None)
        fire = replace(_waiting(fire, Because.PARENT, parent.done_at), parent=parent)
    assert fire.begins_at is not None
    going = [end for end in ends if end > fire.begins_at]
    if going and facts.overlap is Overlap.REPLACE:
        return replace(fire, outcome=Outcome.REPLACES, because=Because.OVERLAP)
    if going and facts.overlap is Overlap.WAIT:
        return _waiting(fire, Because.OVERLAP, going[-1])
    if facts.most and len(going) >= facts.most:
        return _waiting(fire, Because.LIMIT, going[-facts.most])
    return fire


def _waiting(fire: Fire, because: Because, until: datetime) -> Fire:
    if fire.begins_at and until <= fire.begins_at:
        return fire
    return replace(fire, outcome=Outcome.WAITS, because=because, begins_at=until)
