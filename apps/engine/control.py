"""Nodes that run nothing on a host: what is set of them.

A WAIT passes when its time has come, an APPROVAL when somebody says so. They take no slot
and no process: what they wait for stands in the database. A BRANCH takes some of its ways
and leaves the others out, a JOIN says what it needs of those before it: both are over in
the step that comes to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from apps.engine.expressions import BadExpression, is_true
from apps.engine.rules import TriggerRule

Lapse = Literal["fail", "approve", "skip"]
#: Who may answer, by what they may do in the project.
Answerer = Literal["operator", "editor", "admin"]


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


@dataclass(frozen=True, slots=True)
class SubFlow:
    """A run of another flow, named by its public id; the node ends as that ends."""

    flow: str
    #: What that run is given; values may hold parameters of this one.
    params: tuple[tuple[str, str], ...] = ()

    def due_at(self, clock: Callable[[], Clock], now: datetime) -> datetime:
        """At once: the other run is for somebody else to make, who looks for what is due."""
        return now


class Facts(Protocol):
    """What is known of a run where one of its nodes decides."""

    def expand(self, text: str) -> str:
        """The text with the run's parameters in it."""

    def value(self, name: str) -> Any:
        """A parameter, else what a node right before left under that name. Raises KeyError."""

    def state(self, node: str) -> str:
        """How the node of that name, or id, stands. Raises BadExpression when there is none."""

    def output(self, node: str, name: str) -> Any:
        """What it left under that name; None when it left nothing."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a branch. Without a condition it is taken when no other is."""

    name: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """Takes the first of its ways whose condition holds, or `every` one."""

    ways: tuple[Way, ...]
    every: bool = False
    #: Whether it decides also after nodes that did not succeed.
    after_all: bool = False

    def decide(self, facts: Facts) -> list[str]:
        """The names of the ways that are taken. Raises BadExpression."""
        taken = []
        for way in self.ways:
            if way.when and _holds(way.when, facts):
                taken.append(way.name)
                if not self.every:
                    break
        return taken or [way.name for way in self.ways if not way.when]

    @property
    def rule(self) -> TriggerRule:
        return TriggerRule.ALL_ENDED if self.after_all else TriggerRule.ALL_SUCCEEDED


@dataclass(frozen=True, slots=True)
class Side:
    """A node before a join under the name that its condition has for it, true in some states."""

    name: str
    node: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Succeeds when `rule` is kept and, where there is a condition, when that holds too."""

    rule: TriggerRule = TriggerRule.NONE_FAILED
    #: How many must have succeeded, for the rule that counts them.
    count: int = 0
    when: str = ""
    sides: tuple[Side, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether its condition does. Raises BadExpression."""
        return not self.when or _holds(self.when, _WithSides(facts, self.sides) if self.sides else facts)


class _WithSides:
    """Facts in which the sides of a join are names that are true or false."""

    def __init__(self, facts: Facts, sides: tuple[Side, ...]) -> None:
        self.facts = facts
        self.sides = {side.name: side for side in sides}
        self.expand, self.state, self.output = facts.expand, facts.state, facts.output

    def value(self, name: str) -> Any:
        side = self.sides.get(name)
        return self.facts.state(side.node) in side.states if side else self.facts.value(name)


def _holds(when: str, facts: Facts) -> bool:
    """Told with the condition as it was written: what parameters became may be secret."""
    functions: dict[str, Callable[..., Any]] = {"state": facts.state, "output": facts.output}
    try:
        return is_true(facts.expand(when), facts.value, functions)
    except BadExpression as error:
        raise BadExpression(f"condition “{when}”: {error}") from None


#: What goes on without a host until something outside of it happens.
Held = Wait | Approval | SubFlow
#: What decides about those after it.
Deciding = Branch | Join
Control = Held | Deciding

#: The kinds whose nodes run without a host. Whoever asks what hosts are busy with leaves them out.
HELD_KINDS = frozenset({"WAIT", "APPROVAL", "SUB_FLOW", "SUB_PROCESS"})
#: Those of them that are a run of another flow.
SUB_FLOW_KINDS = frozenset({"SUB_FLOW", "SUB_PROCESS"})
