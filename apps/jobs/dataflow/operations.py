"""What each type of node needs, what it does with columns, and what its step is told.

Each function reads one node whose parents are known and returns the columns that come out
of it and the options of its step. What it raises names the wrong place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.utils.translation import gettext_noop as _

from apps.jobs.dataflow.fields import (
    BIGINT,
    DOUBLE,
    INTEGER_BITS,
    Family,
    Type,
    can_compare,
    common_type,
    reads_as,
    spell_value,
)
from apps.jobs.dataflow.plan import Column
from apps.jobs.dataflow.reading import Part, Wrong
from apps.jobs.storage import RESERVED, BadAddress, check_bucket, check_key

OPERATORS = ("EQ", "NE", "GT", "LT", "GTE", "LTE")
SOURCE_FORMATS = ("CSV", "JSON", "PARQUET", "NDJSON")
TARGET_FORMATS = ("CSV", "JSON", "PARQUET")
MODES = ("OVERWRITE", "APPEND", "IGNORE")
MAX_PARTS = 1000
MAX_COLUMNS = 2000
LONGEST_COLUMN = 256
A_FIELD, A_CONDITION = _("must hold at least one field"), _("must hold at least one condition")

Columns: TypeAlias = tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Parents:
    """The tables that a node reads: their nodes' ids, and their columns, in the order of parentNodeIds."""

    ids: Sequence[str]
    columns: Sequence[Columns]

    @property
    def only(self) -> Columns:
        return self.columns[0]


Result: TypeAlias = tuple[Columns, dict[str, Any]]


def source(node: Part, parents: Parents) -> Result:
    columns = _fields(node.need("fieldList"))
    return columns, _place(node, SOURCE_FORMATS)


def target(node: Part, parents: Parents) -> Result:
    columns = _fields(node.need("fieldList"))
    options = _place(node, TARGET_FORMATS)
    for part in node.at("fieldList").items():
        _find(part.at("name"), parents.only)
    # Left out, it adds: that never destroys what is there.
    mode = node.at("updateType")
    options["mode"] = mode.choice(MODES) if mode.value is not None else "APPEND"
    parts = node.at("coalesce")
    options["parts"] = parts.whole(1, MAX_PARTS) if parts.value is not None else 1
    return columns, options


def select(node: Part, parents: Parents) -> Result:
    kept = [_find(_name_of(part), parents.only) for part in node.need("fieldList").some(A_FIELD)]
    return _unique(kept, node.at("fieldList")), {}


def define(node: Part, parents: Parents) -> Result:
    given = [part.object() for part in node.need("defineFieldList").some(A_FIELD)]
    changed = {
        _find(part.need("name"), parents.only).name: Column(
            _new_name(part.need("newName")), _plain(part.need("newType"))
        )
        for part in given
    }
    return _renamed(node.at("defineFieldList"), given, changed, parents.only)


def rename(node: Part, parents: Parents) -> Result:
    given = [part.object() for part in node.need("renameFieldList").some(A_FIELD)]
    changed = {}
    for part in given:
        column = _find(part.need("name"), parents.only)
        changed[column.name] = Column(_new_name(part.need("newName")), column.type)
    return _renamed(node.at("renameFieldList"), given, changed, parents.only)


def keep_rows(node: Part, parents: Parents) -> Result:
    joined = node.need("filterType").choice(("AND", "OR"))
    tests = []
    for part in node.need("filterConditionList").some(A_CONDITION):
        part.object()
        column = _comparable(part.need("name"), parents.only)
        operator = part.need("operator").choice(OPERATORS)
        tests.append(
            {
                "column": column.name,
                "operator": operator,
                "value": _value(part.need("value"), column),
            }
        )
    return parents.only, {"all": joined == "AND", "tests": tests}


def aggregate(node: Part, parents: Parents) -> Result:
    keys = [_comparable(_name_of(part), parents.only) for part in node.need("groupByList").items()]
    columns, results = list(keys), []
    for part in node.need("aggregateFieldList").some(A_FIELD):
        part.object()
        column = _comparable(part.need("name"), parents.only)
        function = part.need("function").choice(("SUM", "AVG", "MAX", "MIN"))
        if function in ("SUM", "AVG") and column.type.family not in (Family.NUMBER, Family.TEXT):
            values = {"function": function, "column": column.name, "type": column.type}
            raise part.at("function").wrong(
                _("%(function)s needs numbers, and %(column)s is %(type)s"), **values
            )
        made = Column(_new_name(part.need("ResultName", "resultName")), _type_of(function, column.type))
        columns.append(made)
        results.append({"column": column.name, "function": function, "as": made.name})
    options = {"keys": [key.name for key in keys], "results": results}
    return _unique(columns, node.at("aggregateFieldList")), options


def _type_of(function: str, column: Type) -> Type:
    if function in ("MAX", "MIN"):
        return column
    if function == "SUM" and column.name in INTEGER_BITS:
        return BIGINT
    return Type("decimal", (38, column.size[1])) if function == "SUM" and column.size else DOUBLE


def drop_duplicates(node: Part, parents: Parents) -> Result:
    fields = node.need("dropFieldList").some(A_FIELD)
    return parents.only, {"columns": [_comparable(_name_of(part), parents.only).name for part in fields]}


def fill_missing(node: Part, parents: Parents) -> Result:
    values = []
    for part in node.need("missingValueFieldList").some(A_FIELD):
        part.object()
        column = _comparable(part.need("name"), parents.only)
        values.append({"column": column.name, "value": _value(part.need("defaultValue"), column)})
    return parents.only, {"values": values}


def union(node: Part, parents: Parents) -> Result:
    distinct = node.need("unionType").choice(("ALL", "DISTINCT")) == "DISTINCT"
    first, *others = parents.columns
    columns = list(first)
    for number, other in enumerate(others, 1):
        if len(other) != len(first):
            part = node.at("parentNodeIds").items()[number]
            values = {"id": part.value, "count": len(other), "first": len(first)}
            raise part.wrong(_("node %(id)s has %(count)d columns and the first one %(first)d"), **values)
        columns = [
            Column(one.name, common_type(one.type, two.type)) for one, two in zip(columns, other, strict=True)
        ]
    return tuple(columns), {"distinct": distinct}


JOIN_TYPES = ("INNER", "LEFT_OUTER", "RIGHT_OUTER", "FULL_OUTER")


def join(node: Part, parents: Parents) -> Result:
    how = node.need("joinType").choice(JOIN_TYPES)
    left, right = (_side(node.need(key), parents) for key in ("leftNodeId", "rightNodeId"))
    if left == right:
        raise node.at("rightNodeId").wrong(_("must be another node than leftNodeId"))
    tests = _join_tests(node, parents.columns[left], parents.columns[right])
    prefix = node.at("prefix").text() if node.value.get("prefix") else ""
    names = {column.name for column in parents.columns[left]}
    columns, renamed = list(parents.columns[left]), {}
    for column in parents.columns[right]:
        name = prefix + column.name if column.name in names else column.name
        if name in names and not prefix:
            wrong = _("is required: both sides have a column %(column)s")
            raise node.at("prefix").wrong(wrong, column=column.name)
        renamed[column.name] = name
        columns.append(Column(name, column.type))
    # Pairs that need more than equal keys are looked for in tables held in memory.
    alone = any(test["operator"] != "EQ" or test["word"] == "OR" for test in tests)
    options = {"how": how, "left": left, "right": right, "tests": tests, "renamed": renamed}
    if alone and how != "INNER":
        options["hold"] = True
    return _unique(columns, node.at("prefix")), options


def _side(part: Part, parents: Parents) -> int:
    if isinstance(part.value, bool) or str(part.value) not in parents.ids:
        raise part.wrong(_("must be one of parentNodeIds"))
    return list(parents.ids).index(str(part.value))


def _join_tests(node: Part, left: Columns, right: Columns) -> list[dict[str, Any]]:
    tests = []
    for number, part in enumerate(node.need("joinConditionList").some(A_CONDITION)):
        part.object()
        one = _comparable(part.need("leftField"), left)
        two = _comparable(part.need("rightField"), right)
        operator = part.need("joinOperator").choice(OPERATORS)
        word = part.need("conditionOperator").choice(("AND", "OR") if number else ("HEAD",))
        if not can_compare(one.type, two.type):
            values = {"column": two.name, "type": two.type, "left": one.name, "left_type": one.type}
            raise part.at("rightField").wrong(
                _("%(column)s is %(type)s: it cannot be compared with %(left)s, %(left_type)s"), **values
            )
        tests.append({"left": one.name, "right": two.name, "operator": operator, "word": word})
    return tests


# --- parts of nodes


def _place(node: Part, formats: Sequence[str]) -> dict[str, Any]:
    node.need("regionNo")
    prefix = node.need("prefix").checked(_check_prefix)
    return {
        "bucket": node.need("bucketName").checked(check_bucket),
        "prefix": prefix,
        "format": node.need("dataType").choice(formats),
    }


def _check_prefix(text: str) -> str:
    prefix = check_key(text)
    if prefix.partition("/")[0] == RESERVED:
        raise BadAddress(_("what lies below %(name)s is not for data"), name=RESERVED)
    return prefix


def _fields(part: Part) -> Columns:
    fields = part.some(A_FIELD)
    if len(fields) > MAX_COLUMNS:
        raise part.wrong(_("has at most %(most)d fields"), most=MAX_COLUMNS)
    return _unique(
        [Column(_new_name(each.object().need("name")), each.need("type").type()) for each in fields], part
    )


def _unique(columns: Sequence[Column], part: Part) -> Columns:
    seen: set[str] = set()
    for place, column in enumerate(columns):
        if column.name in seen:
            path = (
                f"{part.path}[{place}]"
                if isinstance(part.value, list) and place < len(part.value)
                else part.path
            )
            raise Wrong(path, _("there are two columns %(column)s"), column=column.name)
        seen.add(column.name)
    return tuple(columns)


def _new_name(part: Part) -> str:
    name = part.text(LONGEST_COLUMN)
    # The last two would mean several columns to whoever runs the plan.
    if not name.isprintable() or name == "*" or (name.startswith("^") and name.endswith("$")):
        raise part.wrong(_("a column cannot be called %(name)s"), name=repr(name))
    return name


def _name_of(part: Part) -> Part:
    """A field is named by an object with a name, or by its name alone."""
    return part.need("name") if isinstance(part.value, dict) else part


def _find(part: Part, columns: Columns) -> Column:
    name = part.text()
    for column in columns:
        if column.name == name:
            return column
    known = ", ".join(column.name for column in columns[:20])
    raise part.wrong(_("there is no column %(column)s here; there are %(known)s"), column=name, known=known)


def _comparable(part: Part, columns: Columns) -> Column:
    column = _find(part, columns)
    if column.type.family is Family.NESTED:
        raise part.wrong(
            _("%(column)s is %(type)s, which cannot be compared"), column=column.name, type=column.type
        )
    return column


def _plain(part: Part) -> Type:
    found = part.type()
    if found.family is Family.NESTED:
        raise part.wrong(_("nothing can be turned into %(type)s"), type=found)
    return found


def _value(part: Part, column: Column) -> str:
    """The value as text. One that holds a parameter is known only when the job runs."""
    value = spell_value(part.value)
    if value is None:
        raise part.wrong(_("must be a text, a number, true or false"))
    if "${" not in value and not reads_as(value, column.type):
        values = {"value": value, "column": column.name, "type": column.type}
        raise part.wrong(_("%(value)s is not a value of %(column)s, which is %(type)s"), **values)
    return value


def _renamed(part: Part, given: list[Part], changed: dict[str, Column], columns: Columns) -> Result:
    if len(changed) < len(given):
        raise part.wrong(_("names a column twice"))
    result = [changed.get(column.name, column) for column in columns]
    return _unique(result, Part(None, part.path)), {"from": [column.name for column in columns]}


@dataclass(frozen=True, slots=True)
class Operation:
    """A type of node: how many parents it has (`most` None: any number), and how it is read."""

    least: int
    most: int | None
    read: Callable[[Part, Parents], Result]


OPERATIONS: Mapping[str, Operation] = {
    "SOURCE_OBS": Operation(0, 0, source),
    "TRANSFORM_SELECT": Operation(1, 1, select),
    "TRANSFORM_DEFINE": Operation(1, 1, define),
    "TRANSFORM_RENAME": Operation(1, 1, rename),
    "TRANSFORM_FILTER": Operation(1, 1, keep_rows),
    "TRANSFORM_JOIN": Operation(2, 2, join),
    "TRANSFORM_UNION": Operation(2, None, union),
    "TRANSFORM_AGGREGATE": Operation(1, 1, aggregate),
    "TRANSFORM_DROP_DUPLICATION": Operation(1, 1, drop_duplicates),
    "TRANSFORM_FILL_MISSING_VALUES": Operation(1, 1, fill_missing),
    "TARGET_OBS": Operation(1, 1, target),
}
#: Known, but there is nothing here yet that could run them.
NOT_BUILT = (
    "SOURCE_CATALOG",
    "SOURCE_CDB_MYSQL",
    "SOURCE_CDB_POSTGRESQL",
    "TRANSFORM_SQL",
    "TRANSFORM_DROP_NULL",
    "TRANSFORM_SPLIT_FIELD",
    "TARGET_CATALOG",
    "TARGET_CDB_MYSQL",
    "TARGET_CDB_POSTGRESQL",
)
