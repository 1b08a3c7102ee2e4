"""Everything that is wrong with a data flow, and the columns that reach each of its nodes.

`compile_nodes` stops at the first fault, which is what a caller of an API is told. Who draws
wants all of them, and to know which columns there are to choose from while something else is
still unfinished.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from apps.jobs.dataflow.compiling import Drawn, dead_ends, ids_twice, misled, read_node
from apps.jobs.dataflow.operations import OPERATIONS, Columns, Parents
from apps.jobs.dataflow.reading import Part, Wrong

#: What comes out of these is what goes in, whatever else may be wrong with them.
_KEEP_COLUMNS = frozenset({"TRANSFORM_FILTER", "TRANSFORM_DROP_DUPLICATION", "TRANSFORM_FILL_MISSING_VALUES"})
_PLACE = re.compile(r"nodes\[(\d+)\]\.?")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in the reader's language, with the place of the node in the list (None: the whole)
    and where within it."""

    place: int | None
    path: str
    message: str
    #: Something is not there yet, rather than wrong.
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The columns of a node: what comes in from each parent, and what goes out.

    None where it cannot be known, because something before is unfinished or wrong.
    """

    parents: tuple[str, ...]
    inputs: tuple[Columns | None, ...]
    columns: Columns | None


@dataclass(frozen=True, slots=True)
class Check:
    #: By node id.
    nodes: dict[str, Checked]
    faults: list[Fault]


def check_nodes(nodes: Any) -> Check:
    """All faults, and what is known of the columns. Cycles are left to the rules of graphs."""
    drawn, faults = _read_all(nodes)
    misleading = [*misled(drawn)]
    faults += [_fault(wrong) for wrong in ids_twice(drawn)]
    few = {_place(node.part.path) for node in drawn if len(node.parents) < OPERATIONS[node.type].least}
    faults += [_fault(wrong, unfinished=_place(wrong.path) in few) for wrong in misleading]
    faults += [_fault(wrong, unfinished=True) for wrong in dead_ends(drawn, "nodes")]
    broken = {fault.place for fault in map(_fault, misleading)}
    checked: dict[str, Checked] = {}
    for node in _in_order(drawn):
        inputs = tuple(checked[parent].columns if parent in checked else None for parent in node.parents)
        columns, wrong = _columns(node, inputs, is_led=_place(node.part.path) not in broken)
        faults += [_fault(wrong)] if wrong else []
        checked[node.id] = Checked(node.parents, inputs, columns)
    return Check(checked, sorted(faults, key=lambda fault: (fault.place is None, fault.place or 0)))


def _read_all(nodes: Any) -> tuple[list[Drawn], list[Fault]]:
    drawn, faults = [], []
    for part in Part(nodes if isinstance(nodes, list) else [], "nodes").items():
        try:
            drawn.append(read_node(part))
        except Wrong as wrong:
            faults.append(_fault(wrong))
    return drawn, faults


def _in_order(drawn: Sequence[Drawn]) -> Iterator[Drawn]:
    """Parents before children; what waits for itself comes last."""
    known = {node.id for node in drawn}
    done: set[str] = set()
    left = list(drawn)
    while left:
        ready = [node for node in left if done.issuperset(known.intersection(node.parents))] or left
        yield from ready
        done.update(node.id for node in ready)
        left = [node for node in left if node.id not in done]


def _columns(
    node: Drawn, inputs: Sequence[Columns | None], *, is_led: bool
) -> tuple[Columns | None, Wrong | None]:
    known = [columns for columns in inputs if columns is not None]
    if not is_led or len(known) < len(inputs):
        return None, None
    try:
        return OPERATIONS[node.type].read(node.part, Parents(node.parents, known))[0], None
    except Wrong as wrong:
        return (known[0] if node.type in _KEEP_COLUMNS else None), wrong


def _place(path: str) -> int | None:
    match = _PLACE.match(path)
    return int(match[1]) if match else None


def _fault(wrong: Wrong, *, unfinished: bool = False) -> Fault:
    path = _PLACE.sub("", wrong.path, count=1)
    return Fault(_place(wrong.path), path, wrong.translated(placed=False), unfinished)
