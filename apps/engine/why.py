"""Why is a node not running? The first thing that is in its way, and what would clear it.

Facts in, a `Reason` out: a code, since when, and what a sentence needs. Words are for
whoever renders it. Why a whole run has not begun is decided in `admission` and kept with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from apps.engine.control import Approval, Held, SubFlow
from apps.engine.routing import LOCAL, MASTER, HostRole, route
from apps.engine.states import ENDED, State


class Cause(StrEnum):
    RUN_OVER = "run_over"
    RUN_WAITS = "run_waits"
    RUN_SUSPENDED = "run_suspended"
    RUN_ENDING = "run_ending"
    PARENT_NODE = "parent_node"
    ITS_TURN = "its_turn"
    RETRY = "retry"
    NO_HOST = "no_host"
    HOST_GONE = "host_gone"
    HOST_BARRED = "host_barred"
    HOST_OF_OTHER_MODE = "host_of_other_mode"
    ALL_BARRED = "all_barred"
    APPROVAL = "approval"
    TIME = "time"
    SUB_RUN = "sub_run"
    HOSTS_SILENT = "hosts_silent"
    NODE_LIMIT = "node_limit"
    SLOT = "slot"


@dataclass(frozen=True, slots=True)
class Reason:
    """What is in the way. `detail` is what its sentence names."""

    code: str
    since: datetime | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParentNode:
    ordinal: int
    name: str
    state: State
    since: datetime | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class HostFact:
    """A host of the cluster of the node."""

    name: str
    slots: int
    busy: int
    is_silent: bool = False
    heard_at: datetime | None = None
    role: str = MASTER


@dataclass(frozen=True, slots=True)
class NodeLimit:
    """How many nodes of a flow or project may run at once, when as many do."""

    of: str
    most: int


@dataclass(frozen=True, slots=True)
class NodeFacts:
    state: State
    run_state: State
    #: The run ends: nothing new starts.
    halting: bool = False
    suspended_at: datetime | None = None
    suspended_by: str = ""
    parents: Sequence[ParentNode] = ()
    ready_at: datetime | None = None
    wake_at: datetime | None = None
    retries: int = 0
    max_retry: int = 0
    cluster: str = ""
    host_name: str = ""
    mode: str = LOCAL
    hosts: Sequence[HostFact] = ()
    #: Names of hosts that its project may use; none are all.
    allowed: Sequence[str] = ()
    limit: NodeLimit | None = None
    #: What it waits for where that is no host, and who may answer.
    held: Held | None = None
    who: str = ""
    started_at: datetime | None = None
    #: The run of another flow that it is: its `run` and `name`, `state` and `why` that waits.
    sub_run: dict[str, Any] = field(default_factory=dict)


def why_not_running(facts: NodeFacts) -> Reason | None:
    """None for a node that runs on a host or has ended."""
    if facts.state in ENDED or facts.state in (State.RUNNING, State.STOPPING):
        return _for_somebody(facts) if facts.held and facts.state is State.RUNNING else None
    if facts.run_state in ENDED:
        return Reason(Cause.RUN_OVER)
    if facts.run_state is State.WAITING:
        return Reason(Cause.RUN_WAITS)
    if facts.halting or facts.run_state is State.STOPPING:
        return Reason(Cause.RUN_ENDING)
    if facts.state is State.RETRYING:
        tries = {"at": facts.wake_at, "retry": facts.retries, "most": facts.max_retry}
        return Reason(Cause.RETRY, facts.wake_at, tries)
    if facts.state is State.WAITING:
        return _for_parents(facts)
    if facts.run_state is State.SUSPENDED:
        return Reason(Cause.RUN_SUSPENDED, facts.suspended_at, {"by": facts.suspended_by})
    return _for_hosts(facts)


def _for_somebody(facts: NodeFacts) -> Reason:
    if isinstance(facts.held, Approval):
        return Reason(Cause.APPROVAL, facts.started_at, {"who": facts.who, "until": facts.wake_at})
    if isinstance(facts.held, SubFlow):
        return Reason(Cause.SUB_RUN, facts.started_at, facts.sub_run)
    return Reason(Cause.TIME, facts.started_at, {"at": facts.wake_at})


def _for_parents(facts: NodeFacts) -> Reason:
    """The one that runs is told before one that has not started: it is what is really waited for."""
    open_parents = [each for each in facts.parents if each.state not in ENDED]
    if not open_parents:
        return Reason(Cause.ITS_TURN)
    order = (State.RUNNING, State.STOPPING, State.RETRYING, State.READY, State.WAITING)
    first = min(open_parents, key=lambda each: (order.index(each.state), each.ordinal))
    detail = {
        "name": first.name,
        "ordinal": first.ordinal,
        "state": first.state.value,
        "kind": first.kind,
        "more": len(open_parents) - 1,
    }
    return Reason(Cause.PARENT_NODE, first.since, detail)


def _for_hosts(facts: NodeFacts) -> Reason:
    detail: dict[str, Any] = {"cluster": facts.cluster, "host": facts.host_name, "mode": facts.mode}
    roles = [HostRole(host.name, host.role) for host in facts.hosts]
    way = route(facts.mode, facts.host_name, roles, facts.allowed)
    if way.refusal:
        detail |= {"could": ", ".join(way.could[:3]), "allowed": ", ".join(facts.allowed[:3])}
        return Reason(Cause(way.refusal), facts.ready_at, detail)
    fitting = [host for host in facts.hosts if host.name in way.hosts]
    alive = [host for host in fitting if not host.is_silent]
    if not alive:
        heard = max((host.heard_at for host in fitting if host.heard_at), default=None)
        names = ", ".join(host.name for host in fitting[:3])
        return Reason(Cause.HOSTS_SILENT, heard, detail | {"hosts": names})
    if facts.limit:
        return Reason(Cause.NODE_LIMIT, facts.ready_at, {"of": facts.limit.of, "most": facts.limit.most})
    busy, slots = sum(host.busy for host in alive), sum(host.slots for host in alive)
    return Reason(Cause.SLOT, facts.ready_at, detail | {"busy": busy, "slots": slots})
