"""What a drawing means: nodes and edges as the engine sees them, and the rules they keep.

A drawing is EMR Graph JSON. `read_graph` takes from it what the engine needs and ignores
the rest; what a node is follows from `attribute.type` and `attribute.jobType` alone, its
shape is decoration. A node's place in `nodes` is its ordinal. `validate` tells everything
that is wrong in one linear pass; the canvas has the same rules in rules.js, and both are
held to tests/vectors/graph_rules.json.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NoReturn

START, END, JOB = "START", "END", "JOB"
MAX_ID = 64

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NodeDraft:
    """A node. `type` is what it is to the graph, `kind` what it runs (SHELL, HIVE_SQL, START …)."""

    id: str
    type: str = JOB
    kind: str = ""
    name: str = ""
    job: str = ""
    host: str = ""
    cluster: str = ""
    x: float | None = None
    y: float | None = None
    #: The element as it was read, for those who know more of its keys.
    attributes: Mapping[str, Any] = field(default=_NOTHING, repr=False, compare=False)

    @property
    def title(self) -> str:
        return self.name or (self.type if self.type in (START, END) else self.id)


@dataclass(frozen=True, slots=True)
class EdgeDraft:
    id: str
    source: str
    target: str
    attributes: Mapping[str, Any] = field(default=_NOTHING, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FlowDraft:
    """A graph as the engine sees it: derived from a drawing, never stored."""

    nodes: tuple[NodeDraft, ...] = ()
    edges: tuple[EdgeDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken rule, with the nodes and edges that break it in the order of the drawing."""

    code: str
    message: str
    nodes: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    severity: Literal["error", "warning"] = "error"


class UnreadableGraph(ValueError):
    """The text is not a graph at all; `problem` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(code, message)


# --- reading


def read_graph(text: str) -> FlowDraft:
    """The graph that EMR Graph JSON `text` draws. Raises UnreadableGraph."""
    return draft_of(parse_json(text))


def parse_json(text: str) -> Any:
    """Strict JSON (no NaN). Raises UnreadableGraph."""
    try:
        return json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise UnreadableGraph("bad_json", f"This is not JSON: {error}.") from None


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def draft_of(graph: object) -> FlowDraft:
    """The graph that a parsed document draws. Raises UnreadableGraph."""
    if not isinstance(graph, dict):
        raise UnreadableGraph("not_an_object", "A graph is a JSON object with nodes and edges.")
    return FlowDraft(
        tuple(_read_node(number, raw) for number, raw in enumerate(_elements(graph, "nodes"))),
        tuple(_read_edge(number, raw) for number, raw in enumerate(_elements(graph, "edges"))),
    )


def _elements(graph: dict[str, Any], key: str) -> list[Any]:
    elements = graph.get(key, [])
    if not isinstance(elements, list):
        raise UnreadableGraph("not_an_object", f"“{key}” must be a list.")
    return elements


def _read_node(number: int, raw: Any) -> NodeDraft:
    if not isinstance(raw, dict):
        raise UnreadableGraph("not_an_object", f"nodes[{number}] must be an object.")
    node_id = raw.get("id")
    if not isinstance(node_id, str) or not 0 < len(node_id) <= MAX_ID or not _storable(node_id):
        raise UnreadableGraph(
            "not_an_object", f"nodes[{number}] must have an id: text of 1 to {MAX_ID} characters."
        )
    attribute, config = _object(raw.get("attribute")), _object(raw.get("config"))
    node_type = _text(attribute.get("type")) or JOB
    return NodeDraft(
        id=node_id,
        type=node_type,
        kind=_text(attribute.get("jobType")) if node_type == JOB else node_type,
        name=_text(raw.get("label")),
        job=_text(attribute.get("jobId")),
        host=_text(config.get("hostName")),
        cluster=_text(config.get("clusterId")),
        x=_number(raw.get("x")),
        y=_number(raw.get("y")),
        attributes=raw,
    )


def _read_edge(number: int, raw: Any) -> EdgeDraft:
    if not isinstance(raw, dict):
        raise UnreadableGraph("not_an_object", f"edges[{number}] must be an object.")
    return EdgeDraft(_text(raw.get("id")), _text(raw.get("source")), _text(raw.get("target")), raw)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    if _storable(value):
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _storable(text: str) -> bool:
    """No NUL and no half of a surrogate pair: JSON can spell them, databases cannot keep them."""
    return text.isprintable() or ("\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e9:
        return None
    return value


# --- wiring


@dataclass(frozen=True, slots=True)
class Wiring:
    """Edges between nodes that exist, by ordinal. A doubled id means its first node."""

    ordinals: dict[str, int]
    edges: list[tuple[EdgeDraft, int, int]]

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
        return cls(ordinals, edges)


def children_of(draft: FlowDraft) -> list[list[int]]:
    """For each ordinal the ordinals of its children, each once, in the order of the edges."""
    children: list[dict[int, None]] = [{} for _ in draft.nodes]
    for _, source, target in Wiring.of(draft).edges:
        children[source][target] = None
    return [list(below) for below in children]


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
