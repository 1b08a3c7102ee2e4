"""Changing one value in the text of a JSON object, and nothing else of the text.

Key order, doubled keys, the spelling of numbers and strings, and white space stay as they
are wherever nobody asked for a change. Of a doubled key the last one counts, as for every
JSON reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

#: JavaScript writes whole numbers below this without an exponent.
WRITTEN_OUT = 1e21
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


def is_odd(text: str, *, spaced: bool) -> bool:
    """Whether an editor that reads `text` and sends it back would have it written otherwise.

    To an editor every number is a double, and 250.0 is 250.
    """
    value, _ = read_value(text, 0)
    try:
        return text != spell(_as_doubles(value), spaced=spaced)
    except OverflowError:
        return True


def _as_doubles(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < WRITTEN_OUT else number
    if isinstance(value, dict):
        return {key: _as_doubles(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_doubles(inner) for inner in value]
    return value


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


class Spelling(NamedTuple):
    """How a value is written, and before which key it stands in its object (before none: last)."""

    text: str
    before: str = ""


def spelling_at(text: str, path: Sequence[str]) -> Spelling | None:
    """How the value at `path` is written, or None when nothing is there."""
    start = 0
    for key in path[:-1]:
        member = last_of(members(text, start), key)
        if member is None or text[member.value_start] != "{":
            return None
        start = member.value_start
    found = members(text, start)
    member = last_of(found, path[-1])
    if member is None:
        return None
    after = found.index(member) + 1
    return Spelling(text[member.value_start : member.end], found[after].key if after < len(found) else "")


def put(text: str, path: Sequence[str], value: Any, known: Spelling | None = None) -> str:
    """`text` of an object with `value` at `path`; objects on the way are made where there are none.

    A value that says the same already keeps its spelling. One that is `known` to have been
    there is written as it was, and where it was.
    """
    start = 0
    for depth, key in enumerate(path):
        found = members(text, start)
        member = last_of(found, key)
        if member is None:
            if depth < len(path) - 1:
                known = None
            for name in reversed(path[depth + 1 :]):
                value = {name: value}
            spelt = known.text if known else spell(value, spaced=is_spaced(text))
            return _with_member(text, start, found, (key, spelt), known.before if known else "")
        if depth == len(path) - 1:
            if same(read_value(text, member.value_start)[0], value):
                return text
            spelt = known.text if known else spell(value, spaced=is_spaced(text))
            return text[: member.value_start] + spelt + text[member.end :]
        start = _opened(text, member, path[: depth + 1])
    return text


def put_beside(text: str, values: Mapping[str, tuple[Any, Spelling | None]]) -> tuple[str, dict[str, str]]:
    """`put` for several keys of the object itself in one pass, and how those that changed were written."""
    found = members(text, 0)
    places = [(member, key) for key in values if (member := last_of(found, key)) is not None]
    olds = {}
    # From the back, so that what is put moves nothing that is still to be put.
    for member, key in sorted(places, key=lambda place: place[0].start, reverse=True):
        value, known = values[key]
        old = text[member.value_start : member.end]
        if not same(read_value(old, 0)[0], value):
            olds[key] = old
            spelt = known.text if known else spell(value, spaced=is_spaced(text))
            text = text[: member.value_start] + spelt + text[member.end :]
    for key in values:
        if last_of(found, key) is None:
            text = put(text, [key], *values[key])
    return text, olds


def _with_member(text: str, start: int, found: Sequence[Member], new: tuple[str, str], before: str) -> str:
    """`text` with a new member in the object at `start`, set out as its neighbours are.

    It goes before the key `before` where there is one, else last.
    """
    colon = ": " if is_spaced(text) else ":"
    member = f"{spell(new[0])}{colon}{new[1]}"
    if not found:
        return text[: start + 1] + member + text[start + 1 :]
    comma = _comma(text, start, found)
    follower = last_of(found, before)
    if follower is None:
        return text[: found[-1].end] + comma + member + text[found[-1].end :]
    return text[: follower.start] + member + comma + text[follower.start :]


def _comma(text: str, start: int, found: Sequence[Member]) -> str:
    """What stands between two members."""
    if len(found) > 1:
        return text[found[-2].end : found[-1].start]
    return "," + (text[start + 1 : found[0].start] or (" " if is_spaced(text) else ""))


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
