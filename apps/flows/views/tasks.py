"""The part of a node's panel that says what the node declares, and the rows a task left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from apps.engine.declared import (
    KEY,
    BadDeclaration,
    Declaration,
    Input,
    free_task_id,
    read_declaration,
    task_ids,
)
from apps.engine.drafts import NodeDraft
from apps.flows.inputs import declarations, inputs_of
from apps.flows.models import Flow
from apps.flows.revisions import checked_draft, jobs_of
from apps.flows.task_forms import NodeInputs, TaskForm, rows_of
from apps.jobs.kinds import KINDS, Kind
from apps.lib.errors import Invalid


def task_context(
    nodes: Sequence[NodeDraft], node: NodeDraft, kind: Kind | None, data: QueryDict | None = None
) -> dict[str, Any]:
    """The forms of a node whose kind has tasks; nothing for any other."""
    if kind is None or not kind.task:
        return {}
    try:
        declared = read_declaration(node)
    except BadDeclaration:
        declared = Declaration()  # it is said when the flow is run; saving this panel repairs it
    taken = [task for other, task in _tasks(nodes).items() if other != node.id]
    task = declared.task or _tasks(nodes).get(node.id) or free_task_id(kind.task, taken)
    return {
        "task_form": TaskForm(data, taken=taken, initial={"task": task}),
        "input_forms": NodeInputs(
            data, own=kind.inputs, prefix="inputs", initial=rows_of(kind.inputs, declared.inputs)
        ),
    }


def _tasks(nodes: Sequence[NodeDraft]) -> dict[str, str]:
    """The task id of each node that has one, as far as the drawing is sound."""
    found = []
    for node in nodes:
        kind = KINDS.get(node.kind)
        try:
            found.append((node.id, read_declaration(node).task, kind.task if kind else ""))
        except BadDeclaration:
            continue
    try:
        return task_ids(found)
    except BadDeclaration:
        return {node_id: task for node_id, task, _prefix in found if task}


def is_valid(context: Mapping[str, Any]) -> bool:
    # Both are asked, so that both can show what is wrong with them.
    verdicts = [context[name].is_valid() for name in ("task_form", "input_forms") if name in context]
    return all(verdicts)


def declared_operations(node: NodeDraft, context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What must be set in the drawing so that the node declares what was given."""
    if "task_form" not in context:
        return []
    inputs = [form.declared for form in context["input_forms"] if form.declared]
    before = node.attributes.get(KEY)
    held = dict(before) if isinstance(before, Mapping) else {}
    held |= {"task": context["task_form"].cleaned_data["task"]}
    held |= {"inputs": [one.as_json() for one in inputs]} if inputs or "inputs" in held else {}
    if held == before:
        return []
    return [{"op": "set", "of": "node", "id": node.id, "path": [KEY], "value": held}]


def after(node: NodeDraft, ops: Sequence[Mapping[str, Any]]) -> NodeDraft:
    """The node as it is once the operations have been applied, as far as it declares anything."""
    held = {op["path"][0]: op["value"] for op in ops if op["path"] == [KEY]}
    return replace(node, attributes={**node.attributes, **held})


def declared_tasks(flow: Flow) -> list[tuple[str, str, list[Input]]]:
    """Node id, task id and parameters of each task, as the drawing is now; none while it cannot run."""
    try:
        draft = checked_draft(flow.document.text)
        jobs = jobs_of(flow.project_id, draft)
        kinds = {node.id: jobs[node.job].kind for node in draft.nodes if node.job in jobs}
        found = declarations(draft, kinds)
    except Invalid:
        return []
    tasks = [(node, held["task"], inputs_of({"inputs": held["inputs"]})) for node, held in found.items()]
    return [(node, task, [one for one in inputs if _is_asked(one)]) for node, task, inputs in tasks]


def _is_asked(one: Input) -> bool:
    """A kind's own parameter that the drawing says nothing about is not asked for at every run."""
    return one.required or one.default is not None or bool(one.source)
