"""EMR's Application format: a graph as a map of named nodes that each list who comes next.

A node's name becomes its id in the drawing, so node instances carry the names that the
caller gave, and a graph written in this format reads back with the same names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.engine.drafts import (
    END,
    JOB,
    MAX_ID,
    START,
    EdgeDraft,
    FlowDraft,
    NodeDraft,
    UnreadableGraph,
    parse_json,
)
from apps.engine.wiring import children_of, parent_counts

CLUSTER = "CLUSTER"
START_NAME = ":start:"
#: The word for a node's type in this format -> ours.
TYPES = {":start:": START, ":cluster:": CLUSTER, ":action:": JOB, ":end:": END}
_WORDS = {START: ":start:", CLUSTER: ":Cluster:", END: ":end:"}


def read_application(text: str) -> FlowDraft:
    """The graph of an Application text. Raises UnreadableGraph.

    The format tells neither a job's kind nor its title: see `with_jobs`.
    """
    application = parse_json(text)
    nodes = application.get("nodeDefMap") if isinstance(application, dict) else None
    if not isinstance(nodes, dict):
        raise UnreadableGraph(
            "not_an_object", "An Application is an object with “nodeDefMap”, itself an object."
        )
    names = {name: f"n{number:07x}" for number, name in enumerate(nodes)}
    return FlowDraft(
        tuple(_read_node(name, raw) for name, raw in nodes.items()),
        tuple(
            EdgeDraft(f"{names[name]}-{place}", name, target)
            for name, raw in nodes.items()
            for place, target in enumerate(_transitions(name, raw))
        ),
    )


def _read_node(name: str, raw: Any) -> NodeDraft:
    if not isinstance(raw, dict):
        raise UnreadableGraph("not_an_object", f"Node “{name}” of nodeDefMap must be an object.")
    if not 0 < len(name) <= MAX_ID or not name.isprintable():
        raise UnreadableGraph("not_an_object", f"A node's name must be 1 to {MAX_ID} printable characters.")
    node_type = TYPES.get(str(raw.get("type", ":action:")).lower())
    if node_type is None:
        raise UnreadableGraph(
            "not_an_object", f"Node “{name}” has the type {raw['type']!r}; known are {', '.join(TYPES)}."
        )
    return NodeDraft(
        id=name,
        type=node_type,
        kind="" if node_type == JOB else node_type,
        name="" if node_type in (START, END) else name,
        job=_text(raw, "jobId"),
        host=_text(raw, "hostName"),
        cluster=_text(raw, "id" if node_type == CLUSTER else "clusterId"),
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) and value.isprintable() else ""


def _transitions(name: str, raw: Mapping[str, Any]) -> list[str]:
    targets = raw.get("transitions")
    if targets is None:
        return []
    if not isinstance(targets, list) or not all(isinstance(target, str) for target in targets):
        raise UnreadableGraph("not_an_object", f"“transitions” of node “{name}” must be a list of names.")
    return targets


def with_jobs(draft: FlowDraft, jobs: Mapping[str, tuple[str, str]]) -> FlowDraft:
    """`draft` with each job node's kind and title, from {job id text: (kind, name)}."""
    return replace(
        draft,
        nodes=tuple(
            replace(node, kind=jobs[node.job][0], name=jobs[node.job][1]) if node.job in jobs else node
            for node in draft.nodes
        ),
    )


def write_application(draft: FlowDraft) -> str:
    """The Application text of any graph; nodes are named by their ids, START as the format demands."""
    names = [START_NAME if node.type == START else node.id for node in draft.nodes]
    children = children_of(draft)
    parents = parent_counts(children)
    nodes = {}
    for ordinal, node in enumerate(draft.nodes):
        raw: dict[str, Any] = {"name": names[ordinal], "type": _WORDS.get(node.type, ":action:")}
        if node.type == CLUSTER:
            raw["id"] = node.cluster
        elif raw["type"] == ":action:":
            raw["jobId"] = node.job
            raw |= {"clusterId": node.cluster} if node.cluster else {}
            raw |= {"hostName": node.host} if node.host else {}
            raw["dependencies"] = parents[ordinal]
        if node.type != END:
            raw["transitions"] = [names[child] for child in children[ordinal]]
        nodes[names[ordinal]] = raw
    return json.dumps({"nodeDefMap": nodes}, ensure_ascii=False)
