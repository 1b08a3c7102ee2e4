"""Values of JSON that every database keeps: JSON can spell more than a database takes."""

from __future__ import annotations

import math
import re
from typing import Any

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def is_storable(value: Any) -> bool:
    """False for NUL, half a surrogate pair, and numbers that are none.

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
