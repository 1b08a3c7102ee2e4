"""What differs between two drawings: by node, by edge, and as operations that lead from one to the other.

Nodes are the same by their id, edges by what they connect: an edge that was drawn anew between
the same nodes is no difference. Where things stand is told apart from what they are, so a
drawing that was only tidied up says so. Cases are in tests/vectors/graph_diff.json.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from apps.engine.drafts import parse_json

Sort = Literal["added", "removed", "changed", "moved"]
Element = Mapping[str, Any]

#: Where an element stands and how large it is drawn, not what it is.
PLACE_KEYS = frozenset({"x", "y", "size", "index", "controlPoints", "sourceAnchor", "targetAnchor"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is another in the second drawing than in the first, by id.

    `keys` names the keys that say something else of a changed node; `union` is a graph of all
    that is in either, for painting.
    """

    nodes: dict[str, Sort] = field(default_factory=dict)
    edges: dict[str, Sort] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    union: dict[str, Any] = field(default_factory=dict)


def compare(before: Mapping[str, Any], after: Mapping[str, Any], changed: Collection[str] = ()) -> Comparison:
    """Compare two parsed graphs. `changed` are ids of nodes whose job differs, which no drawing shows."""
    old, new = _by_id(before), _by_id(after)
    nodes: dict[str, Sort] = {}
    keys: dict[str, list[str]] = {}
    for node_id, node in new.items():
        if node_id not in old:
            nodes[node_id] = "added"
            continue
        different = _different(old[node_id], node)
        meant = [key for key in different if key not in PLACE_KEYS]
        if meant or node_id in changed:
            nodes[node_id], keys[node_id] = "changed", meant
        elif different:
            nodes[node_id] = "moved"
    nodes |= {node_id: "removed" for node_id in old if node_id not in new}
    edges, gone = _edges(before, after)
    union = {
        **after,
        "nodes": [*_elements(after, "nodes"), *(old[one] for one in old if one not in new)],
        "edges": [*_elements(after, "edges"), *gone],
    }
    return Comparison(nodes, edges, keys, union)


def _edges(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Sort], list[Element]]:
    """What became of the edges, and those that are gone, under ids that the second drawing does not have."""
    old, new = _by_ends(before), _by_ends(after)
    edges: dict[str, Sort] = {}
    for ends, edge in new.items():
        if ends not in old:
            edges[edge["id"]] = "added"
        elif any(key not in PLACE_KEYS | {"id"} for key in _different(old[ends], edge)):
            edges[edge["id"]] = "changed"
    taken = {edge["id"] for edge in new.values()}
    gone = []
    for ends, edge in old.items():
        if ends in new:
            continue
        shown = {**edge, "id": f"{edge['id']}~"} if edge["id"] in taken else edge
        edges[shown["id"]] = "removed"
        gone.append(shown)
    return edges, gone


def without_places(text: str) -> str:
    """What a drawing says, spelt one way and without where things stand: for telling versions apart."""
    graph = parse_json(text)
    kept = {
        key: [{name: one[name] for name in one if name not in PLACE_KEYS} for one in value]
        if key in ("nodes", "edges")
        else value
        for key, value in graph.items()
    }
    return json.dumps(kept, sort_keys=True)


def operations(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The operations that make `before` into `after`: one undoable step for an open editor."""
    old, new = _by_id(before), _by_id(after)
    old_edges, new_edges = _identified(before), _identified(after)
    same = {one for one in old_edges if one in new_edges and _ends(old_edges[one]) == _ends(new_edges[one])}
    ops: list[dict[str, Any]] = [{"op": "remove_edge", "id": one} for one in old_edges if one not in same]
    ops += [{"op": "remove_node", "id": one} for one in old if one not in new]
    for place, (node_id, node) in enumerate(new.items()):
        if node_id not in old:
            ops.append({"op": "add_node", "node": node, "at": place})
            continue
        ops += _changes("node", node_id, old[node_id], node)
    for place, (edge_id, edge) in enumerate(new_edges.items()):
        if edge_id not in same:
            loose = {} if new.keys() >= set(_ends(edge)) else {"loose": True}
            ops.append({"op": "add_edge", "edge": edge, "at": place, **loose})
            continue
        ops += _changes("edge", edge_id, old_edges[edge_id], edge)
    return ops


def _changes(of: str, element_id: str, before: Element, after: Element) -> Iterable[dict[str, Any]]:
    keys = _different(before, after)
    if of == "node" and {"x", "y"} & set(keys) and "x" in after and "y" in after:
        yield {"op": "move", "moves": [[element_id, after["x"], after["y"]]]}
        keys = [key for key in keys if key not in ("x", "y")]
    for key in keys:
        place = {"of": of, "id": element_id, "path": [key]}
        yield {"op": "set", **place, "value": after[key]} if key in after else {"op": "unset", **place}


def _different(before: Element, after: Element) -> list[str]:
    """The keys that say something else, or are in one only."""
    keys = dict.fromkeys([*after, *before])
    missing = object()
    return [key for key in keys if before.get(key, missing) != after.get(key, missing)]


def _by_id(graph: Mapping[str, Any]) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for node in _elements(graph, "nodes"):
        found.setdefault(node["id"], node)
    return found


def _by_ends(graph: Mapping[str, Any]) -> dict[tuple[Any, Any], Element]:
    found: dict[tuple[Any, Any], Element] = {}
    for edge in _identified(graph).values():
        found.setdefault(_ends(edge), edge)
    return found


def _identified(graph: Mapping[str, Any]) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for edge in _elements(graph, "edges"):
        if isinstance(edge.get("id"), str):
            found.setdefault(edge["id"], edge)
    return found


def _ends(edge: Element) -> tuple[Any, Any]:
    return edge.get("source"), edge.get("target")


def _elements(graph: Mapping[str, Any], key: str) -> list[Any]:
    elements: list[Any] = graph.get(key, [])
    return elements
