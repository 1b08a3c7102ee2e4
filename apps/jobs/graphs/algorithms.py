"""Graph algorithms over edges, each a function from edges and parameters to a table.

Graph structure, communities, paths and triangles are igraph's. PageRank is summed up here,
because callers expect the form whose ranks add up to the number of vertices and not to one:

    rank(v) = (1 - damping) + damping * sum of rank(u) * weight(u, v) / weight out of u

so a vertex to which nothing leads has exactly 1 - damping, and what reaches a vertex without
a way out is not handed round again. A label is the smallest vertex of its group: the same
input always gets the same labels.
"""

from __future__ import annotations

import random
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import igraph

from apps.jobs.graphs.edges import Edges
from apps.jobs.graphs.parameters import Given

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A result: texts in columns. `notes` are single values worth keeping beside it."""

    columns: Sequence[str]
    rows: Sequence[Row]
    notes: dict[str, Any] = field(default_factory=dict)


def pagerank(edges: Edges, given: Given) -> Table:
    """Ranks, the highest first, by at most ITERATIONS rounds or until none moves more than EPS."""
    damping, eps = given.number("damping", 0, 1), given.number("eps", 0)
    if not given.flag("is_directed"):
        edges = edges.with_reverses()
    weights = edges.weights or [1.0] * len(edges.pairs)
    out = [0.0] * len(edges.names)
    for (source, _), weight in zip(edges.pairs, weights, strict=True):
        out[source] += weight
    shares = [
        (source, target, damping * weight / out[source])
        for (source, target), weight in zip(edges.pairs, weights, strict=True)
        if weight
    ]
    ranks, rounds = [1.0] * len(edges.names), 0
    for rounds in range(1, given.whole("iterations", 1) + 1):  # noqa: B007
        before, ranks = ranks, [1 - damping] * len(edges.names)
        for source, target, share in shares:
            ranks[target] += share * before[source]
        if max(abs(rank - old) for rank, old in zip(ranks, before, strict=True)) <= eps:
            break
    order = sorted(range(len(ranks)), key=lambda vertex: (-ranks[vertex], vertex))
    rows = [(edges.names[vertex], real(ranks[vertex])) for vertex in order]
    return Table(("VID", "VALUE"), rows, {"iterations": rounds})


def louvain(edges: Edges, given: Given) -> Table:
    """Communities of high modularity, directions ignored; OUTER_ITERATION limits the levels.

    INNER_ITERATION is understood and unused: igraph moves vertices until nothing improves.
    """
    given.flag("is_directed"), given.whole("inner_iteration", 1)
    graph = _graph(edges, directed=False)
    # The order in which vertices are tried is random: the same input must give the same result.
    igraph.set_random_number_generator(random.Random(1))
    levels = graph.community_multilevel(weights=_weights(edges), return_levels=True)
    chosen = levels[: given.whole("outer_iteration", 1)]
    membership = chosen[-1].membership if chosen else list(range(len(edges.names)))
    return _labelled(edges, graph, membership, given)


def connected_component(edges: Edges, given: Given) -> Table:
    """Weakly connected parts: directions never matter, so IS_DIRECTED changes nothing."""
    given.flag("is_directed")
    graph = _graph(edges, directed=False)
    return _labelled(edges, graph, graph.connected_components(mode="weak").membership, given)


def sssp(edges: Edges, given: Given) -> Table:
    """How far every vertex is from ROOT that can be reached from it."""
    root = edges.known(given.text("root"))
    distances = _graph(edges).distances(root, weights=_weights(edges), mode="out")[0]
    far = [(edges.names[v], real(d)) for v, d in enumerate(distances) if d < float("inf")]
    return Table(("VID", "DISTANCE"), far)


def shortest_path(edges: Edges, given: Given) -> Table:
    """One path with the fewest edges for each pair of SRC and DST between which there is one."""
    graph = _graph(edges)
    rows = []
    for source, target in product(given.texts("src"), given.texts("dst")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there is no path is no trouble
            path = graph.get_shortest_paths(edges.known(source), to=edges.known(target), mode="out")[0]
        if path:
            rows.append((",".join(edges.names[vertex] for vertex in path),))
    return Table(("VALUE",), rows)


def triangle_count(edges: Edges, given: Given) -> Table:
    """Triangles, directions ignored: how many (OPT 1), how many at each vertex (2), or which (3).

    Where duplicate edges are kept, a triangle counts once for each choice of its edges. An
    edge from a vertex to itself is in no triangle, so REMOVED_SELF_EDGE changes nothing.
    """
    opt, once = given.whole("opt", 1, 3), given.flag("removed_duplication_edge")
    given.flag("removed_self_edge")
    copies = Counter((min(pair), max(pair)) for pair in edges.pairs)
    graph = igraph.Graph(n=len(edges.names), edges=[pair for pair in copies if pair[0] != pair[1]])
    triangles = []
    for corners in graph.list_triangles():
        a, b, c = sorted(corners)
        times = 1 if once else copies[a, b] * copies[b, c] * copies[a, c]
        triangles += [(a, b, c)] * times
    if opt == 1:
        return Table(("COUNT",), [(str(len(triangles)),)])
    if opt == 2:
        counts = Counter(vertex for corners in triangles for vertex in corners)
        return Table(("VID", "COUNT"), [(name, str(counts[v])) for v, name in enumerate(edges.names)])
    named = [tuple(edges.names[vertex] for vertex in corners) for corners in sorted(triangles)]
    return Table(("VID1", "VID2", "VID3"), named)


ALGORITHMS: dict[str, Callable[[Edges, Given], Table]] = {
    "pagerank": pagerank,
    "louvain": louvain,
    "connected_component": connected_component,
    "sssp": sssp,
    "shortest_path": shortest_path,
    "triangle_count": triangle_count,
}


def real(value: float) -> str:
    """A floating-point number as results spell it.

    >>> real(0.15)
    '0.150000'
    """
    return f"{value:.6f}"


def _graph(edges: Edges, *, directed: bool = True) -> igraph.Graph:
    return igraph.Graph(n=len(edges.names), edges=edges.pairs, directed=directed)


def _weights(edges: Edges) -> list[float] | None:
    return edges.weights or None


def _labelled(edges: Edges, graph: igraph.Graph, membership: Sequence[int], given: Given) -> Table:
    labels: dict[int, str] = {}
    for name, group in zip(edges.names, membership, strict=True):
        labels[group] = min(labels.get(group, name), name, key=_order)
    rows = [(name, labels[group]) for name, group in zip(edges.names, membership, strict=True)]
    notes: dict[str, Any] = {"groups": len(labels)}
    if given.flag("is_calc_modularity"):
        notes["modularity"] = round(graph.modularity(membership, weights=_weights(edges)), 6)
    return Table(("VID", "LABEL"), rows, notes)


def _order(name: str) -> tuple[int, int, str]:
    """Numbers by value, before texts."""
    return (0, int(name), name) if name.isascii() and name.isdigit() else (1, 0, name)
