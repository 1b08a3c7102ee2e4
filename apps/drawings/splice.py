"""Changing one value in the text of a JSON object, and nothing else of the text.

Key order, doubled keys, the spelling of numbers and strings, and white space stay as they
are wherever nobody asked for a change. Of a doubled key the last one counts, as for every
JSON reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

_BLANK = re.compile(r"[ \t\n\r]*")
_FIRST_COLON = re.compile(r'":(\s?)')


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


_DECODER = json.JSONDecoder(parse_constant=_not_json)
#: (text, start of a value) -> the value and where it ends.
read_value = _DECODER.raw_decode


@dataclass(frozen=True, slots=True)
class Member:
    """A key and its value in the text of an object: from the quote of the key to the value's end."""

    key: str
    start: int
    value_start: int
    end: int


def skip_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def members(text: str, start: int) -> list[Member]:
    """The members of the object that opens at `start`. Its text must be JSON."""
    found = []
    at = skip_blank(text, start + 1)
    while text[at] == '"':
        key, end = read_value(text, at)
        value_start = skip_blank(text, skip_blank(text, end) + 1)
        _, value_end = read_value(text, value_start)
        found.append(Member(key, at, value_start, value_end))
        at = skip_blank(text, value_end)
        if text[at] == ",":
            at = skip_blank(text, at + 1)
    return found


def last_of(found: Sequence[Member], key: str) -> Member | None:
    return next((member for member in reversed(found) if member.key == key), None)


def is_spaced(text: str) -> bool:
    """Whether the text puts a blank after a colon: how new text in it should look."""
    match = _FIRST_COLON.search(text)
    return match is None or match[1] != ""


def spell(value: Any, *, spaced: bool = True) -> str:
    """JSON text for `value`. Raises ValueError for what JSON cannot say."""
    separators = (", ", ": ") if spaced else (",", ":")
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=separators)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: only its escape can be stored
        return json.dumps(value, allow_nan=False, separators=separators)
    return text


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 250 is 250.0, but 1 is not true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


class NoSuchPlace(ValueError):
    """The path leads through something that is not an object."""


def put(text: str, path: Sequence[str], value: Any) -> str:
    """`text` of an object with `value` at `path`; objects on the way are made where there are none.

    A value that says the same already keeps its spelling.
    """
    start = 0
    for depth, key in enumerate(path):
        found = members(text, start)
        member = last_of(found, key)
        if member is None:
            for name in reversed(path[depth + 1 :]):
                value = {name: value}
            return _with_member(text, start, found, key, value)
        if depth == len(path) - 1:
            if same(read_value(text, member.value_start)[0], value):
                return text
            spelt = spell(value, spaced=is_spaced(text))
            return text[: member.value_start] + spelt + text[member.end :]
        start = _opened(text, member, path[: depth + 1])
    return text


def _with_member(text: str, start: int, found: Sequence[Member], key: str, value: Any) -> str:
    """`text` with a new last member in the object at `start`, set out as its neighbours are."""
    spaced = is_spaced(text)
    member = f"{spell(key)}:{' ' if spaced else ''}{spell(value, spaced=spaced)}"
    if not found:
        return text[: start + 1] + member + text[start + 1 :]
    last = found[-1]
    if len(found) > 1:
        comma = text[found[-2].end : last.start]
    else:
        comma = "," + (text[start + 1 : last.start] or (" " if spaced else ""))
    return text[: last.end] + comma + member + text[last.end :]


def drop(text: str, path: Sequence[str]) -> str:
    """`text` of an object without what is at `path`; unchanged when nothing is there."""
    start = 0
    for depth, key in enumerate(path[:-1]):
        member = last_of(members(text, start), key)
        if member is None:
            return text
        start = _opened(text, member, path[: depth + 1])
    while (member := last_of(found := members(text, start), path[-1])) is not None:
        place = found.index(member)
        if place:
            text = text[: found[place - 1].end] + text[member.end :]
        elif len(found) > 1:
            text = text[: member.start] + text[found[1].start :]
        else:
            text = text[: member.start] + text[member.end :]
    return text


def _opened(text: str, member: Member, path: Sequence[str]) -> int:
    if text[member.value_start] != "{":
        raise NoSuchPlace(f"{'.'.join(path)} is not an object")
    return member.value_start
