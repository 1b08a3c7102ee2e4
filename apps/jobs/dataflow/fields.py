"""The types of fields: their names, their families, and whether a text can be read as one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any


class Family(StrEnum):
    """Types of one family can be compared with each other."""

    NOTHING = "nothing"
    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    BYTES = "bytes"
    NESTED = "nested"


#: Canonical name -> family. What a file calls `STRING` or `string` is one type.
TYPES: dict[str, Family] = {
    "void": Family.NOTHING,
    "boolean": Family.BOOLEAN,
    "tinyint": Family.NUMBER,
    "smallint": Family.NUMBER,
    "int": Family.NUMBER,
    "bigint": Family.NUMBER,
    "float": Family.NUMBER,
    "double": Family.NUMBER,
    "decimal": Family.NUMBER,
    "string": Family.TEXT,
    "char": Family.TEXT,
    "varchar": Family.TEXT,
    "date": Family.DATE,
    "datetime": Family.MOMENT,
    "timestamp": Family.MOMENT,
    "timestampwithtimezone": Family.MOMENT,
    "binary": Family.BYTES,
    "array": Family.NESTED,
    "map": Family.NESTED,
    "struct": Family.NESTED,
    "uniontype": Family.NESTED,
}
INTEGER_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
#: What a decimal that does not say more holds: 38 digits, 10 of them after the point.
DECIMAL = (38, 10)
MOMENT_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d")

_SPELLING = re.compile(r"\s*([A-Za-z]+)\s*(?:\(\s*(\d{1,5})\s*(?:,\s*(\d{1,2})\s*)?\)|<.*>)?\s*", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?)?")


@dataclass(frozen=True, slots=True)
class Type:
    """`size` is a decimal's digits and how many of them stand after the point."""

    name: str
    size: tuple[int, int] | None = None

    @property
    def family(self) -> Family:
        return TYPES[self.name]

    def __str__(self) -> str:
        return f"{self.name}({self.size[0]},{self.size[1]})" if self.size else self.name


TEXT = Type("string")
BIGINT, DOUBLE = Type("bigint"), Type("double")


def parse_type(text: str) -> Type | None:
    """The type that `text` names in any case, or None.

    >>> parse_type("STRING"), parse_type("decimal(12, 2)").size, parse_type("text")
    (Type(name='string', size=None), (12, 2), None)
    """
    match = _SPELLING.fullmatch(text)
    if match is None or (name := match[1].lower()) not in TYPES:
        return None
    if name != "decimal":
        return Type(name)
    if match[2] is None:
        return Type(name, DECIMAL)
    digits, after = int(match[2]), int(match[3] or 0)
    return Type(name, (digits, after)) if 0 < digits <= 38 and after <= digits else None


def can_compare(left: Type, right: Type) -> bool:
    return left.family is right.family and left.family is not Family.NESTED


def common_type(left: Type, right: Type) -> Type:
    """The narrowest type that holds the values of both; text holds everything."""
    if left == right:
        return left
    if left.family is Family.NOTHING or right.family is Family.NOTHING:
        return right if left.family is Family.NOTHING else left
    if left.family is right.family is Family.NUMBER:
        if left.name in INTEGER_BITS and right.name in INTEGER_BITS:
            return max(left, right, key=lambda each: INTEGER_BITS[each.name])
        return DOUBLE
    if left.family is right.family and left.family is not Family.NESTED:
        return left
    return TEXT


def reads_as(text: str, wanted: Type) -> bool:
    """Whether a value written as `text` is one of the type: the rule by which cells become null."""
    check = _CHECKS.get(wanted.family)
    return check(text, wanted) if check else wanted.family is not Family.NESTED


def _is_number(text: str, wanted: Type) -> bool:
    if wanted.name in INTEGER_BITS:
        limit = 1 << (INTEGER_BITS[wanted.name] - 1)
        return bool(re.fullmatch(r"[+-]?\d{1,19}", text)) and -limit <= int(text) < limit
    if not _NUMBER.fullmatch(text):
        return False
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    whole = 38 if wanted.size is None else wanted.size[0] - wanted.size[1]
    return wanted.size is None or number.adjusted() < whole or not number


def _is_date(text: str, wanted: Type) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text))


def _is_moment(text: str, wanted: Type) -> bool:
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True


def _is_boolean(text: str, wanted: Type) -> bool:
    return text.lower() in ("true", "false")


_CHECKS: Mapping[Family, Callable[[str, Type], bool]] = {
    Family.NUMBER: _is_number,
    Family.DATE: _is_date,
    Family.MOMENT: _is_moment,
    Family.BOOLEAN: _is_boolean,
}


def spell_value(value: Any) -> str | None:
    """A JSON scalar as the text that a value is written in; None for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) else None
