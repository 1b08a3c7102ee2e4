"""From the text of a document to what it says."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from apps.gateways.dataworks.flowspec.control import control_content, edge_labels
from apps.gateways.dataworks.flowspec.edges import Wires, names_of
from apps.gateways.dataworks.flowspec.fields import (
    Note,
    SpecError,
    choice_of,
    dict_of,
    dicts_of,
    parse,
    pick,
    text_of,
)
from apps.gateways.dataworks.flowspec.model import KINDS, Document, NodeSpec, WorkflowSpec
from apps.gateways.dataworks.flowspec.references import Shared
from apps.gateways.dataworks.flowspec.settings import (
    combine,
    read_command,
    read_content,
    read_parameters,
    read_strategy,
    read_trigger,
)

LONGEST_NAME, MAX_NODES, MAX_WORKFLOWS = 128, 10_000, 200
#: Nodes that hold a flow of their own.
CONTAINERS = ("do-while", "for-each", "foreach", "combined", "subflow", "paiflow")
#: What lies beside version and kind rather than in the spec, also in documents without `spec`.
ENVELOPE = ("version", "kind", "metadata", "$schema")
#: Settings that are kept and given back; nothing here acts on them.
KEPT = (
    "priority",
    "priorityWeightStrategy",
    "maxInternalConcurrency",
    "instanceMode",
    "ignoreBranchConditionSkip",
)


def read_document(text: str, kinds: Collection[str], identifiers: Collection[str] = ()) -> Document:
    """The document that `text` holds, if it is one of these `kinds`. Raises SpecError.

    `identifiers` are names of the workspace, with which outputs of its nodes may begin.
    """
    raw = parse(text)
    if not isinstance(raw, dict):
        raise SpecError("Spec JSON parse failed: a document is an object with version, kind and spec")
    kind = _kind_of(raw, kinds)
    notes: list[Note] = []
    version = _version_of(raw, notes)
    spec = _spec_of(raw)
    shared = Shared(spec)
    known = frozenset(identifiers)
    workflows = [
        _read_workflow(shared.expand(flow, f"$.spec.workflows[{place}]"), f"$.spec.workflows[{place}]", known)
        for place, flow in enumerate(_workflows_of(spec, kind))
    ]
    ids = [flow.id for flow in workflows if flow.id]
    if len(set(ids)) < len(ids):
        raise SpecError("duplicate id: two workflows have the same id", "$.spec.workflows")
    outer = pick(spec, "dependencies", "flow") if pick(spec, "workflows") else None
    workflows = [_with_outer(flow, outer) for flow in workflows]
    envelope = {key: value for key, value in raw.items() if key in ENVELOPE}
    envelope = {"version": version, "kind": kind} | envelope | {"kind": kind}
    envelope["spec"] = {
        key: value for key, value in spec.items() if key not in ("workflows", "nodes", "flow", "dependencies")
    }
    return Document(version, kind, envelope, tuple(workflows), (*notes, *shared.notes))


def read_stored(
    flow: dict[str, Any], nodes: list[dict[str, Any]], identifiers: Collection[str] = ()
) -> WorkflowSpec:
    """The workflow of these sources, which were read before: references are gone from them."""
    return _read_workflow(flow | {"nodes": nodes}, "$.spec.workflows[0]", frozenset(identifiers))


def _kind_of(raw: dict[str, Any], kinds: Collection[str]) -> str:
    kind = choice_of(pick(raw, "kind"), KINDS, "$.kind")
    if not kind:
        raise SpecError("kind is empty", "$.kind")
    if kind not in kinds:
        raise SpecError(f"spec kind and request not match: {kind} is none of {', '.join(kinds)}", "$.kind")
    return kind


def _version_of(raw: dict[str, Any], notes: list[Note]) -> str:
    version = text_of(pick(raw, "version")).strip()
    if not version:
        notes.append(Note("kept", "$.version", "there is no version: read as 1.1.0"))
        return "1.1.0"
    if not re.fullmatch(r"[12]\.\d{1,4}\.\d{1,4}", version):
        raise SpecError(f"version {version[:20]} is not one of 1.x.y and 2.x.y", "$.version")
    return version


def _spec_of(raw: dict[str, Any]) -> dict[str, Any]:
    spec = pick(raw, "spec")
    if spec is None:  # version 1.0.0 has no wrapper
        return {key: value for key, value in raw.items() if key not in ENVELOPE}
    if not isinstance(spec, dict):
        raise SpecError("spec must be an object", "$.spec")
    return spec


def _workflows_of(spec: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The workflows, or the one that the whole spec is when it has nodes of its own."""
    workflows = pick(spec, "workflows")
    if workflows:
        if not isinstance(workflows, list) or not all(isinstance(flow, dict) for flow in workflows):
            raise SpecError("workflows must be a list of objects", "$.spec.workflows")
        if len(workflows) > MAX_WORKFLOWS:
            raise SpecError(f"there are more than {MAX_WORKFLOWS} workflows", "$.spec.workflows")
        return workflows
    nodes = pick(spec, "nodes")
    if not nodes and not (pick(spec, "name") or pick(spec, "id")):
        return []
    own = ("id", "name", "type", "owner", "description", "strategy", "script", "trigger", "inputs", "outputs")
    flow = {name: value for name in own if (value := pick(spec, name)) is not None}
    # A document about a node says what changes, and that need not be its name.
    flow.setdefault("name", text_of(pick(spec, "id")) or ("node" if kind.endswith("Node") else ""))
    return [flow | {"nodes": nodes or [], "dependencies": pick(spec, "dependencies", "flow") or []}]


def _name_of(flow: dict[str, Any], path: Any) -> str:
    """Documents of bare nodes, and some that were migrated, have no name of their own."""
    real = [node for node in dicts_of(pick(flow, "nodes")) if pick(node, "reference") is None]
    first = next(iter(real), {})
    tail = text_of(path).strip("/ ").rpartition("/")[2]
    names = (pick(flow, "name"), tail, pick(flow, "id"), pick(first, "name"), pick(first, "id"))
    return next((name for value in names if (name := text_of(value).strip())), "")


def _read_workflow(source: dict[str, Any], path: str, identifiers: frozenset[str]) -> WorkflowSpec:
    notes: list[Note] = []
    script, strategy = pick(source, "script"), read_strategy(source, path)
    name = _checked_name(_name_of(source, pick(script, "path")), f"{path}.name")
    nodes = _read_nodes(pick(source, "nodes"), f"{path}.nodes", notes)
    nodes = [replace(node, strategy=combine(node.strategy, strategy)) for node in nodes]
    flow_id = text_of(pick(source, "id")).strip()
    wires = Wires(
        nodes, identifiers | _identifiers(source) | {n for node in nodes for n in _identifiers(node.source)}
    )
    wires.take_dependencies(
        pick(source, "dependencies", "flow"), f"{path}.dependencies", frozenset(filter(None, (flow_id, name)))
    )
    wires.take_nodes()
    wires.check_cycles()
    for upstream in names_of(pick(source, "inputs", "input")):
        wires._connect(None, None, upstream, "Normal")
    notes += (
        wires.notes
        + _kept(source, path)
        + [note for node in nodes for note in _kept(node.source, f"{path}.{node.name}")]
    )
    return WorkflowSpec(
        id=flow_id,
        name=name,
        source={key: value for key, value in source.items() if key != "nodes"},
        command=read_command(script),
        path=text_of(pick(script, "path")).strip(),
        description=text_of(pick(source, "description")),
        parameters=read_parameters(
            pick(script, "parameters"),
            pick(pick(source, "inputs"), "variables"),
            path=f"{path}.script.parameters",
            notes=notes,
        ),
        strategy=strategy,
        trigger=read_trigger(pick(source, "trigger"), f"{path}.trigger", notes),
        outputs=names_of(pick(source, "outputs", "output")),
        nodes=tuple(nodes),
        edges=tuple(wires.edges),
        labels=edge_labels(nodes, wires.edges),
        externals=tuple(wires.externals),
        notes=tuple(notes),
    )


def _read_nodes(items: Any, path: str, notes: list[Note]) -> list[NodeSpec]:
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SpecError("nodes must be a list of objects", path)
    if len(items) > MAX_NODES:
        raise SpecError(f"there are more than {MAX_NODES} nodes", path)
    nodes = [_read_node(item, f"{path}[{place}]", place, notes) for place, item in enumerate(items)]
    seen: set[str] = set()
    for place, node in enumerate(nodes):
        if node.id in seen:
            raise SpecError(f"duplicate id: two nodes have the id {node.id}", f"{path}[{place}].id")
        seen.add(node.id)
    return nodes


def _read_node(source: dict[str, Any], path: str, place: int, notes: list[Note]) -> NodeSpec:
    script = pick(source, "script")
    node_id, name = text_of(pick(source, "id")).strip(), text_of(pick(source, "name")).strip()
    if any(pick(source, container) for container in CONTAINERS):
        notes.append(
            Note(
                "cannot_run", path, f"the nodes inside {name or node_id} are kept, neither drawn nor run yet"
            )
        )
    trigger = read_trigger(pick(source, "trigger"), f"{path}.trigger", notes)
    if trigger.delay_seconds:
        notes.append(
            Note("kept", f"{path}.trigger.delaySeconds", "the delay is kept; the node starts without it")
        )
    strategy = read_strategy(source, path)
    return NodeSpec(
        id=node_id or name or f"node_{place + 1}",
        name=_checked_name(name or node_id or f"node_{place + 1}", f"{path}.name"),
        source=source,
        command=(command := read_command(script)),
        content=read_content(script) or control_content(source, command.strip().upper()),
        path=text_of(pick(script, "path")).strip(),
        description=text_of(pick(source, "description")),
        parameters=read_parameters(pick(script, "parameters"), path=f"{path}.script.parameters", notes=notes),
        strategy=strategy,
        trigger=trigger,
        outputs=names_of(pick(source, "outputs", "output")),
        stands_for=text_of(pick(pick(source, "reference"), "output")),
    )


def _checked_name(name: str, path: str) -> str:
    name = name.strip()
    if not name:
        raise SpecError("name is empty", path)
    if len(name) > LONGEST_NAME:
        raise SpecError(f"a name has at most {LONGEST_NAME} characters, this one has {len(name)}", path)
    return name


def _identifiers(source: dict[str, Any]) -> frozenset[str]:
    project = dict_of(pick(pick(source, "metadata"), "project"))
    found = text_of(pick(project, "projectIdentifier"))
    return frozenset([found]) if found else frozenset()


def _kept(source: dict[str, Any], path: str) -> list[Note]:
    grouped = dict_of(pick(source, "strategy"))
    found = [name for name in KEPT if name in source or name in grouped]
    return [Note("kept", path, f"kept without effect here: {', '.join(found)}")] if found else []


def _with_outer(flow: WorkflowSpec, entries: Any) -> WorkflowSpec:
    """The conditions for a whole workflow, which stand beside the list of workflows."""
    mine = [
        entry
        for entry in dicts_of(entries)
        if text_of(pick(entry, "nodeId")).strip("{} ") in (flow.id, flow.name)
    ]
    if not mine:
        return flow
    wires = Wires(())
    wires.take_dependencies(mine, "$.spec.dependencies", frozenset((flow.id, flow.name)))
    return replace(flow, externals=tuple(dict.fromkeys((*flow.externals, *wires.externals))))
