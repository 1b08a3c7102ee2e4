"""Putting documents together again."""

from __future__ import annotations

from typing import Any


def merge(old: Any, new: Any) -> Any:
    """`old` with what `new` says: objects field by field, anything else as a whole."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return old | {key: merge(old[key], value) if key in old else value for key, value in new.items()}
