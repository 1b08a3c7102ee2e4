"""Which nodes of a flow a run is of, when it is not of all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum

from apps.engine.plan import Bypass


class Reach(StrEnum):
    """How far a selection goes from the nodes that were named."""

    ONLY = "only"  #: these and no others
    FROM = "from"  #: these and all that comes after them
    UP_TO = "up_to"  #: these and all that comes before them


def chosen(children: Sequence[Sequence[int]], named: Collection[int], reach: Reach) -> set[int]:
    """The ordinals of the nodes that `named` stand for.

    >>> sorted(chosen([[1], [2], []], [1], Reach.FROM))
    [1, 2]
    >>> sorted(chosen([[1], [2], []], [1], Reach.UP_TO))
    [0, 1]
    """
    if reach is Reach.ONLY:
        return set(named)
    if reach is Reach.FROM:
        return _reached(named, children.__getitem__)
    parents: list[list[int]] = [[] for _ in children]
    for ordinal, below in enumerate(children):
        for child in below:
            parents[child].append(ordinal)
    return _reached(named, parents.__getitem__)


def bypasses(count: int, wanted: Collection[int], disabled: Collection[int]) -> dict[int, Bypass]:
    """Which of `count` nodes are passed by: all but `wanted` (none: all are wanted), and `disabled`."""
    passed = {ordinal: Bypass.NOT_CHOSEN for ordinal in range(count) if wanted and ordinal not in wanted}
    return passed | dict.fromkeys(disabled, Bypass.DISABLED)


def _reached(named: Collection[int], neighbours: Callable[[int], Sequence[int]]) -> set[int]:
    found, todo = set(named), list(named)
    while todo:
        new = [ordinal for ordinal in neighbours(todo.pop()) if ordinal not in found]
        found.update(new)
        todo += new
    return found
