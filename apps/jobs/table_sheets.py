"""What people fill in for each type of node of a data flow, and how it looks in the palette.

The dialect's own fields are what is filled in: nothing here is stored in another form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.jobs.dataflow.fields import TYPES
from apps.jobs.dataflow.operations import JOIN_TYPES, MODES, OPERATORS, SOURCE_FORMATS, TARGET_FORMATS

Text = str | Promise
#: `column`, `left` and `right` choose among the columns that arrive; `new` names one.
Look = Literal["text", "choice", "column", "left", "right", "new", "type", "number"]

SOURCES, TRANSFORMS, TARGETS = _("Sources"), _("Transforms"), _("Targets")


@dataclass(frozen=True, slots=True)
class Box:
    """One value. `also` is another spelling of its key that callers use."""

    key: str
    label: Text
    look: Look = "text"
    choices: Sequence[tuple[str, Text]] = ()
    hint: Text = ""
    also: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of objects with these values, or of bare names where there is one and `bare` is set."""

    key: str
    title: Text
    boxes: tuple[Box, ...]
    add: Text
    bare: bool = False
    #: All columns that arrive can be taken at once.
    all: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    label: Text
    group: Text
    icon: str
    family: str
    about: Text
    boxes: tuple[Box, ...] = ()
    lists: tuple[Rows, ...] = ()
    starter: Mapping[str, Any] = field(default_factory=dict)


def _same(words: Sequence[str]) -> list[tuple[str, Text]]:
    return [(word, word) for word in words]


OPERATOR_SIGNS: list[tuple[str, Text]] = [
    (word, sign) for word, sign in zip(OPERATORS, ("=", "≠", ">", "<", "≥", "≤"), strict=True)
]
TYPE_CHOICES = _same([*TYPES])
_JOINS: list[tuple[str, Text]] = [
    *zip(
        JOIN_TYPES,
        (_("Rows that match"), _("All of the left"), _("All of the right"), _("All of both")),
        strict=True,
    )
]
_MODES: list[tuple[str, Text]] = [
    *zip(MODES, (_("Replace what is there"), _("Add to it"), _("Leave it if there is any")), strict=True)
]
_WHERE = (
    Box("bucketName", _("Bucket")),
    Box("prefix", _("Folder or object"), hint=_("Every object below it is read.")),
)
_INTO = (
    Box("bucketName", _("Bucket")),
    Box("prefix", _("Folder"), hint=_("The files of the result are laid below it.")),
)
_REGION = Box("regionNo", _("Region"), hint=_("Kept for callers; the store of this server has one."))
_FIELD = (Box("name", _("Name"), "new"), Box("type", _("Type"), "type", TYPE_CHOICES))
_COLUMN = Box("name", _("Column"), "column")
_PLACE = {"regionNo": "1", "bucketName": "", "prefix": "", "dataType": "CSV", "fieldList": []}

SHEETS: dict[str, Sheet] = {
    "SOURCE_OBS": Sheet(
        _("Read from storage"),
        SOURCES,
        "database",
        "source",
        _("Reads a table from the objects below a folder."),
        (*_WHERE, Box("dataType", _("Format"), "choice", _same(SOURCE_FORMATS)), _REGION),
        (Rows("fieldList", _("Fields"), _FIELD, _("Add a field")),),
        _PLACE,
    ),
    "TRANSFORM_SELECT": Sheet(
        _("Select columns"),
        TRANSFORMS,
        "columns-3",
        "columns",
        _("Keeps the columns that are named, in this order."),
        (),
        (Rows("fieldList", _("Columns"), (_COLUMN,), _("Add a column"), all=True),),
        {"fieldList": []},
    ),
    "TRANSFORM_DEFINE": Sheet(
        _("Define columns"),
        TRANSFORMS,
        "type",
        "columns",
        _("Gives columns another type, and another name. What cannot be read as the new type becomes null."),
        (),
        (
            Rows(
                "defineFieldList",
                _("Columns"),
                (
                    _COLUMN,
                    Box("newName", _("New name"), "new"),
                    Box("newType", _("New type"), "type", TYPE_CHOICES),
                ),
                _("Define a column"),
            ),
        ),
        {"defineFieldList": []},
    ),
    "TRANSFORM_RENAME": Sheet(
        _("Rename columns"),
        TRANSFORMS,
        "pencil-line",
        "columns",
        _("Gives columns another name."),
        (),
        (
            Rows(
                "renameFieldList",
                _("Columns"),
                (_COLUMN, Box("newName", _("New name"), "new")),
                _("Rename a column"),
            ),
        ),
        {"renameFieldList": []},
    ),
    "TRANSFORM_FILTER": Sheet(
        _("Filter rows"),
        TRANSFORMS,
        "funnel",
        "filter",
        _("Keeps the rows of which the conditions are true. A test of an empty cell is never true."),
        (
            Box(
                "filterType",
                _("Keep rows that meet"),
                "choice",
                (("AND", _("all conditions")), ("OR", _("any condition"))),
            ),
        ),
        (
            Rows(
                "filterConditionList",
                _("Conditions"),
                (
                    _COLUMN,
                    Box("operator", _("Operator"), "choice", OPERATOR_SIGNS),
                    Box("value", _("Value")),
                ),
                _("Add a condition"),
            ),
        ),
        {"filterType": "AND", "filterConditionList": []},
    ),
    "TRANSFORM_JOIN": Sheet(
        _("Join tables"),
        TRANSFORMS,
        "merge",
        "join",
        _("Puts the rows of two tables side by side."),
        (
            Box("joinType", _("Keep"), "choice", _JOINS),
            Box(
                "prefix",
                _("Prefix of the right side"),
                hint=_("Put before a name that both sides have."),
                optional=True,
            ),
        ),
        (
            Rows(
                "joinConditionList",
                _("Where"),
                (
                    Box("conditionOperator", _("And, or"), "choice", (("AND", _("and")), ("OR", _("or")))),
                    Box("leftField", _("Left column"), "left"),
                    Box("joinOperator", _("Operator"), "choice", OPERATOR_SIGNS),
                    Box("rightField", _("Right column"), "right"),
                ),
                _("Add a condition"),
            ),
        ),
        {"joinType": "INNER", "prefix": "", "joinConditionList": []},
    ),
    "TRANSFORM_UNION": Sheet(
        _("Union of tables"),
        TRANSFORMS,
        "rows-3",
        "union",
        _(
            "Puts the rows of several tables below each other: the first column of all, the second of all, "
            "and so on, by the names of the first table."
        ),
        (
            Box(
                "unionType",
                _("Rows that are the same"),
                "choice",
                (("ALL", _("Keep all of them")), ("DISTINCT", _("Keep one"))),
            ),
        ),
        (),
        {"unionType": "ALL"},
    ),
    "TRANSFORM_AGGREGATE": Sheet(
        _("Aggregate"),
        TRANSFORMS,
        "sigma",
        "sum",
        _("One row for each group, with what its rows come to."),
        (),
        (
            Rows("groupByList", _("Group by"), (_COLUMN,), _("Add a column"), bare=True),
            Rows(
                "aggregateFieldList",
                _("Results"),
                (
                    Box("function", _("Function"), "choice", _same(("SUM", "AVG", "MAX", "MIN"))),
                    _COLUMN,
                    Box("ResultName", _("Name"), "new", also="resultName"),
                ),
                _("Add a result"),
            ),
        ),
        {"groupByList": [], "aggregateFieldList": []},
    ),
    "TRANSFORM_DROP_DUPLICATION": Sheet(
        _("Drop duplicates"),
        TRANSFORMS,
        "copy-minus",
        "clean",
        _("Of the rows that are the same in these columns one is kept."),
        (),
        (Rows("dropFieldList", _("Compare"), (_COLUMN,), _("Add a column"), bare=True, all=True),),
        {"dropFieldList": []},
    ),
    "TRANSFORM_FILL_MISSING_VALUES": Sheet(
        _("Fill missing values"),
        TRANSFORMS,
        "paint-bucket",
        "clean",
        _("Puts a value where a cell is empty."),
        (),
        (
            Rows(
                "missingValueFieldList",
                _("Columns"),
                (_COLUMN, Box("defaultValue", _("Value"))),
                _("Add a column"),
            ),
        ),
        {"missingValueFieldList": []},
    ),
    "TARGET_OBS": Sheet(
        _("Write to storage"),
        TARGETS,
        "hard-drive-download",
        "target",
        _("Writes the table that arrives as files below a folder."),
        (
            *_INTO,
            Box("dataType", _("Format"), "choice", _same(TARGET_FORMATS)),
            Box("updateType", _("What is there already"), "choice", _MODES, optional=True),
            Box("coalesce", _("Number of files"), "number", optional=True),
            _REGION,
        ),
        (
            Rows(
                "fieldList",
                _("Columns"),
                (_COLUMN, Box("type", _("Type"), "type", TYPE_CHOICES)),
                _("Add a column"),
                all=True,
            ),
        ),
        {**_PLACE, "updateType": "OVERWRITE", "coalesce": 1},
    ),
}
