"""A data flow as a picture and back: EMR Graph JSON drawn from nodes, and nodes read from it.

Both say the same, and are always written together. Which side owns which field:

| field of a node                           | owner                                         |
|-------------------------------------------|-----------------------------------------------|
| id, name, type                            | the drawing: id, label, attribute.jobType     |
| parentNodeIds, leftNodeId, rightNodeId    | the drawing: its edges, and their sides       |
| place and size                            | the drawing alone; the dialect has none       |
| everything else, known to us or not       | the source: carried along in headrace.fields  |
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.engine.declared import KEY
from apps.engine.drafts import EdgeDraft, FlowDraft, NodeDraft, read_graph
from apps.engine.layout import draft_to_graph_text
from apps.jobs.dataflow.reading import Wrong

OF_THE_DRAWING = ("id", "name", "type", "parentNodeIds", "leftNodeId", "rightNodeId")
FIELDS, SIDE = "fields", "side"
JOIN = "TRANSFORM_JOIN"
_ID = re.compile(r"0|[1-9][0-9]{0,18}")


# --- from nodes to the picture


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    raw: Mapping[str, Any]

    @property
    def parents(self) -> list[str]:
        given = self.raw.get("parentNodeIds")
        return list(dict.fromkeys(map(_spelled, given))) if isinstance(given, list) else []

    def text(self, key: str) -> str:
        value = self.raw.get(key)
        return value if isinstance(value, str) else ""


def draw(nodes: Any, before: str = "") -> str:
    """The picture of the nodes; those of a draft may be unfinished.

    What was in the picture `before` stays where it was put.
    """
    rows = _rows(nodes)
    ids = {row.id for row in rows}
    places = _places(before)
    # A node that is new has no place yet, and then all are laid out anew.
    drafts = tuple(
        NodeDraft(row.id, kind=row.text("type"), name=row.text("name"), x=x, y=y)
        for row in rows
        for x, y in (places.get(row.id, (None, None)),)
    )
    ends = [(parent, row) for row in rows for parent in row.parents if parent in ids and parent != row.id]
    edges = tuple(EdgeDraft(f"{parent}-{row.id}", parent, row.id) for parent, row in ends)
    graph = json.loads(draft_to_graph_text(FlowDraft(drafts, edges)))
    for element, row in zip(graph["nodes"], rows, strict=True):
        own = {key: value for key, value in row.raw.items() if key not in OF_THE_DRAWING}
        element |= {"label": row.text("name"), KEY: {FIELDS: own}}
    for element, (parent, row) in zip(graph["edges"], ends, strict=True):
        if side := _side_of(row.raw, parent):
            element[KEY] = {SIDE: side}
    return json.dumps(graph, ensure_ascii=False)


def _rows(nodes: Any) -> list[_Row]:
    """A draft may leave ids out, or have one twice: those are given new ones."""
    rows: list[_Row] = []
    given = [node for node in (nodes if isinstance(nodes, list) else ()) if isinstance(node, dict)]
    free = 1 + max((int(text) for node in given if (text := _spelled(node.get("id")))), default=0)
    taken: set[str] = set()
    for node in given:
        node_id = _spelled(node.get("id"))
        if not node_id or node_id in taken:
            node_id, free = str(free), free + 1
        taken.add(node_id)
        rows.append(_Row(node_id, node))
    return rows


def _spelled(value: Any) -> str:
    """An id as the drawing writes it; nothing when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value)
    text = text.lstrip("0") or "0" if text.isdecimal() else text
    return text if _ID.fullmatch(text) else ""


def _places(text: str) -> dict[str, tuple[float | None, float | None]]:
    return {node.id: (node.x, node.y) for node in read_graph(text).nodes} if text else {}


def _side_of(node: Mapping[str, Any], parent: str) -> str:
    if node.get("type") != JOIN:
        return ""
    sides = {_spelled(node.get("rightNodeId")): "right", _spelled(node.get("leftNodeId")): "left"}
    return sides.get(parent, "")


# --- from the picture to nodes


def nodes_of(text: str, before: Any = None) -> list[dict[str, Any]]:
    """The nodes that a picture says; what did not change is spelt as in the nodes `before`.

    Raises Wrong for an id that is no number.
    """
    graph = json.loads(text)
    known = {_spelled(raw.get("id")): raw for raw in before or () if isinstance(raw, dict)}
    leading: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for edge in graph.get("edges", ()):
        leading[edge.get("target", "")].append(edge)
    return [
        _node(element, leading[element["id"]], known.get(element["id"], {}))
        for element in graph.get("nodes", ())
    ]


def _node(
    element: Mapping[str, Any], edges: Sequence[Mapping[str, Any]], before: Mapping[str, Any]
) -> dict[str, Any]:
    if not _ID.fullmatch(element["id"]):
        raise Wrong(
            "id", _("%(id)s is no id of a data flow's node: it must be a whole number"), id=element["id"]
        )
    attribute = _object(element.get("attribute"))
    wanted: dict[str, Any] = {
        "type": attribute.get("jobType") or attribute.get("type") or "",
        "id": int(element["id"]),
        "name": element.get("label") or "",
        "parentNodeIds": [_number(edge.get("source")) for edge in edges],
    }
    if wanted["type"] == JOIN:
        wanted |= _sides(edges)
    fields = _object(_object(element.get(KEY)).get(FIELDS))
    wanted |= {key: value for key, value in fields.items() if key not in OF_THE_DRAWING}
    kept = {key: wanted[key] for key in before if key in wanted}
    return {**kept, **wanted} | {key: before[key] for key in _respelt(before, wanted)}


def _respelt(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """The ids that are what they were: a text of digits is as good as the number."""
    ids = ("id", "parentNodeIds", "leftNodeId", "rightNodeId")
    return [key for key in ids if key in before and key in wanted and _ids(before[key]) == _ids(wanted[key])]


def _ids(value: Any) -> list[str]:
    return [_spelled(each) for each in (value if isinstance(value, list) else [value])]


def _sides(edges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Which parent is left and which right: as the edges say, the others in their order."""
    found: dict[str, Any] = {}
    rest = []
    for edge in edges:
        key = {"left": "leftNodeId", "right": "rightNodeId"}.get(_object(edge.get(KEY)).get(SIDE, ""), "")
        if key and key not in found:
            found[key] = _number(edge.get("source"))
        else:
            rest.append(_number(edge.get("source")))
    free = [key for key in ("leftNodeId", "rightNodeId") if key not in found]
    return found | dict(zip(free, rest, strict=False))


def _number(text: Any) -> Any:
    return int(text) if isinstance(text, str) and _ID.fullmatch(text) else text


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
