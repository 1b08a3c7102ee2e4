"""How a run begins, and begins again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from apps.engine.moves import closed_by
from apps.engine.plan import Bypass, Node, Run, Spec
from apps.engine.rules import OnFailure
from apps.engine.states import Event, State, move, move_run


def roots(graph: Sequence[Spec]) -> list[int]:
    return [ordinal for ordinal, spec in enumerate(graph) if not spec.parents]


def startable(nodes: Sequence[Node]) -> list[int]:
    """Where a run that was reset begins: what is to run of it, and follows nothing that still has to end."""
    return [node.ordinal for node in nodes if node.state is State.WAITING and not node.unmet]


def fresh_nodes(graph: Sequence[Spec], bypass: Mapping[int, Bypass] | None = None) -> list[Node]:
    """The nodes of a run that has not begun; `bypass` says which of them it passes by, and why."""
    passed = bypass or {}
    return [Node(o, unmet=spec.parents, bypass=passed.get(o, "")) for o, spec in enumerate(graph)]


def reset(
    run: Run,
    graph: Sequence[Spec],
    nodes: Sequence[Node],
    *,
    failed_only: bool = False,
    only: Collection[int] = (),
    marked: Collection[int] = (),
    ways: Mapping[int, Collection[str]] | None = None,
) -> list[int]:
    """Bring an ended run back to waiting; return the ordinals to begin with.

    With `failed_only` the nodes that succeeded stay as they are, whatever did not runs again.
    With `only` everything that ran stays as it is but for these, and what never ran gets its
    chance. So it is with `marked`, which become succeeded without running. Attempt numbers
    and tokens go on, so logs of earlier tries keep their names. A node that was passed by is
    passed by again, unless it is one of `only`. `ways` are those that branches took.
    """
    for ordinal in marked:
        _mark(nodes[ordinal])
    keep = {n.ordinal for n in nodes if _stays(n, failed_only, only, marked)}
    for node in nodes:
        node.unmet, node.bad, node.left_out = graph[node.ordinal].parents, 0, 0
    for ordinal in keep:
        passes = _passes(nodes[ordinal], graph[ordinal])
        taken = (ways or {}).get(ordinal)
        # A branch that was marked as done took all of them.
        closed = set() if taken is None else closed_by(graph[ordinal].ways, taken)
        for child in graph[ordinal].children:
            # A parent that runs again will be counted when it ends, also by a child that stays.
            nodes[child].unmet -= 1
            nodes[child].bad += not passes or child in closed
            nodes[child].left_out += passes and child in closed
    for node in nodes:
        if node.ordinal not in keep:
            _forget(node, chosen=node.ordinal in only)
    run.state = move_run(run.state, Event.RESET)
    run.active = run.stuck = 0
    run.ended = len(keep)
    run.failed = sum(nodes[ordinal].state is State.FAILED for ordinal in keep)
    run.broken = not all(_passes(nodes[ordinal], graph[ordinal]) for ordinal in keep)
    run.halting = False
    run.reason = ""
    run.started_at = run.ended_at = None
    return startable(nodes)


def runs_anything(nodes: Sequence[Node]) -> bool:
    """Whether, after a reset, there is a node that will be more than passed by."""
    return any(node.state is State.WAITING and not node.bypass for node in nodes)


def _stays(node: Node, failed_only: bool, only: Collection[int], marked: Collection[int]) -> bool:
    if only or marked:
        return node.ordinal not in only and node.state not in (State.WAITING, State.SKIPPED)
    return failed_only and node.state is State.SUCCEEDED


def _passes(node: Node, spec: Spec) -> bool:
    """Whether what comes after the node may run."""
    return node.state is State.SUCCEEDED or (node.state is State.FAILED and spec.on_failure is OnFailure.PASS)


def _mark(node: Node) -> None:
    node.state = move(node.state, Event.MARKED)
    node.bypass = ""


def _forget(node: Node, *, chosen: bool) -> None:
    node.state = move(node.state, Event.RESET)
    if chosen:
        node.bypass = ""
    node.retries = 0
    node.ready_at = node.wake_at = node.started_at = node.ended_at = node.exit_code = None
    node.host = None
    if node.bypass != Bypass.SKIPPED:
        node.reason = ""
