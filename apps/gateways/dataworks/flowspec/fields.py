"""Reading single fields: names without regard to case, and values that may have any type."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_DEPTH = 60
PARSE_FAILED, WRONG_VALUE, NOT_VALID = "0x5083000000000005", "0x5083000000000004", "0x5083000000000010"
#: Numbers beyond this are no counts, seconds or priorities.
MAX_WHOLE = 2**31 - 1


class SpecError(ValueError):
    """The text is no FlowSpec document that can be taken. `path` is the JSONPath of what is wrong."""

    def __init__(self, message: str, path: str = "$", code: str = NOT_VALID) -> None:
        super().__init__(message)
        self.message, self.path, self.code = message, path, code


@dataclass(frozen=True, slots=True)
class Note:
    """Something of a document that has no effect here. `code` is left_out, kept or cannot_run."""

    code: str
    path: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "path": self.path, "message": self.message}


def parse(text: str) -> Any:
    """Strict JSON that a database can keep. Raises SpecError."""
    try:
        value = json.loads(text, parse_constant=_not_json, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise SpecError(f"Spec JSON parse failed: {error}", "$", PARSE_FAILED) from None
    if _depth(value) > MAX_DEPTH:
        raise SpecError(f"Spec JSON parse failed: nested deeper than {MAX_DEPTH}", "$", PARSE_FAILED)
    try:
        spelt = json.dumps(value, ensure_ascii=False)
        spelt.encode()
    except UnicodeEncodeError:
        raise SpecError("Spec JSON parse failed: half of a surrogate pair", "$", PARSE_FAILED) from None
    if "\\u0000" in spelt and "\0" in json.loads(json.dumps("".join(_texts(value)))):
        raise SpecError("Spec JSON parse failed: a NUL character", "$", PARSE_FAILED)
    return value


def pick(source: Any, *names: str) -> Any:
    """The field of the first of `names` that is there; case, `-` and `_` do not count."""
    if not isinstance(source, Mapping):
        return None
    for name in names:
        if name in source:
            return source[name]
    plain = {_plain(key): value for key, value in reversed(list(source.items()))}
    return next((plain[_plain(name)] for name in names if _plain(name) in plain), None)


def put(source: dict[str, Any], name: str, value: Any) -> None:
    """Set a field under the spelling that it has already."""
    known = next((key for key in source if _plain(key) == _plain(name)), name)
    source[known] = value


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict | list | bool):
        return ""
    return json.dumps(value)


def spelt(value: Any) -> str:
    """A value of a parameter: a text as it is, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def whole_of(value: Any) -> int | None:
    """A whole number from 0 on, written as a number or as text; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 20:
        value = int(value)
    return min(value, MAX_WHOLE) if isinstance(value, int) and value >= 0 else None


def dict_of(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def dicts_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; one object alone counts as a list of one."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def choice_of(value: Any, choices: tuple[str, ...], path: str) -> str:
    """The label as the product writes it, whatever its case; nothing for nothing. Raises SpecError."""
    wanted = text_of(value).strip()
    if not wanted:
        return ""
    for choice in choices:
        if choice.lower() == wanted.lower():
            return choice
    raise SpecError(f"{wanted} is none of {', '.join(choices)}", path, WRONG_VALUE)


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [child for item in level for child in _children(item)]
    return depth


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
