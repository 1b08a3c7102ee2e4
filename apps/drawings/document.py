"""Applying operations to a drawing without re-spelling what they do not touch.

A drawing is EMR Graph JSON. Its text is cut into the elements of `nodes` and `edges`;
operations put, drop or change elements, and the text is joined again. So unknown keys,
key order, doubled keys, numbers such as 250.0, 1e2 or beyond 2^53, and white space come
back as they came, and a drawing that nobody changed comes back verbatim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apps.drawings.splice import is_odd, is_spaced, members, read_value, skip_blank, spell
from apps.engine.graph import FlowDraft, draft_of


@dataclass(slots=True, eq=False)
class Element:
    """A node or an edge: its text with the white space around it, and what it says."""

    lead: str
    text: str
    trail: str
    value: dict[str, Any]


class Elements:
    """The elements of one array, by place and by id. A doubled id means its first element.

    `start` is where the array opens in `text`, None when the drawing has no such array yet.
    """

    def __init__(self, text: str, start: int | None) -> None:
        self.start, self.end = start or 0, 0
        self.changed = False
        self._list: list[Element] = []
        self._blank = ""
        self.spaced = is_spaced(text)
        if start is not None:
            self._cut(text, start)
        # What stands before an element that is not the first.
        self._gap = self._list[1].lead if len(self) > 1 else " " if self.spaced else ""
        if len(self) == 1:
            self._gap = self._list[0].lead or self._gap

    def _cut(self, text: str, start: int) -> None:
        lead = start + 1
        at = skip_blank(text, lead)
        if text[at] == "]":
            self._blank, self.end = text[lead:at], at + 1
            return
        while True:
            value, end = read_value(text, at)
            after = end if text[end] == "," else skip_blank(text, end)
            self._list.append(Element(text[lead:at], text[at:end], text[end:after], value))
            if text[after] == "]":
                self.end = after + 1
                return
            lead = after + 1
            at = skip_blank(text, lead)

    def __iter__(self) -> Iterator[Element]:
        return iter(self._list)

    def __len__(self) -> int:
        return len(self._list)

    @cached_property
    def _by_id(self) -> dict[str, list[Element]]:
        found: dict[str, list[Element]] = {}
        for element in self._list:
            element_id = element.value.get("id")
            if isinstance(element_id, str):
                found.setdefault(element_id, []).append(element)
        return found

    def get(self, element_id: str) -> Element | None:
        return next(iter(self._by_id.get(element_id, ())), None)

    def add(self, value: dict[str, Any], at: int | None, text: str | None = None) -> None:
        """Put a new element, written as `text` if given, in place `at` or, without such a place, last."""
        element = Element("", text or spell(value, spaced=self.spaced), "", value)
        place = len(self) if at is None or at > len(self) else at
        if place and place == len(self):
            element.lead = self._gap
            element.trail, self._list[-1].trail = self._list[-1].trail, ""
        elif self._list:
            element.lead = self._list[place].lead
            if not place:
                self._list[0].lead = self._gap
        self._by_id.setdefault(value["id"], []).append(element)
        self._list.insert(place, element)
        self.changed = True

    def rewrite(self, element: Element, text: str) -> None:
        if text != element.text:
            element.text = text
            element.value, _ = read_value(text, 0)
            self.changed = True

    def remove(self, element_id: str) -> str | None:
        """Take the element out; how it was written, if `add` would write it otherwise."""
        element = self._by_id[element_id].pop(0)
        place = self._list.index(element)
        if place and place == len(self) - 1:
            self._list[-2].trail = element.trail
        elif not place and len(self) > 1:
            self._list[1].lead = element.lead
        del self._list[place]
        self.changed = True
        return element.text if is_odd(element.text, spaced=self.spaced) else None

    def joined(self) -> str:
        if not self._list:
            return f"[{self._blank}]"
        return f"[{','.join(element.lead + element.text + element.trail for element in self._list)}]"


class Drawing:
    """A drawing that is being changed. Its text must be one that `read_graph` reads."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.nodes, self.edges = Elements(text, None), Elements(text, None)
        at = skip_blank(text, skip_blank(text, 0) + 1)
        while text[at] == '"':
            key, end = read_value(text, at)
            start = skip_blank(text, skip_blank(text, end) + 1)
            if key in ("nodes", "edges"):
                elements = Elements(text, start)
                setattr(self, key, elements)
                end = elements.end
            else:
                _, end = read_value(text, start)
            at = skip_blank(text, end)
            if text[at] == ",":
                at = skip_blank(text, at + 1)

    @cached_property
    def ends(self) -> Counter[str]:
        """How many edges touch each node."""
        return Counter(
            end
            for edge in self.edges
            for end in (edge.value.get("source"), edge.value.get("target"))
            if isinstance(end, str)
        )

    @property
    def text(self) -> str:
        text = self._text
        # From the back, so that what is replaced moves nothing that is still to be replaced.
        for elements in sorted((self.nodes, self.edges), key=lambda elements: elements.start, reverse=True):
            if elements.changed and elements.end:
                text = text[: elements.start] + elements.joined() + text[elements.end :]
        for key, elements in (("nodes", self.nodes), ("edges", self.edges)):
            if elements.changed and not elements.end:
                text = _with_array(text, key, elements.joined())
        return text

    def draft(self) -> FlowDraft:
        """What the drawing means now."""
        return draft_of(
            {"nodes": [node.value for node in self.nodes], "edges": [edge.value for edge in self.edges]}
        )


def _with_array(text: str, key: str, array: str) -> str:
    """`text` with a new last member of its object, one that was not there."""
    start = skip_blank(text, 0)
    found = members(text, start)
    at = found[-1].end if found else start + 1
    comma = ", " if found else ""
    return f'{text[:at]}{comma}"{key}": {array}{text[at:]}'
