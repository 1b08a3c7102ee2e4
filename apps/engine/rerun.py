"""How a run begins, and begins again."""

from __future__ import annotations

from collections.abc import Sequence

from apps.engine.plan import Node, Run, Spec
from apps.engine.states import Event, State, move, move_run


def roots(graph: Sequence[Spec]) -> list[int]:
    return [ordinal for ordinal, spec in enumerate(graph) if not spec.parents]


def fresh_nodes(graph: Sequence[Spec]) -> list[Node]:
    """The nodes of a run that has not begun."""
    return [Node(ordinal, unmet=spec.parents) for ordinal, spec in enumerate(graph)]


def reset(run: Run, graph: Sequence[Spec], nodes: Sequence[Node], *, failed_only: bool) -> list[int]:
    """Bring an ended run back to waiting; return the ordinals to begin with.

    With `failed_only` the nodes that succeeded stay as they are, and so do those whose
    failure was passed over only if they succeeded: whatever did not succeed runs again.
    Attempt numbers and tokens go on, so logs of earlier tries keep their names.
    """
    keep = {n.ordinal for n in nodes if failed_only and n.state is State.SUCCEEDED}
    for node in nodes:
        node.unmet = graph[node.ordinal].parents
    for node in nodes:
        if node.ordinal in keep:
            for child in graph[node.ordinal].children:
                nodes[child].unmet -= 1
            continue
        node.state = move(node.state, Event.RESET)
        node.bad = node.retries = 0
        node.ready_at = node.wake_at = node.started_at = node.ended_at = node.exit_code = None
        node.host = None
        node.reason = ""
    for ordinal in keep:
        nodes[ordinal].unmet = 0
    run.state = move_run(run.state, Event.RESET)
    run.active = run.failed = run.stuck = 0
    run.ended = len(keep)
    run.broken = run.halting = False
    run.reason = ""
    run.started_at = run.ended_at = None
    return [n.ordinal for n in nodes if n.ordinal not in keep and not n.unmet]
