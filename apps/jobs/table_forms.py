"""The form of one node of a data flow: shown with what is wrong in its place, and read back.

The rows of a list come as values of one name, in their order on the page: rows are added, taken
out and moved there without a number to keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from apps.jobs.dataflow.checking import Fault
from apps.jobs.dataflow.fields import spell_value
from apps.jobs.dataflow.operations import Columns
from apps.jobs.table_sheets import Box, Rows, Sheet

#: More columns than this are typed, with suggestions, instead of chosen from a list.
MAX_CHOICES = 80
_ROW = re.compile(r"(\w+)\[(\d+)\](?:\.(\w+))?")


@dataclass(frozen=True, slots=True)
class Arriving:
    """The columns that a node can choose from; None where they are not known yet."""

    columns: Columns | None = None
    left: Columns | None = None
    right: Columns | None = None

    def of(self, look: str) -> Columns | None:
        return {"column": self.columns, "left": self.left, "right": self.right}.get(look)

    def type_of(self, name: str) -> str:
        return next((str(one.type) for one in self.columns or () if one.name == name), "string")


# --- shown


def boxes(
    sheet: Sheet, fields: Mapping[str, Any], faults: Sequence[Fault], arriving: Arriving
) -> list[dict[str, Any]]:
    wrong = {fault.path: fault.message for fault in faults}
    return [_cell(box, box.key, fields.get(box.key), wrong.get(box.key, ""), arriving) for box in sheet.boxes]


def lists(
    sheet: Sheet, fields: Mapping[str, Any], faults: Sequence[Fault], arriving: Arriving
) -> list[dict[str, Any]]:
    shown = []
    for rows in sheet.lists:
        entries = fields.get(rows.key)
        entries = entries if isinstance(entries, list) else []
        shown.append(
            {
                "rows": rows,
                "lines": [
                    _line(rows, entry, _wrong_in(rows, place, faults), arriving)
                    for place, entry in enumerate(entries)
                ],
                "blank": _line(rows, {}, {}, arriving),
                "wrong": next((fault.message for fault in faults if fault.path == rows.key), ""),
            }
        )
    return shown


def _wrong_in(rows: Rows, place: int, faults: Sequence[Fault]) -> dict[str, str]:
    """Messages by key of the value; those of the row as a whole stand at its first."""
    found = {}
    for fault in faults:
        match = _ROW.fullmatch(fault.path)
        if match and match[1] == rows.key and int(match[2]) == place:
            found[match[3] or rows.boxes[0].key] = fault.message
    return found


def _line(rows: Rows, entry: Any, wrong: Mapping[str, str], arriving: Arriving) -> dict[str, Any]:
    held = entry if isinstance(entry, Mapping) else {rows.boxes[0].key: entry}
    cells = [
        _cell(box, f"{rows.key}.{box.key}", _held(box, held), wrong.get(box.key, ""), arriving)
        for box in rows.boxes
    ]
    return {"cells": cells, "wrong": next((text for text in wrong.values() if text), "")}


def _held(box: Box, entry: Mapping[str, Any]) -> Any:
    return entry.get(box.key, entry.get(box.also) if box.also else None)


def _cell(box: Box, name: str, value: Any, wrong: str, arriving: Arriving) -> dict[str, Any]:
    text = spell_value(value) or ""
    cell = {"box": box, "name": name, "value": text, "wrong": wrong, "look": box.look, "options": []}
    if box.look in ("choice", "type"):
        known = {key.lower(): key for key, _label in box.choices}
        chosen = known.get(text.lower(), text)
        options = [(key, label) for key, label in box.choices]
        cell["options"] = _options(options, chosen, optional=box.optional)
    elif (columns := arriving.of(box.look)) is not None and len(columns) <= MAX_CHOICES:
        named = [(column.name, f"{column.name} · {column.type}") for column in columns]
        cell["options"] = _options(named, text, optional=True)
    return cell


def _options(known: Sequence[tuple[str, Any]], chosen: str, *, optional: bool) -> list[tuple[str, Any, bool]]:
    """What is chosen is offered though it be none of the known: it must not change unseen."""
    options = [("", "", not chosen)] if optional else []
    if chosen and chosen not in dict(known):
        options.append((chosen, f"{chosen} ?", True))
    return options + [(key, label, key == chosen) for key, label in known]


# --- read back


def read_form(sheet: Sheet, data: QueryDict, fields: Mapping[str, Any], arriving: Arriving) -> dict[str, Any]:
    """The fields with what was filled in; a value that is the same keeps its spelling."""
    read = dict(fields)
    for box in sheet.boxes:
        if box.key not in data:
            continue
        text = str(data[box.key]).strip()
        if box.optional and not text:
            read.pop(box.key, None)
        else:
            read[box.key] = _read(box, text, fields.get(box.key))
    for rows in sheet.lists:
        before = fields.get(rows.key)
        read[rows.key] = [*_entries(rows, data, before if isinstance(before, list) else [], arriving)]
    return read


def _read(box: Box, text: str, before: Any) -> Any:
    same = spell_value(before)
    # A type may be written in any case.
    if same is not None and (same == text or (box.look == "type" and same.lower() == text.lower())):
        return before
    return int(text) if box.look == "number" and text.isdecimal() and len(text) < 10 else text


def _entries(rows: Rows, data: QueryDict, before: Sequence[Any], arriving: Arriving) -> Iterator[Any]:
    """Keys that are not on the form, and the spelling of what is, follow the entry by its column."""
    main = next(box for box in rows.boxes if box.look in ("column", "left", "new"))
    left = list(before)
    columns = [[text.strip() for text in data.getlist(f"{rows.key}.{box.key}")] for box in rows.boxes]
    number = 0
    for texts in zip_longest(*columns, fillvalue=""):
        given = dict(zip((box.key for box in rows.boxes), texts, strict=True))
        if not given[main.key]:
            continue
        held = next((entry for entry in left if _name(main, entry) == given[main.key]), None)
        if held is not None:
            left.remove(held)
        if rows.bare:
            yield held if held is not None else given[main.key]
        else:
            entry = held if isinstance(held, Mapping) else {}
            yield _entry(rows, _completed(rows, given, number, arriving), entry)
        number += 1


def _name(main: Box, entry: Any) -> Any:
    return entry.get(main.key) if isinstance(entry, Mapping) else entry


def _entry(rows: Rows, given: Mapping[str, str], held: Mapping[str, Any]) -> dict[str, Any]:
    entry = dict(held)
    for box in rows.boxes:
        key = box.also if box.also and box.also in held else box.key
        entry[key] = _read(box, given[box.key], held.get(key))
    for key in given.keys() - {box.key for box in rows.boxes}:
        entry.setdefault(key, given[key])
    if rows.key == "fieldList":
        entry.setdefault("properties", [])
    return entry


def _completed(rows: Rows, given: dict[str, str], number: int, arriving: Arriving) -> dict[str, str]:
    """What can be left out: the first condition's word, a result's name, a column's type."""
    name = given.get("name", "")
    if rows.key == "joinConditionList":
        word = given["conditionOperator"]
        given["conditionOperator"] = "HEAD" if number == 0 else word if word in ("AND", "OR") else "AND"
    if rows.key == "aggregateFieldList" and not given["ResultName"]:
        given["ResultName"] = f"{given['function'].lower()}_{name}"
    if rows.key == "defineFieldList" and not given["newName"]:
        given["newName"] = name
    if rows.key == "fieldList" and not given.get("type"):
        given["type"] = arriving.type_of(name)
    return given


def all_columns(rows: Rows, fields: Mapping[str, Any], arriving: Arriving) -> list[Any]:
    """Every column that arrives, those that are there already first and as they are."""
    before = fields.get(rows.key)
    held = list(before) if isinstance(before, list) else []
    main = rows.boxes[0]
    known = {column.name for column in arriving.columns or ()}
    kept = [entry for entry in held if _name(main, entry) in known]
    named = {_name(main, entry) for entry in kept}
    new = [column for column in arriving.columns or () if column.name not in named]
    if rows.bare:
        return kept + [column.name for column in new]
    return kept + [{"name": one.name, "type": str(one.type), "properties": []} for one in new]
