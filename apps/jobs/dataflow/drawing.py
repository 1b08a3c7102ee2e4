"""A data flow as a picture: EMR Graph JSON derived from its nodes, with computed places."""

from __future__ import annotations

import json
from typing import Any

from apps.engine.drafts import EdgeDraft, FlowDraft, NodeDraft, read_graph
from apps.engine.layout import draft_to_graph_text
from apps.jobs.dataflow.compiling import Drawn, read_nodes
from apps.jobs.dataflow.reading import Wrong


def draw(nodes: Any, before: str = "") -> str:
    """The picture of as many nodes as can be read; those of a draft may be unfinished.

    What was in the picture `before` stays where it was put.
    """
    drawn = [node for node in map(_read, nodes if isinstance(nodes, list) else ()) if node]
    ids = {node.id for node in drawn}
    places = _places(before)
    # A node that is new has no place yet, and then all are laid out anew.
    drafts = tuple(
        NodeDraft(node.id, node.type, node.type, name=node.name, x=x, y=y)
        for node in drawn
        for x, y in (places.get(node.id, (None, None)),)
    )
    edges = tuple(
        EdgeDraft(f"{parent}-{node.id}", parent, node.id)
        for node in drawn
        for parent in node.parents
        if parent in ids
    )
    graph = json.loads(draft_to_graph_text(FlowDraft(drafts, edges)))
    for element, node in zip(graph["nodes"], drawn, strict=True):
        element["attribute"]["jobType"] = node.type
        element["headrace"] = {"detail": _detail(node.part.value)}
    return json.dumps(graph, ensure_ascii=False)


def _places(text: str) -> dict[str, tuple[float | None, float | None]]:
    return {node.id: (node.x, node.y) for node in read_graph(text).nodes} if text else {}


def _read(node: Any) -> Drawn | None:
    try:
        return read_nodes([node])[0]
    except Wrong:
        return None


def _detail(node: dict[str, Any]) -> str:
    """What the node does in a line: where it reads or writes, what it keeps."""
    if "bucketName" in node:
        parts = (node.get("bucketName"), node.get("prefix"))
        mode = f" · {node['updateType']}" if node.get("updateType") else ""
        return f"{'/'.join(str(part) for part in parts)} · {node.get('dataType', '')}{mode}"
    if node.get("type") == "TRANSFORM_FILTER" and isinstance(node.get("filterConditionList"), list):
        tests = [test for test in node["filterConditionList"] if isinstance(test, dict)]
        words = (f"{test.get('name')} {test.get('operator')} {test.get('value')}" for test in tests)
        return f" {node.get('filterType', 'AND')} ".join(words)
    return str(node.get("joinType") or node.get("unionType") or "")
