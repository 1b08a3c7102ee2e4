"""What will become of the next fires of a flow: which run, which wait, which are skipped, and why.

A forecast and no promise: every run is taken to last as long as it usually does, and every
parent to succeed that long after its own time. What becomes of it then is for `admission` to
say, as it does when the time has come: here it is asked about what is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from apps.engine.admission import Other, Overlap, Parent, Places, Replace, Wait, Why, decide, skips_for
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


_BECAUSE = {
    Why.FLOW_PAUSED: Because.PAUSED,
    Why.DELAY: Because.DELAY,
    Why.PARENT: Because.PARENT,
    Why.OVERLAP: Because.OVERLAP,
    Why.FLOW_LIMIT: Because.LIMIT,
}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


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


@dataclass(frozen=True, slots=True)
class _Run:
    """A run as it is expected; one without an end waits, nobody can say for how long."""

    nominal_at: datetime
    begins_at: datetime | None
    ends_at: datetime | None


class _Expected:
    """What admission asks of the run of a time, as it is expected to be at a moment."""

    by_itself = True
    #: Nobody can say whether it will have to give up.
    wait_limit = timedelta()
    project_paused_at = None
    project_places = None

    def __init__(self, at: datetime, runs: Sequence[_Run], facts: Facts) -> None:
        self.nominal_at = self.made_at = self.now = at
        self.delay, self.overlap = facts.delay, facts.overlap
        self.flow_paused_at = at if facts.is_paused else None
        self._runs, self._most = runs, facts.most
        self._awaited = facts.awaited

    @cached_property
    def awaited(self) -> Awaited | None:
        return self._awaited(self.nominal_at)

    @property
    def unmet(self) -> Parent | None:
        parent = self.awaited
        if parent is None or (parent.comes and parent.done_at and parent.done_at <= self.now):
            return None
        return Parent("", parent.name, parent.ref, parent.at, comes=parent.comes)

    @property
    def others(self) -> Sequence[Other]:
        return [self._other(run) for run in self._going()]

    @property
    def flow_places(self) -> Places | None:
        return Places(self._most, [self._other(run) for run in self._begun()]) if self._most else None

    def cleared_at(self, wait: Wait) -> datetime | None:
        """When what it waits for is expected to be gone; None when nobody can say."""
        match wait.why:
            case Why.PARENT if self.awaited and self.awaited.comes:
                return self.awaited.done_at
            case Why.OVERLAP:
                ends = [run.ends_at for run in self._going()]
                return max((end for end in ends if end), default=None) if all(ends) else None
            case Why.FLOW_LIMIT:
                return sorted(run.ends_at for run in self._begun() if run.ends_at)[-self._most]
        return wait.until

    def _going(self) -> list[_Run]:
        return [run for run in self._runs if run.ends_at is None or run.ends_at > self.now]

    def _begun(self) -> list[_Run]:
        return [run for run in self._going() if self._has_begun(run)]

    def _has_begun(self, run: _Run) -> bool:
        return run.begins_at is not None and run.begins_at <= self.now

    def _other(self, run: _Run) -> Other:
        return Other(0, "", "", self._has_begun(run), run.nominal_at)


def foresee(times: Iterable[datetime], facts: Facts) -> list[Fire]:
    """What becomes of these times, in order."""
    if not facts.is_on:
        return [Fire(at, Outcome.SKIPPED, Because.OFF) for at in times]
    runs = [_Run(_LONG_AGO, _LONG_AGO, end) for end in facts.going]
    fires = []
    for at in times:
        runs = [run for run in runs if run.ends_at is None or run.ends_at > at]
        fire = _one(_Expected(at, runs, facts))
        fires.append(fire)
        if fire.outcome is Outcome.REPLACES:
            runs = []
        if fire.outcome is not Outcome.SKIPPED and (facts.usual or fire.begins_at is None):
            ends_at = fire.begins_at + facts.usual if fire.begins_at and facts.usual else None
            runs.append(_Run(at, fire.begins_at, ends_at))
    return fires


def _one(run: _Expected) -> Fire:
    """Admission is asked when the time comes, and again whenever what it waits for is gone."""
    if skips_for(run):
        return Fire(run.nominal_at, Outcome.SKIPPED, Because.OVERLAP)
    fire = Fire(run.nominal_at, begins_at=run.now)
    while isinstance(verdict := decide(run, run.now), Wait):
        because, cleared_at = _BECAUSE[verdict.why], run.cleared_at(verdict)
        fire = Fire(run.nominal_at, Outcome.WAITS, because, cleared_at)
        if because is Because.PARENT:
            fire = replace(fire, parent=run.awaited)
        if cleared_at is None:
            return fire
        run.now = cleared_at
    if isinstance(verdict, Replace):
        return replace(fire, outcome=Outcome.REPLACES, because=Because.OVERLAP)
    return fire
