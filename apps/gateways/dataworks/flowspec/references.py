"""Replacing `{{type.id}}`, `{{id}}` and bare ids by the shared things that they name."""

from __future__ import annotations

import re
from typing import Any

from apps.gateways.dataworks.flowspec.fields import Note, SpecError, dict_of, dicts_of, pick, text_of

LISTS = (
    *("scripts", "triggers", "runtimeResources", "datasources", "variables"),
    *("files", "fileResources", "functions", "components"),
)
ARTIFACTS = ("tables", "nodeOutputs", "outputs", "variables")
#: The fields in which a text without braces is the id of something shared, and its list.
BARE = {
    "script": "scripts",
    "trigger": "triggers",
    "runtimeResource": "runtimeResources",
    "datasource": "datasources",
}
#: The fields in which a reference names a node or its output, also where something shared has that id.
OF_NODES = ("nodeId", "output", "data")
#: More values than this, and the references of a document multiply each other.
MAX_VALUES = 500_000
MAX_NESTED = 6

_REFERENCE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def reference_in(value: Any) -> str:
    """What `{{…}}` names, when the whole text is one."""
    match = _REFERENCE.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1] if match else ""


def node_reference(value: Any) -> str:
    """A node as other places name it, without braces and without `nodes.`."""
    named = reference_in(value) or text_of(value).strip()
    return named.removeprefix("nodes.") if reference_in(value) else named


class Shared:
    """The shared lists of a spec."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._lists: dict[str, dict[str, Any]] = {}
        for name in LISTS:
            self._add(name, pick(spec, name))
        artifacts = dict_of(pick(spec, "artifacts"))
        for name in ARTIFACTS:
            self._add(name, pick(artifacts, name))
            self._add("artifacts", pick(artifacts, name))
        self.notes: list[Note] = []
        self._values = 0

    def expand(self, value: Any, path: str, nested: int = 0) -> Any:
        """A copy of `value` with every reference to something shared replaced."""
        self._values += 1
        if self._values > MAX_VALUES:
            raise SpecError("the document is too large once its references are replaced", path)
        if isinstance(value, dict):
            return {key: self._field(key, inner, f"{path}.{key}", nested) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.expand(inner, f"{path}[{place}]", nested) for place, inner in enumerate(value)]
        named = reference_in(value)
        return self._resolved(named, value, path, nested) if named else value

    def _field(self, key: str, value: Any, path: str, nested: int) -> Any:
        if key in OF_NODES and isinstance(value, str):
            return value
        known = self._lists.get(BARE.get(key, ""), {})
        if isinstance(value, str) and value in known and nested < MAX_NESTED:
            return self.expand(known[value], path, nested + 1)
        return self.expand(value, path, nested)

    def _resolved(self, named: str, value: Any, path: str, nested: int) -> Any:
        found = self._find(named)
        if found is None or nested >= MAX_NESTED:
            if not re.search(r"\.(id|value|content|code)$", path):
                self.notes.append(Note("kept", path, f"{value} names nothing in this document"))
            return value
        return self.expand(found, path, nested + 1)

    def _find(self, named: str) -> Any:
        kind, _, key = named.partition(".")
        if key in self._lists.get(kind, {}):
            return self._lists[kind][key]
        return next((items[named] for items in self._lists.values() if named in items), None)

    def _add(self, name: str, items: Any) -> None:
        known = self._lists.setdefault(name, {})
        for item in dicts_of(items):
            if key := text_of(pick(item, "id")) or text_of(pick(item, "name")):
                known.setdefault(key, item)
