"""Who follows whom, by ordinal: order, reach and knots of a graph, in linear time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.engine.drafts import EdgeDraft, FlowDraft


@dataclass(frozen=True, slots=True)
class Wiring:
    """Edges between two different nodes that exist, by ordinal. A doubled id means its first node."""

    ordinals: dict[str, int]
    edges: list[tuple[EdgeDraft, int, int]]
    #: For each ordinal its children, each once, in the order of the edges.
    children: list[list[int]]

    @classmethod
    def of(cls, draft: FlowDraft) -> Wiring:
        ordinals: dict[str, int] = {}
        for ordinal, node in enumerate(draft.nodes):
            ordinals.setdefault(node.id, ordinal)
        edges = []
        for edge in draft.edges:
            source, target = ordinals.get(edge.source), ordinals.get(edge.target)
            if source is not None and target is not None and source != target:
                edges.append((edge, source, target))
        below: list[dict[int, None]] = [{} for _ in draft.nodes]
        for _, source, target in edges:
            below[source][target] = None
        return cls(ordinals, edges, [list(children) for children in below])


def children_of(draft: FlowDraft) -> list[list[int]]:
    """For each ordinal the ordinals of its children, each once, in the order of the edges."""
    return Wiring.of(draft).children


def parent_counts(children: Sequence[Sequence[int]]) -> list[int]:
    counts = [0] * len(children)
    for below in children:
        for child in below:
            counts[child] += 1
    return counts


def topological_order(children: Sequence[Sequence[int]]) -> list[int]:
    """Ordinals, parents first. What lies on or below a cycle is left out."""
    unmet = parent_counts(children)
    order = [ordinal for ordinal, count in enumerate(unmet) if not count]
    for ordinal in order:  # grows while it is walked
        for child in children[ordinal]:
            unmet[child] -= 1
            if not unmet[child]:
                order.append(child)
    return order


def reached_from(starts: Iterable[int], children: Sequence[Sequence[int]]) -> set[int]:
    """`starts` and everything below them."""
    found = set(starts)
    todo = list(found)
    while todo:
        for child in children[todo.pop()]:
            if child not in found:
                found.add(child)
                todo.append(child)
    return found


def knots(children: Sequence[Sequence[int]]) -> list[list[int]]:
    """Sets of nodes that all lead to each other (more than one), each sorted, in drawing order.

    Two walks (Kosaraju): with the edges to find an order of leaving, then against them.
    Nothing is walked when the graph has an order, which is the usual case.
    """
    ordered = set(topological_order(children))
    left = [ordinal for ordinal in range(len(children)) if ordinal not in ordered]
    above: defaultdict[int, list[int]] = defaultdict(list)
    for ordinal in left:
        for child in children[ordinal]:
            above[child].append(ordinal)
    seen: set[int] = set()
    found = []
    for ordinal in reversed(_leaving_order(left, children)):
        if ordinal in seen:
            continue
        knot, todo = [], [ordinal]
        seen.add(ordinal)
        while todo:
            knot.append(todo.pop())
            fresh = [parent for parent in above[knot[-1]] if parent not in seen]
            seen.update(fresh)
            todo.extend(fresh)
        if len(knot) > 1:
            found.append(sorted(knot))
    return sorted(found)


def _leaving_order(ordinals: Iterable[int], children: Sequence[Sequence[int]]) -> list[int]:
    """Depth first, without recursion: a chain may be 10,000 long."""
    seen: set[int] = set()
    order = []
    for root in ordinals:
        if root in seen:
            continue
        seen.add(root)
        path = [(root, iter(children[root]))]
        while path:
            ordinal, rest = path[-1]
            child = next((c for c in rest if c not in seen), None)
            if child is None:
                order.append(ordinal)
                path.pop()
            else:
                seen.add(child)
                path.append((child, iter(children[child])))
    return order
