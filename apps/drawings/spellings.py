"""How values were written before they were changed, so that taking a change back restores the very text.

An editor that undoes sends the value as it understands it: 250 for 250.0, 中 for \\u4e2d. An
operation that replaces or removes text which would not be written like that again is kept
with the old spelling (`was`); a later operation that brings the value back gets it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from apps.drawings.splice import Spelling, read_value

#: ("node", id) for a whole element, ("node", id, key, …) for a value in it.
Place = tuple[str, ...]


class Spellings:
    """What is remembered of the steps given, the newest step first."""

    def __init__(self, steps: Iterable[Sequence[Any]] = ()) -> None:
        self._known: defaultdict[Place, list[Spelling]] = defaultdict(list)
        for ops in steps:
            for op in ops:
                for place, spelling in _kept(op):
                    self._known[place].append(spelling)

    def of(self, place: Place, value: Any) -> Spelling | None:
        """The latest spelling that `value` had in that place."""
        for spelling in self._known.get(place, ()):
            if _alike(read_value(spelling.text, 0)[0], value):
                return spelling
        return None

    def keep(self, op: Mapping[str, Any]) -> None:
        """Remember an operation of the step that is being made."""
        for place, spelling in _kept(op):
            self._known[place].insert(0, spelling)


def _kept(op: Mapping[str, Any]) -> Iterator[tuple[Place, Spelling]]:
    match op:
        case {"op": "remove_node" | "remove_edge" as verb, "id": element_id, "was": text}:
            yield (verb.removeprefix("remove_"), element_id), Spelling(text)
        case {"op": "set" | "unset", "of": of, "id": element_id, "path": path, "was": [text, before]}:
            yield (of, element_id, *path), Spelling(text, before)
        case {"op": "move", "was": was}:
            for element_id, spelt in was.items():
                for key, text in spelt.items():
                    yield ("node", element_id, key), Spelling(text)


def _alike(one: Any, other: Any) -> bool:
    """Equal as an editor sees them, to whom every number is a double."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        try:
            return float(one) == float(other)
        except OverflowError:
            return bool(one == other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == other)
