"""Nodes and edges as the engine sees them, read from a drawing.

A drawing is EMR Graph JSON. `read_graph` takes from it what the engine needs and ignores
the rest; what a node is follows from `attribute.type` and `attribute.jobType` alone, its
shape is decoration. A node's place in `nodes` is its ordinal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

START, END, JOB = "START", "END", "JOB"
MAX_ID = 64
#: Positions beyond this are taken for no position.
MAX_COORDINATE = 1e9


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
    attributes: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def title(self) -> str:
        return self.name or (self.type if self.type in (START, END) else self.id)


@dataclass(frozen=True, slots=True)
class EdgeDraft:
    id: str
    source: str
    target: str
    attributes: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


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
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MAX_COORDINATE:
        return None
    return value
