"""What goes into a step of a run and what comes out: plain values.

`Spec` and the graph never change; `Run` and `Node` hold what does. The happenings are the
news that a step takes in, a `Plan` is what it changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from apps.engine.control import Clock, Deciding, Facts, Held
from apps.engine.retry import RetryPolicy
from apps.engine.rules import OnFailure, TriggerRule
from apps.engine.states import ACTIVE, State

NO_RETRY = RetryPolicy()


@dataclass(frozen=True, slots=True)
class Spec:
    """What never changes about a node of a graph. `children` are ordinals."""

    children: Sequence[int] = ()
    parents: int = 0
    rule: TriggerRule = TriggerRule.ALL_SUCCEEDED
    on_failure: OnFailure = OnFailure.STOP
    retry: RetryPolicy = NO_RETRY
    #: START, END and other nodes that run nothing succeed as soon as they are released.
    instant: bool = False
    #: What it waits for, where that is no host: such a node takes no slot.
    held: Held | None = None
    #: What it decides itself: which of its ways are taken, or whether it succeeds.
    deciding: Deciding | None = None
    #: The children on each way of a branch; those on no way always get their chance.
    ways: Mapping[str, Sequence[int]] = field(default_factory=dict)
    #: How many of its parents must have succeeded, where its rule asks.
    needed: int = 0


class Bypass(StrEnum):
    """Why a node is passed by when its turn comes: it is skipped, and what comes after it may run."""

    NOT_CHOSEN = "not_chosen"  #: the run is of other nodes
    DISABLED = "disabled"  #: left out when the run was made
    SKIPPED = "skipped"  #: somebody said so while the run went on


@dataclass(slots=True)
class Node:
    """What changes about a node run."""

    ordinal: int
    state: State = State.WAITING
    unmet: int = 0
    bad: int = 0
    retries: int = 0
    attempt: int = 0
    token: int = 0
    host: int | None = None
    ready_at: Any = None
    wake_at: Any = None
    started_at: Any = None
    ended_at: Any = None
    exit_code: int | None = None
    reason: str = ""
    #: A `Bypass`, or nothing.
    bypass: str = ""
    #: How many of its bad parents a branch left out.
    left_out: int = 0


@dataclass(slots=True)
class Run:
    state: State = State.WAITING
    active: int = 0
    ended: int = 0
    failed: int = 0
    stuck: int = 0
    broken: bool = False
    halting: bool = False
    reason: str = ""
    started_at: Any = None
    ended_at: Any = None


# --- what can happen


@dataclass(frozen=True, slots=True)
class Begun:
    """The run may start: `roots` are the nodes without parents."""

    roots: Sequence[int]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The run did not begin and never will."""

    reason: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A host takes a ready node."""

    ordinal: int
    host: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The host that claimed a node did not come to start it: as if it had not been claimed."""

    ordinal: int
    token: int


@dataclass(frozen=True, slots=True)
class Reported:
    """An attempt ended. `exit_code` is None when nobody knows it (`lost`, or never started)."""

    ordinal: int
    token: int
    exit_code: int | None
    at: datetime
    reason: str = ""
    lost: bool = False
    #: False when another try cannot help, or must not be made.
    retryable: bool = True
    #: What it left for those after it.
    outputs: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class KillFailed:
    """What was told to stop is still there."""

    ordinal: int
    token: int
    reason: str
    #: Its host is gone, and nobody can say whether it is.
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Woken:
    """The wait before a retry is over."""

    ordinal: int


@dataclass(frozen=True, slots=True)
class Due:
    """The time has come that a node without a host waits for, or may be waited for."""

    ordinal: int
    token: int


@dataclass(frozen=True, slots=True)
class Tended:
    """What was due for a node without a host has been done; what it waits for is still to come.

    `run` is the public id of the run that is waited for.
    """

    ordinal: int
    token: int
    run: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a node without a host waits for has come, well or not. `reason` says who or what it was."""

    ordinal: int
    token: int
    well: bool
    reason: str
    #: What is left for those after it.
    outputs: dict[str, Any] | None = None
    killed: bool = False
    #: Whether another try is one of its policy.
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class StartOverdue:
    """A ready node waits for a host for longer than it should; `kind` is the event that says so."""

    ordinal: int
    kind: str
    reason: str


class Act(StrEnum):
    """What may be asked of one node while its run goes on."""

    RETRY = "retry"  #: do not wait any longer for the next try
    SKIP = "skip"  #: pass it by; what comes after it runs in its turn
    KEEP = "keep"  #: do not skip it after all
    MARK = "mark"  #: it is done; what comes after it need not wait for it
    KILL = "kill"  #: end it alone: it counts as failed, and is not tried again


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wants something of one node. `reason` says who."""

    ordinal: int
    act: Act
    reason: str


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody wants the run to end."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The run went on for longer than it may."""

    reason: str


@dataclass(frozen=True, slots=True)
class SuspendAsked:
    """What runs may finish; nothing starts until somebody resumes."""


@dataclass(frozen=True, slots=True)
class ResumeAsked:
    """A suspended run goes on."""


#: Happenings of the run itself: they name no node.
OfRun = Begun | GivenUp | StopAsked | TimedOut | SuspendAsked | ResumeAsked
#: Happenings of nodes that need no host.
OfHeld = Due | Tended | Answered
Happening = OfRun | OfHeld | Claimed | GivenBack | Reported | KillFailed | Woken | StartOverdue | Asked
AttemptEnd = Literal["succeeded", "failed", "killed", "lost"]


@dataclass(frozen=True, slots=True)
class Noted:
    """One event to write down. `ordinal` is None for events of the run itself."""

    kind: str
    ordinal: int | None
    state: State
    detail: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt to close."""

    ordinal: int
    token: int
    end: AttemptEnd
    exit_code: int | None
    at: datetime
    reason: str


class Snapshot:
    """The nodes that `advance` looks at, loaded in batches when they are first needed.

    `fetch(ordinals)` returns the nodes of these ordinals; `fetch_active()` all that are
    ready, running, stopping or waiting for a retry. `clock()` is asked by nodes that wait
    for a time of day, `facts(ordinal, nodes, outputs)` by one that decides: what is in these
    two is newer than what is stored.
    """

    def __init__(
        self,
        fetch: Callable[[Sequence[int]], Iterable[Node]],
        fetch_active: Callable[[], Iterable[Node]],
        clock: Callable[[], Clock],
        facts: Callable[[int, Mapping[int, Node], Mapping[int, dict[str, Any]]], Facts],
    ) -> None:
        self._fetch = fetch
        self._fetch_active = fetch_active
        self.clock = clock
        self.facts = facts
        self.nodes: dict[int, Node] = {}

    def need(self, ordinals: Iterable[int]) -> None:
        missing = [ordinal for ordinal in ordinals if ordinal not in self.nodes]
        if missing:
            self.nodes.update((node.ordinal, node) for node in self._fetch(missing))

    def active(self) -> list[Node]:
        for node in self._fetch_active():
            self.nodes.setdefault(node.ordinal, node)
        return [node for node in self.nodes.values() if node.state in ACTIVE]


@dataclass(slots=True)
class Plan:
    """What changed: nodes by ordinal, events in order, attempts to open and to close."""

    changed: dict[int, Node] = field(default_factory=dict)
    notes: list[Noted] = field(default_factory=list)
    opened: list[Node] = field(default_factory=list)
    closed: list[Ended] = field(default_factory=list)
    #: (ordinal, token) of attempts that were opened and never made.
    undone: list[tuple[int, int]] = field(default_factory=list)
    #: What nodes left for those after them, by ordinal.
    outputs: dict[int, dict[str, Any]] = field(default_factory=dict)
    #: Which ways branches took, by ordinal.
    ways: dict[int, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changed or self.notes)
