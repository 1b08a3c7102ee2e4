"""Words of nGQL, and expressions as functions of what is bound to names."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from apps.jobs.graphs.standin.rows import Edge, Vertex

Bound = Mapping[str, Any]
Expression = Callable[[Bound], Any]

_WORD = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>\d+\.\d+|\d+)"""
    r"""|(?P<name>`[^`]+`|\$\$|\$\^|\$-|[A-Za-z_]\w*)|(?P<sign><=|>=|==|!=|->|<-|[-<>()\[\]{},.:|;*+])|(?P<end>$))"""
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "IN": lambda value, members: value in members,
    "CONTAINS": lambda value, part: part in value,
}
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
_RESERVED = """YIELD AS FETCH PROP ON LOOKUP WHERE GO STEPS STEP FROM OVER REVERSELY BIDIRECT MATCH RETURN
DISTINCT ORDER BY LIMIT SKIP DESC ASC AND OR NOT IN CONTAINS USE"""
RESERVED = frozenset(_RESERVED.split())


class NotUnderstood(Exception):
    """The statement is outside of the subset, or wrong."""


class Words:
    """A statement's words, read from the left."""

    def __init__(self, statement: str) -> None:
        self.words: list[tuple[str, str]] = []
        place = 0
        while place < len(statement):
            match = _WORD.match(statement, place)
            if match is None:
                raise NotUnderstood(f"syntax error near `{statement[place : place + 20]}'")
            if match.lastgroup and match.lastgroup != "end":
                self.words.append((match.lastgroup, match[match.lastgroup]))
            place = match.end() if match.end() > place else len(statement)
        self.at = 0

    @property
    def next(self) -> str:
        return self.words[self.at][1] if self.at < len(self.words) else ""

    @property
    def group(self) -> str:
        return self.words[self.at][0] if self.at < len(self.words) else "end"

    def take(self, *wanted: str) -> str:
        """The next word in capitals if it is one of `wanted`, else nothing."""
        if self.group != "text" and self.next.upper() in wanted:
            self.at += 1
            return self.words[self.at - 1][1].upper()
        return ""

    def need(self, *wanted: str) -> str:
        return self.take(*wanted) or self.refuse()

    def name(self) -> str:
        if self.group != "name" or self.next.upper() in RESERVED:
            self.refuse()
        self.at += 1
        return self.words[self.at - 1][1].strip("`")

    def number(self) -> int:
        if self.group != "number":
            self.refuse()
        self.at += 1
        return int(self.words[self.at - 1][1])

    def refuse(self) -> str:
        raise NotUnderstood(f"syntax error near `{self.next or 'the end'}'")


def read_condition(words: Words) -> Expression:
    left = _read_and(words)
    while words.take("OR"):
        left = _either(left, _read_and(words))
    return left


def _read_and(words: Words) -> Expression:
    left = _read_not(words)
    while words.take("AND"):
        left = _both(left, _read_not(words))
    return left


def _read_not(words: Words) -> Expression:
    if words.take("NOT"):
        inner = _read_not(words)
        return lambda bound: not inner(bound)
    left = read_value(words)
    sign = words.take(*_COMPARE)
    return _compared(left, sign, read_value(words)) if sign else left


def _either(left: Expression, right: Expression) -> Expression:
    return lambda bound: bool(left(bound)) or bool(right(bound))


def _both(left: Expression, right: Expression) -> Expression:
    return lambda bound: bool(left(bound)) and bool(right(bound))


def _compared(left: Expression, sign: str, right: Expression) -> Expression:
    def compare(bound: Bound) -> bool:
        one, other = left(bound), right(bound)
        try:
            return _COMPARE[sign](one, other)
        except TypeError:
            return False  # null, or values of two types

    return compare


def read_value(words: Words) -> Expression:
    value = _read_plain(words)
    while words.take("."):
        value = _property(value, words.name())
    return value


def _read_plain(words: Words) -> Expression:
    if words.group == "text":
        return _constant(_unquoted(_advance(words)))
    if words.group == "number":
        text = _advance(words)
        return _constant(float(text) if "." in text else int(text))
    if words.take("-"):
        inner = _read_plain(words)
        return lambda bound: -inner(bound)
    if words.take("("):
        inner = read_condition(words)
        words.need(")")
        return inner
    if words.take("["):
        members = read_list(words, "]")
        return lambda bound: [member(bound) for member in members]
    name = words.name()
    if name.upper() in _CONSTANTS:
        return _constant(_CONSTANTS[name.upper()])
    if words.take("("):
        arguments = read_list(words, ")")
        return _called(name.lower(), arguments)
    return _named(name)


def _constant(value: Any) -> Expression:
    return lambda bound: value


def read_list(words: Words, end: str) -> list[Expression]:
    members: list[Expression] = []
    while not words.take(end):
        if members:
            words.need(",")
        members.append(read_condition(words))
    return members


def _advance(words: Words) -> str:
    words.at += 1
    return words.words[words.at - 1][1]


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1], flags=re.S)


def _named(name: str) -> Expression:
    def value(bound: Bound) -> Any:
        if name not in bound:
            raise NotUnderstood(f"`{name}' is not known here")
        return bound[name]

    return value


def _property(value: Expression, name: str) -> Expression:
    """A tag of a vertex, or a property of a tag, an edge, a map or a row."""

    def read(bound: Bound) -> Any:
        held = value(bound)
        if isinstance(held, Vertex):
            return held.tags[name] if name in held.tags else held.properties.get(name)
        if isinstance(held, Edge):
            return held.properties.get(name)
        return held.get(name) if isinstance(held, dict) else None

    return read


def _called(name: str, arguments: list[Expression]) -> Expression:
    functions: dict[str, Callable[[Any], Any]] = {
        "id": lambda held: held.vid,
        "properties": lambda held: held.properties,
        "src": lambda held: held.src,
        "dst": lambda held: held.dst,
        "type": lambda held: held.name,
        "rank": lambda held: 0,
    }
    if name not in functions or len(arguments) != 1:
        raise NotUnderstood(f"unknown function `{name}'")

    def call(bound: Bound) -> Any:
        try:
            return functions[name](arguments[0](bound))
        except AttributeError:
            raise NotUnderstood(f"`{name}' does not take that") from None

    return call
