"""A job's custom variables: a JSON text that is kept as it came, with its secrets hidden from who reads it.

    {"scope": "JOB", "entityId": "FJ-…",
     "variables": [{"name": "token", "value": "…", "properties": {"password": true}}]}

A text that does not read so is kept and given back too; it only holds no variables.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from apps.lib.strict_json import read_json

#: What stands for a secret value. Whoever writes it back means the value that is there already.
HIDDEN = "******"


@dataclass(frozen=True, slots=True)
class CustomVariable:
    name: str
    value: str
    secret: bool = False


def read_variables(text: str) -> list[CustomVariable]:
    """The variables that `text` holds, the last of each name.

    >>> read_variables('{"variables": [{"name": "a", "value": 1}]}')
    [CustomVariable(name='a', value='1', secret=False)]
    """
    found = {variable.name: variable for _, variable in _entries(_read(text))}
    return list(found.values())


def write_variables(scope: str, entity_id: str, variables: list[CustomVariable]) -> str:
    """The text of a collection, secrets hidden."""
    rows = [
        {"name": v.name, "value": HIDDEN if v.secret else v.value, "properties": {"password": v.secret}}
        for v in variables
    ]
    return json.dumps(
        {"scope": scope, "entityId": entity_id, "variables": rows}, ensure_ascii=False, separators=(",", ":")
    )


def masked(text: str) -> str:
    """`text` for readers: to the letter when nothing in it is secret."""
    document = _read(text)
    secrets = [entry for entry, variable in _entries(document) if variable.secret]
    if not secrets:
        return text
    for entry in secrets:
        entry["value"] = HIDDEN
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def with_kept_secrets(text: str, before: str) -> str:
    """`text` in which what is hidden has the value that it has in `before`."""
    document = _read(text)
    hidden = [(entry, variable) for entry, variable in _entries(document) if _is_hidden(variable)]
    if not hidden:
        return text
    kept = with_kept_values([variable for _, variable in hidden], read_variables(before))
    for (entry, _), variable in zip(hidden, kept, strict=True):
        entry["value"] = variable.value
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def with_kept_values(given: list[CustomVariable], before: Iterable[CustomVariable]) -> list[CustomVariable]:
    """The given variables, in which what is hidden has the value that it has in `before`."""
    kept = {variable.name: variable.value for variable in before}
    return [replace(v, value=kept.get(v.name, "")) if _is_hidden(v) else v for v in given]


def _is_hidden(variable: CustomVariable) -> bool:
    return variable.secret and variable.value == HIDDEN


def _read(text: str) -> Any:
    # The reference's own example has its quotes escaped, as it would stand in a program's source.
    for spelling in (text, text.replace('\\"', '"')):
        try:
            return read_json(spelling)
        except ValueError:
            continue
    return None


def _entries(document: Any) -> list[tuple[dict[str, Any], CustomVariable]]:
    rows = document.get("variables") if isinstance(document, dict) else None
    return [
        (row, CustomVariable(row["name"], spelt(row.get("value", "")), _is_secret(row)))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and isinstance(row.get("name"), str) and row["name"]
    ]


def _is_secret(row: dict[str, Any]) -> bool:
    properties = row.get("properties")
    return isinstance(properties, dict) and properties.get("password") in (True, "true")


def spelt(value: Any) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
