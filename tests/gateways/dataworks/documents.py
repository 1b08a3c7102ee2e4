"""Documents for tests: small ones of the shapes that callers send."""

from __future__ import annotations

import json
from typing import Any

from apps.engine.drafts import read_graph
from apps.flows.models import Flow

TRIGGER = {
    "type": "Scheduler",
    "cron": "00 30 02 * * ?",
    "startTime": "1970-01-01 00:00:00",
    "endTime": "9999-01-01 00:00:00",
    "timezone": "Asia/Shanghai",
    "delaySeconds": 0,
}


def node(name: str, content: str = "true", command: str = "DIDE_SHELL", **fields: Any) -> dict[str, Any]:
    """A node that declares `<name>_out`."""
    script = {"path": f"tests/{name}", "content": content, "runtime": {"command": command}}
    return {
        "id": f"id_{name}",
        "name": name,
        "script": script,
        "outputs": {"nodeOutputs": [{"data": f"{name}_out", "artifactType": "NodeOutput"}]},
    } | fields


def after(name: str, *upstream: str) -> dict[str, Any]:
    depends = [{"type": "Normal", "output": f"{each}_out"} for each in upstream]
    return {"nodeId": f"id_{name}", "depends": depends}


def workflow(name: str = "daily", *nodes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "script": {"path": f"team/{name}", "runtime": {"command": "WORKFLOW"}},
        "trigger": TRIGGER,
        "nodes": list(nodes),
        "dependencies": [],
    } | fields


def document(*workflows: dict[str, Any], kind: str = "CycleWorkflow", **spec: Any) -> str:
    return json.dumps({"version": "1.1.0", "kind": kind, "spec": {"workflows": list(workflows)} | spec})


def chain(name: str = "daily", kind: str = "CycleWorkflow", **fields: Any) -> str:
    """a → b → c."""
    nodes = [node(letter, f"echo {letter} $1") for letter in "abc"]
    dependencies = [after("b", "a"), after("c", "b")]
    return document(workflow(name, *nodes, dependencies=dependencies, **fields), kind=kind)


def node_document(*nodes: dict[str, Any], kind: str = "Node", **spec: Any) -> str:
    return json.dumps({"version": "1.1.0", "kind": kind, "spec": {"nodes": list(nodes)} | spec})


def edges_of(flow: Flow) -> set[tuple[str, str]]:
    flow.document.refresh_from_db()
    draft = read_graph(flow.document.text)
    titles = {each.id: each.name or each.type for each in draft.nodes}
    return {(titles[edge.source], titles[edge.target]) for edge in draft.edges}
