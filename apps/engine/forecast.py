"""When a run will be over, and which nodes decide it: over the graph, from durations.

Times are seconds since the run began. A node that has ended says when; one that has not
will take what is still missing of what it usually takes, from now or from when its last
parent ends. It is assumed that a slot is free: a full host makes a run later than this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from apps.engine.wiring import topological_order


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a node of a run: when it started and ended, and how long it usually takes."""

    started: float | None = None
    ended: float | None = None
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """`finish` is when the last node ends. `path` are the ordinals that decide it, first to last:
    a quicker one of them would make the run shorter. `unknown` counts nodes without a usual duration.
    """

    finish: float
    path: tuple[int, ...]
    unknown: int


def forecast(children: Sequence[Sequence[int]], nodes: Sequence[Progress], now: float) -> Forecast:
    """What is to be expected `now`; of a run that is over, how it came about."""
    finish = [0.0] * len(nodes)
    decider: list[int | None] = [None] * len(nodes)
    ready = [0.0] * len(nodes)
    order = topological_order(children)
    for ordinal in order:
        finish[ordinal] = _finish(nodes[ordinal], ready[ordinal], now)
        for child in children[ordinal]:
            if decider[child] is None or finish[ordinal] > ready[child]:
                ready[child], decider[child] = finish[ordinal], ordinal
    unknown = sum(node.ended is None and node.usual is None for node in nodes)
    if not order:
        return Forecast(now, (), unknown)
    last: int | None = max(order, key=lambda ordinal: (finish[ordinal], ready[ordinal]))
    end, path = finish[last], []  # type: ignore[index]
    while last is not None:
        path.append(last)
        last = decider[last]
    return Forecast(end, tuple(reversed(path)), unknown)


def _finish(node: Progress, ready: float, now: float) -> float:
    if node.ended is not None:
        return node.ended
    usual = node.usual or 0.0
    if node.started is not None:
        return max(now, node.started + usual)
    return max(now, ready) + usual


def usual(durations: Sequence[float]) -> float | None:
    """The duration to expect after these: the middle one, so that one bad night does not count."""
    return median(durations) if durations else None
