"""What a node declares: its task id, and the parameters that a caller may fill.

It stands in the drawing under the node's own key, so whoever reads a drawing back gets it:

    "headrace": {"task": "query_1",
                 "inputs": [{"name": "name", "type": "text", "default": "Tim Duncan"},
                            {"name": "ids", "type": "list", "from": "query_2"}]}

A value is the one that was given, else the first column of the task named by `from`, else
the default. An input that has none of them must be given.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from apps.engine.drafts import NodeDraft

#: The key under which a node or edge holds what is ours alone.
KEY = "headrace"
TYPES = ("text", "number", "boolean", "date", "datetime", "list", "numbers")
LISTS = frozenset({"list", "numbers"})
MAX_NAME = 128
MAX_VALUE = 1 << 16

_TASK = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_KEYS = frozenset({"name", "type", "required", "default", "from", "raw"})


class BadDeclaration(ValueError):
    """What a node says of itself cannot be."""


@dataclass(frozen=True, slots=True)
class Input:
    """A declared parameter. `source` is the task whose first column fills it, `raw` means unescaped."""

    name: str
    type: str = "text"
    required: bool = False
    default: str | None = None
    source: str = ""
    raw: bool = False

    def as_json(self) -> dict[str, Any]:
        """The input as the drawing spells it: only what is not the usual."""
        spelled: dict[str, Any] = {"name": self.name, "type": self.type}
        if self.default is not None:
            spelled["default"] = self.default
        if self.source:
            spelled["from"] = self.source
        if self.required != (self.default is None and not self.source):
            spelled["required"] = self.required
        if self.raw:
            spelled["raw"] = True
        return spelled


@dataclass(frozen=True, slots=True)
class Declaration:
    task: str = ""
    inputs: tuple[Input, ...] = ()


def is_disabled(node: NodeDraft) -> bool:
    """Whether the drawing says that runs pass the node by: `"headrace": {"disabled": true}`."""
    held = node.attributes.get(KEY)
    return isinstance(held, Mapping) and held.get("disabled") is True


def read_declaration(node: NodeDraft) -> Declaration:
    """What the drawing's `node` declares. Raises BadDeclaration."""
    held = node.attributes.get(KEY, {})
    if not isinstance(held, Mapping):
        raise BadDeclaration(f"“{KEY}” of “{node.title}” must be an object.")
    task = held.get("task", "")
    if not isinstance(task, str) or (task and not _TASK.fullmatch(task)):
        raise BadDeclaration(
            f"The task id of “{node.title}” must be letters, digits and _, with a letter first."
        )
    inputs = held.get("inputs", [])
    if not isinstance(inputs, list):
        raise BadDeclaration(f"The inputs of “{node.title}” must be a list.")
    found = tuple(read_input(raw, f"of “{node.title}”") for raw in inputs)
    names = [given.name for given in found]
    if len(set(names)) < len(names):
        raise BadDeclaration(f"“{node.title}” declares a parameter twice.")
    return Declaration(task, found)


def read_input(raw: Any, where: str = "") -> Input:
    """One declared parameter as the drawing spells it. Raises BadDeclaration."""
    if not isinstance(raw, Mapping) or not raw.keys() <= _KEYS:
        raise BadDeclaration(f"An input {where} is an object with {', '.join(sorted(_KEYS))}.")
    name, default, source = raw.get("name"), raw.get("default"), raw.get("from", "")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or set(name) & set("${}"):
        raise BadDeclaration(
            f"An input {where} needs a name of 1 to {MAX_NAME} characters without $ and {{}}."
        )
    if raw.get("type", "text") not in TYPES:
        raise BadDeclaration(f"The type of {name} {where} must be one of {', '.join(TYPES)}.")
    if not isinstance(source, str) or not (default is None or isinstance(default, str | int | float)):
        raise BadDeclaration(f"The default of {name} {where} must be text or a number.")
    flags = raw.get("required", default is None and not source), raw.get("raw", False)
    if not all(isinstance(flag, bool) for flag in flags):
        raise BadDeclaration(f"“required” and “raw” of {name} {where} are true or false.")
    read = Input(
        name=name,
        type=raw.get("type", "text"),
        required=flags[0],
        default=None if default is None else spell(default),
        source=source,
        raw=flags[1],
    )
    if read.default is not None and (problem := wrong_value(read, read.default)):
        raise BadDeclaration(f"The default of {name} {where} {problem}.")
    return read


def task_ids(nodes: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """The task id of each node, from (node id, task id or nothing, prefix or nothing).

    A node without one gets the lowest free number after its prefix, in the order of the
    drawing; one that has no prefix either has no task id. Raises BadDeclaration.
    """
    nodes = list(nodes)
    found: dict[str, str] = {}
    taken: set[str] = set()
    for node_id, task, _prefix in nodes:
        if task in taken:
            raise BadDeclaration(f"Two nodes have the task id {task}.")
        if task:
            found[node_id] = task
            taken.add(task)
    for node_id, task, prefix in nodes:
        if not task and prefix:
            found[node_id] = free_task_id(prefix, taken)
            taken.add(found[node_id])
    return found


def free_task_id(prefix: str, taken: Iterable[str]) -> str:
    """`prefix` with the lowest number that is free.

    >>> free_task_id("query", {"query_1", "query_3"})
    'query_2'
    """
    taken = set(taken)
    return next(name for number in range(1, len(taken) + 2) if (name := f"{prefix}_{number}") not in taken)


def merged(own: Sequence[Input], drawn: Sequence[Input]) -> list[Input]:
    """A kind's own inputs with what the drawing says of them, then those that only it declares.

    A kind's own default is left to its runner: the job's settings come before it.
    """
    by_name = {given.name: given for given in drawn}
    known = {given.name for given in own}
    first = [
        Input(
            one.name,
            one.type,
            default=by_name[one.name].default if one.name in by_name else None,
            source=by_name[one.name].source if one.name in by_name else "",
        )
        for one in own
    ]
    return first + [given for given in drawn if given.name not in known]


def wrong_value(declared: Input, value: Any) -> str:
    """What is wrong with `value` for the input, as the end of a sentence; empty when it fits.

    >>> wrong_value(Input("age", "number"), "old")
    'must be a number'
    """
    if isinstance(value, bool):
        return "" if declared.type == "boolean" else "must be a text or a number"
    if not isinstance(value, str | int | float):
        return "must be a text or a number"
    text = spell(value)
    if len(text) > MAX_VALUE:
        return f"must have at most {MAX_VALUE} characters"
    parts = split(text) if declared.type in LISTS else [text]
    return next((problem for part in parts if (problem := _wrong_text(declared.type, part))), "")


def spell(value: Any) -> str:
    """The text of a given value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def split(text: str) -> list[str]:
    """The members of a list that was given as text.

    >>> split("a, b,,c")
    ['a', 'b', 'c']
    """
    return [part.strip() for part in text.split(",") if part.strip()]


def _wrong_text(kind: str, text: str) -> str:
    match kind:
        case "number" | "numbers":
            return "" if _is_number(text) else "must be a number"
        case "boolean":
            return "" if text in ("true", "false") else "must be true or false"
        case "date":
            return "" if _reads(date.fromisoformat, text) else "must be a date like 2022-07-15"
        case "datetime":
            fits = _reads(datetime.fromisoformat, text)
            return "" if fits else "must be a time like 2022-07-15T09:01:15"
    return "must not hold a NUL character" if "\0" in text else ""


def _is_number(text: str) -> bool:
    # int() and float() also read 1_000, other scripts' digits, nan and inf; no query language does.
    return bool(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII)) and math.isfinite(
        float(text)
    )


def _reads(reader: Any, text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True
