"""What a branch and a join say: their content where they have none, and which edge is which."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.gateways.dataworks.flowspec.fields import dict_of, dicts_of, pick, text_of
from apps.gateways.dataworks.flowspec.model import NodeSpec
from apps.gateways.dataworks.flowspec.references import node_reference

BRANCH, JOIN, SUB_PROCESS = "CONTROLLER_BRANCH", "CONTROLLER_JOIN", "SUB_PROCESS"


def control_content(source: dict[str, Any], command: str) -> str:
    """What the script of a branch or join would hold, of one that is only described beside it."""
    if command == BRANCH:
        rows = [_row(each) for each in dicts_of(pick(pick(source, "branch"), "branches"))]
        return json.dumps(rows, ensure_ascii=False) if rows else ""
    if command == JOIN:
        join = pick(source, "join")
        sides = [_side(each) for each in dicts_of(pick(join, "branches"))]
        found: dict[str, Any] = {
            "branchList": sides,
            "expression": text_of(pick(pick(join, "logic"), "expression")),
            "resultStatus": text_of(pick(join, "resultStatus")) or "1",
        }
        return json.dumps(found, ensure_ascii=False)
    if command == SUB_PROCESS:
        called = dict_of(pick(source, "subflow"))
        found = {name: node_reference(pick(called, name)) for name in ("id", "output")}
        return json.dumps({name: value for name, value in found.items() if value}, ensure_ascii=False)
    return ""


def edge_labels(
    nodes: Sequence[NodeSpec], edges: Mapping[tuple[int, int], set[str]]
) -> dict[tuple[int, int], dict[str, Any]]:
    """What is drawn on edges, under our own key: the outputs of a branch, and the side of a join.

    `edges` say by which names the one node calls the other.
    """
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for (source, target), names in edges.items():
        label: dict[str, Any] = {}
        ways = [name for name in _outputs(nodes[source]) if name in names]
        if ways:
            label |= {"label": ", ".join(ways)} | ({"ways": ways} if len(ways) > 1 else {})
        own = {nodes[source].id, nodes[source].name, *nodes[source].outputs}
        if side := next((name for name in _sides(nodes[target]) if name in own), ""):
            label["side"] = side
        if takes := _takes(nodes[target], own):
            label["takes"] = takes
        if label:
            found[source, target] = label
    return found


def _outputs(node: NodeSpec) -> list[str]:
    """The outputs that a branch opens."""
    if node.command.strip().upper() != BRANCH:
        return []
    return list(dict.fromkeys(text_of(pick(row, "nodeoutput")) for row in dicts_of(_parsed(node.content))))


def _takes(node: NodeSpec, of: set[str]) -> dict[str, str]:
    """The parameters of a node that are what an assignment before it left."""
    found = {}
    for variable in dicts_of(pick(pick(node.source, "inputs", "input"), "variables", "variable")):
        holders = (variable, pick(variable, "referenceVariable", "from"))
        named = {node_reference(pick(pick(h, "node"), key)) for h in holders for key in ("output", "nodeId")}
        if named & of and text_of(pick(variable, "value")) == "${outputs}":
            found[text_of(pick(variable, "inputName")) or text_of(pick(variable, "name"))] = "outputs"
    return found


def _sides(node: NodeSpec) -> Iterator[str]:
    """The nodes that a join names."""
    if node.command.strip().upper() == JOIN:
        rows = pick(_parsed(node.content), "branchList")
        for row in dicts_of(_parsed(rows) if isinstance(rows, str) else rows):
            yield text_of(pick(row, "node"))


def _row(branch: dict[str, Any]) -> dict[str, Any]:
    output = pick(branch, "output")
    data = pick(output, "data") if isinstance(output, dict) else output
    return {
        "condition": text_of(pick(branch, "when")),
        "nodeoutput": node_reference(data),
        "description": text_of(pick(branch, "desc")),
    }


def _side(branch: dict[str, Any]) -> dict[str, Any]:
    output = pick(branch, "output")
    data = pick(output, "data") if isinstance(output, dict) else output
    states = pick(dict_of(pick(branch, "assertion")), "in")
    return {
        "name": text_of(pick(branch, "name")),
        "node": node_reference(pick(branch, "nodeId")) or node_reference(data),
        "runStatus": [text_of(each) for each in states] if isinstance(states, list) else [],
        "logic": 1,
    }


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text or "null")
    except (TypeError, ValueError):
        return None
