"""Declared parameters of nodes: frozen with a revision, checked when given, filled when a node starts.

A node of a revision that has a task id holds `task` and `inputs`, a list of declared
parameters. What was given for them is in the node run's inputs; what a task before leaves
is in its result file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from apps.engine.declared import (
    LISTS,
    BadDeclaration,
    Declaration,
    Input,
    merged,
    read_declaration,
    split,
    task_ids,
    wrong_value,
)
from apps.engine.drafts import FlowDraft, NodeDraft
from apps.engine.wiring import children_of
from apps.jobs.graphs.results import read_rows
from apps.jobs.kinds import KINDS, JobError
from apps.lib.errors import Invalid

#: How many values of a column are handed to a parameter.
MAX_VALUES = 100


def declarations(draft: FlowDraft, kinds: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """By node id, what its node in a revision holds beside the rest. `kinds` are those of the jobs.

    Raises Invalid when the declarations cannot be.
    """
    try:
        found = {node.id: read_declaration(node) for node in draft.nodes}
        tasks = task_ids(
            (node.id, found[node.id].task, _prefix(kinds.get(node.id, node.kind))) for node in draft.nodes
        )
        _check_sources(draft, found, tasks)
    except BadDeclaration as error:
        raise Invalid(str(error), field="graph", code="bad_declaration") from None
    return {
        node.id: {"task": tasks[node.id], "inputs": _inputs(kinds.get(node.id, node.kind), found[node.id])}
        for node in draft.nodes
        if node.id in tasks
    }


def _prefix(kind: str) -> str:
    return KINDS[kind].task if kind in KINDS else ""


def _inputs(kind: str, declared: Declaration) -> list[dict[str, Any]]:
    own = KINDS[kind].inputs if kind in KINDS else ()
    return [asdict(one) for one in merged(own, declared.inputs)]


def _check_sources(draft: FlowDraft, found: Mapping[str, Declaration], tasks: Mapping[str, str]) -> None:
    """A parameter is filled by a task that comes before its own."""
    wanted = [(node, one) for node in draft.nodes for one in found[node.id].inputs if one.source]
    if not wanted:
        return
    by_task = {task: node_id for node_id, task in tasks.items()}
    parents = _parents(draft)
    for node, one in wanted:
        source = by_task.get(one.source)
        if source is None or source not in _before(node, parents):
            raise BadDeclaration(
                f"{one.name} of “{node.title}” is filled by task {one.source}, which does not come before it."
            )


def _parents(draft: FlowDraft) -> dict[str, list[str]]:
    parents: dict[str, list[str]] = {node.id: [] for node in draft.nodes}
    for node, children in zip(draft.nodes, children_of(draft), strict=True):
        for child in children:
            parents[draft.nodes[child].id].append(node.id)
    return parents


def _before(node: NodeDraft, parents: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    todo = list(parents[node.id])
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += parents[one]
    return found


# --- what a caller gives


def inputs_of(node: Mapping[str, Any]) -> list[Input]:
    return [Input(**one) for one in node.get("inputs", ())]


def given_by_task(nodes: Sequence[Mapping[str, Any]], given: Any) -> dict[str, dict[str, Any]]:
    """`{task id: {name: value}}` as `{node id: {name: value}}`.

    Raises Invalid naming the first thing that no node declares.
    """
    if not isinstance(given, Mapping):
        raise Invalid("input must be an object of task ids.", field="input")
    by_task = {node["task"]: node for node in nodes if "task" in node}
    found = {}
    for task, values in given.items():
        if task not in by_task:
            raise Invalid(f"There is no task {task} in this workflow.", field=f"input.{task}")
        if not isinstance(values, Mapping):
            raise Invalid(f"input.{task} must be an object of parameters.", field=f"input.{task}")
        known = [one.name for one in inputs_of(by_task[task])]
        for name in values:
            if name not in known:
                has = f"it has {', '.join(known)}" if known else "it has none"
                raise Invalid(f"Task {task} has no parameter {name}; {has}.", field=f"input.{task}.{name}")
        if not known:
            raise Invalid(f"Task {task} has no parameters.", field=f"input.{task}")
        found[by_task[task]["id"]] = dict(values)
    return found


def check_inputs(nodes: Iterable[Mapping[str, Any]], given: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise Invalid for a value that does not fit its declaration, and for one that is missing."""
    for node in nodes:
        values = given.get(node["id"], {})
        for one in inputs_of(node):
            where = f"input.{node['task']}.{one.name}"
            if one.name not in values:
                if one.required:
                    raise Invalid(f"{where} must be given.", field=where)
            elif problem := wrong_value(one, values[one.name]):
                raise Invalid(f"{where} {problem}.", field=where)


# --- what becomes of it when the node starts


def fill(
    node: Mapping[str, Any], given: Mapping[str, str], result_of: Callable[[str], Path]
) -> dict[str, list[str]]:
    """The values of the declared parameters that have one: given, else of a task before, else by default.

    Raises JobError when the task before left nothing, or nothing that fits.
    """
    filled = {}
    for one in inputs_of(node):
        if one.name in given:
            filled[one.name] = _members(one, given[one.name])
        elif one.source:
            filled[one.name] = _column(one, result_of(one.source))
        elif one.default is not None:
            filled[one.name] = _members(one, one.default)
    return filled


def _members(one: Input, text: str) -> list[str]:
    return split(text) if one.type in LISTS and not one.raw else [text]


def _column(one: Input, path: Path) -> list[str]:
    """The first column of a result, at most MAX_VALUES; for a single value its first row."""
    rows = read_rows(path, MAX_VALUES if one.type in LISTS else 1)
    values = [row[0] for row in rows if row]
    if not values:
        raise JobError(f"the parameter {one.name} has no value: task {one.source} left no rows")
    for value in values:
        if one.type not in LISTS and (problem := wrong_value(one, value)):
            raise JobError(f"the parameter {one.name} from task {one.source} {problem}, not {value!r}")
        if one.type == "numbers" and (problem := wrong_value(Input(one.name, "number"), value)):
            raise JobError(f"the parameter {one.name} from task {one.source} {problem}, not {value!r}")
    return values


def spelled(node: Mapping[str, Any], filled: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The values as they stand within the content of the node's kind."""
    kind = KINDS.get(node["kind"])
    quote = kind.quote if kind else None
    declared = {one.name: one for one in inputs_of(node)}
    return {
        name: quote(declared[name], values) if quote else ",".join(values) for name, values in filled.items()
    }


def task_of(nodes: Sequence[Mapping[str, Any]], ordinal: int) -> str:
    """The task id of a node, which for one that declares none is its own id."""
    node = nodes[ordinal]
    return str(node.get("task") or node["id"])
