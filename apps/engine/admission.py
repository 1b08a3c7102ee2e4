"""May a run that was made begin now, and if not: what is in its way, and what would clear it?

Before that, when a time is just due, `skips_for` is asked whether a run is made of it at all.
`decide` asks its facts in one order and stops at the first that says no: paused, too early,
parents, other runs of the flow, limits of the flow, limits of the project. A fact that is
not asked for is not read, so a flow without any of these costs nothing.

Two orders follow from it, and both are meant: a run that waits for its parents takes no
place from others, and the sentence that people read is about the first thing in the way.

What applies to whom:

* a pause and the limits, to every run;
* delay, overlap and the bound on waiting, to runs that start by themselves (their schedule
  or a parent started them): somebody who presses Run or Rerun means now;
* parents, to every run that heeds them, the first time it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

#: How many of the runs in the way are named.
NAMED = 3


class Overlap(StrEnum):
    """What becomes of a time that comes while a run of the flow goes on."""

    PARALLEL = "parallel"
    WAIT = "wait"
    SKIP = "skip"
    REPLACE = "replace"


class Why(StrEnum):
    """What a run waits for."""

    PROJECT_PAUSED = "project_paused"
    FLOW_PAUSED = "flow_paused"
    DELAY = "delay"
    PARENT = "parent"
    OVERLAP = "overlap"
    REPLACING = "replacing"
    FLOW_LIMIT = "flow_limit"
    PROJECT_LIMIT = "project_limit"


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent that has not succeeded for the time that matters. `at` is None for any time of the day."""

    key: str
    name: str
    ref: str
    at: datetime | None = None
    node: str = ""
    #: Its run of that time, when there is one.
    run: str = ""
    state: str = ""
    #: False when nothing will start it by itself.
    comes: bool = True


@dataclass(frozen=True, slots=True)
class Other:
    """Another run that has not ended."""

    pk: int
    ref: str
    name: str
    begun: bool
    nominal_at: datetime
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """How many may go on at once, and who does. `ahead` is whether somebody who waits comes first."""

    most: int
    taken: Sequence[Other]
    ahead: bool = False

    @property
    def free(self) -> bool:
        return len(self.taken) < self.most and not self.ahead


class Facts(Protocol):
    """What `decide` asks about a run; each is read when it is asked for."""

    nominal_at: datetime
    made_at: datetime
    #: Its schedule or a parent started it.
    by_itself: bool
    delay: timedelta
    #: How long it waits for parents before it gives up. Zero is for ever.
    wait_limit: timedelta
    overlap: Overlap

    @property
    def project_paused_at(self) -> datetime | None: ...
    @property
    def flow_paused_at(self) -> datetime | None: ...
    @property
    def unmet(self) -> Parent | None: ...
    @property
    def others(self) -> Sequence[Other]: ...
    @property
    def flow_places(self) -> Places | None: ...
    @property
    def project_places(self) -> Places | None: ...


@dataclass(frozen=True, slots=True)
class Admit:
    """It may begin."""


@dataclass(frozen=True, slots=True)
class Wait:
    """It may not begin yet. `key` names what must change; `until` is when time alone changes it."""

    why: Why
    key: str = ""
    until: datetime | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replace:
    """These are to be stopped, then it begins."""

    runs: Sequence[Other]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It waited for as long as it may."""

    parent: Parent


Verdict = Admit | Wait | Replace | GiveUp


def skips_for(facts: Facts) -> Other | None:
    """The run for which a time that is just due passes; None when its run is to be made.

    A pause does not change that: else all times of it would begin side by side when it is over.
    """
    if facts.overlap is not Overlap.SKIP or not facts.by_itself:
        return None
    return facts.others[0] if facts.others else None


def decide(facts: Facts, now: datetime) -> Verdict:
    """What becomes of a run that has not begun."""
    if since := facts.project_paused_at:
        return Wait(Why.PROJECT_PAUSED, detail={"since": since.isoformat()})
    if since := facts.flow_paused_at:
        return Wait(Why.FLOW_PAUSED, detail={"since": since.isoformat()})
    if facts.by_itself and facts.delay and now < facts.nominal_at + facts.delay:
        return Wait(Why.DELAY, until=facts.nominal_at + facts.delay)
    if parent := facts.unmet:
        return _for_parent(facts, parent, now)
    return (_over_others(facts) if facts.by_itself else None) or _for_places(facts) or Admit()


def _for_parent(facts: Facts, parent: Parent, now: datetime) -> Verdict:
    gives_up_at = facts.made_at + facts.wait_limit if facts.wait_limit and facts.by_itself else None
    if gives_up_at and now >= gives_up_at:
        return GiveUp(parent)
    detail = {
        "name": parent.name,
        "flow": parent.ref,
        "at": parent.at.isoformat() if parent.at else "",
        "node": parent.node,
        "run": parent.run,
        "state": parent.state,
        "comes": parent.comes,
    }
    return Wait(Why.PARENT, key=parent.key, until=gives_up_at, detail=detail)


def _over_others(facts: Facts) -> Verdict | None:
    """WAIT goes in the order of nominal times; REPLACE waits until what it stopped is gone."""
    if facts.overlap not in (Overlap.WAIT, Overlap.REPLACE):
        return None
    if facts.overlap is Overlap.WAIT:
        before = [each for each in facts.others if each.begun or each.nominal_at < facts.nominal_at]
        return Wait(Why.OVERLAP, detail=named(before)) if before else None
    before = [each for each in facts.others if each.nominal_at < facts.nominal_at]
    if going := [each for each in before if not each.stopping]:
        return Replace(going)
    return Wait(Why.REPLACING, detail=named(before)) if before else None


def _for_places(facts: Facts) -> Wait | None:
    for why, places in ((Why.FLOW_LIMIT, facts.flow_places), (Why.PROJECT_LIMIT, facts.project_places)):
        if places and not places.free:
            return Wait(why, detail={"most": places.most, **named(places.taken)})
    return None


def named(runs: Sequence[Other]) -> dict[str, Any]:
    """The first of them, for a sentence with links."""
    return {"runs": [{"ref": run.ref, "name": run.name} for run in runs[:NAMED]], "count": len(runs)}
