"""Drawing a graph that came without a drawing.

Layers from top to bottom, a node below all its parents, each layer ordered by where the
parents stand and centred. The canvas has a better layout; this one gives a graph that was
sent by a program a first picture.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from apps.engine.declared import KEY
from apps.engine.drafts import END, JOB, START, EdgeDraft, FlowDraft, NodeDraft
from apps.engine.wiring import children_of, topological_order

COLUMN, ROW = 210, 110
TOP = 40
CONTROL_SIZE, JOB_SIZE = "80*34", "170*34"


def layered_positions(children: Sequence[Sequence[int]]) -> list[tuple[float, float]]:
    """The centre of each node, for a graph given as the children of each ordinal."""
    layers = _layers(children)
    width = (max(map(len, layers), default=1) + 1) * COLUMN
    places: list[tuple[float, float]] = [(0, 0)] * len(children)
    pull: list[list[float]] = [[] for _ in children]  # x of the parents that are placed
    for depth, layer in enumerate(layers):
        layer.sort(key=lambda ordinal: (sum(pull[ordinal]) / (len(pull[ordinal]) or 1), ordinal))
        for place, ordinal in enumerate(layer):
            x = (width + (2 * place - len(layer) + 1) * COLUMN) / 2
            places[ordinal] = (x, TOP + depth * ROW)
            for child in children[ordinal]:
                pull[child].append(x)
    return places


def _layers(children: Sequence[Sequence[int]]) -> list[list[int]]:
    """Ordinals by the length of the longest way to them; what is caught in a cycle comes last."""
    depth = [0] * len(children)
    order = topological_order(children)
    for ordinal in order:
        for child in children[ordinal]:
            depth[child] = max(depth[child], depth[ordinal] + 1)
    ordered = set(order)
    last = 1 + max((depth[ordinal] for ordinal in order), default=-1)
    layers: list[list[int]] = [[] for _ in range(last + 1)]
    for ordinal in range(len(children)):
        layers[depth[ordinal] if ordinal in ordered else last].append(ordinal)
    return [layer for layer in layers if layer]


def shape_of(kind: str) -> str:
    """The name of the shape that draws a kind, after EMR's pattern.

    >>> shape_of("SPARK_SQL"), shape_of("SHELL"), shape_of("START")
    ('sparkSQLJobNode', 'shellJobNode', 'startControlNode')
    """
    if kind in (START, END):
        return f"{kind.lower()}ControlNode"
    first, *rest = (kind or JOB).split("_")
    words = [word if word == "SQL" else word.capitalize() for word in rest]
    return f"{first.lower()}{''.join(words)}JobNode"


def draft_to_graph_text(draft: FlowDraft) -> str:
    """EMR Graph JSON for `draft`; nodes without a position are laid out."""
    places: Sequence[tuple[float | None, float | None]]
    if any(node.x is None or node.y is None for node in draft.nodes):
        places = layered_positions(children_of(draft))
    else:
        places = [(node.x, node.y) for node in draft.nodes]
    types = {node.id: node.type for node in draft.nodes}
    nodes = [_draw_node(index, node, *places[index]) for index, node in enumerate(draft.nodes)]
    edges = [
        _draw_edge(index, edge, types.get(edge.source, ""))
        for index, edge in enumerate(draft.edges, len(nodes))
    ]
    return json.dumps({"nodes": nodes, "edges": edges}, ensure_ascii=False)


def _draw_node(index: int, node: NodeDraft, x: float | None, y: float | None) -> dict[str, Any]:
    control = node.type in (START, END)
    drawn: dict[str, Any] = {"id": node.id, "index": index, "type": "node"}
    drawn |= {
        "shape": shape_of(node.kind or node.type),
        "size": CONTROL_SIZE if control else JOB_SIZE,
        "x": x,
        "y": y,
    }
    if control:
        return drawn | {"attribute": {"type": node.type}}
    attribute = {"type": node.type}
    if node.type == JOB:
        attribute |= {"jobId": node.job, "jobType": node.kind}
    config = {"hostName": node.host}
    if node.cluster:
        config["clusterId"] = node.cluster
    ours = {KEY: node.attributes[KEY]} if KEY in node.attributes else {}
    return drawn | {"label": node.title, "attribute": attribute, "config": config} | ours


def _draw_edge(index: int, edge: EdgeDraft, source_type: str) -> dict[str, Any]:
    anchor = 0 if source_type == START else 1
    return {
        "id": edge.id,
        "index": index,
        "source": edge.source,
        "sourceAnchor": anchor,
        "target": edge.target,
        "targetAnchor": 0,
    }
