"""EMR's ids: a prefix that tells the kind, and the row's 16 hex digits."""

from __future__ import annotations

from apps.lib.ids import HasRef, read

PREFIXES: dict[str, str] = {
    "project": "FP-",
    "folder": "FC-",
    "job": "FJ-",
    "flow": "F-",
    "run": "FI-",
    "node run": "FNI-",
    "job run": "FJI-",
    "cluster": "C-",
    "template": "CT-",
}


def spell_id(kind: str, row: HasRef) -> str:
    return PREFIXES[kind] + row.ref


def read_id(kind: str, text: str) -> int | None:
    """The uid in `text`, or None when it is not an id of that kind.

    >>> read_id("flow", "F-00000000000000FF"), read_id("job", "F-00000000000000FF")
    (255, None)
    """
    prefix = PREFIXES[kind]
    return read(text.removeprefix(prefix)) if text.startswith(prefix) else None
