"""JSON that every database keeps: callers can spell more than a database takes."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
#: What may stand for NUL, for half a surrogate pair, or for a number beyond all bounds.
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|\d[eE]\+?\d\d|\d{300}")


def read_json(text: str) -> Any:
    """What `text` says. Raises ValueError when it is not JSON, or nothing that can be stored.

    >>> read_json('{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    >>> read_json("1e999")
    Traceback (most recent call last):
    ValueError: it holds a NUL character, half of a surrogate pair, or a number without bounds
    """
    try:
        value = json.loads(text, parse_constant=_not_json)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _SUSPECT.search(text) and not is_storable(value):
        raise ValueError("it holds a NUL character, half of a surrogate pair, or a number without bounds")
    return value


def is_storable(value: Any) -> bool:
    """False for text and numbers that JSON can spell and no database keeps in its own JSON.

    >>> is_storable({"a": [1, "b"]}), is_storable("\\0"), is_storable(["\\ud800"]), is_storable(float("inf"))
    (True, False, False, False)
    """
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            todo += item
        elif isinstance(item, float):
            if not math.isfinite(item):
                return False
        elif isinstance(item, str) and _NO_TEXT.search(item):
            return False
    return True


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
