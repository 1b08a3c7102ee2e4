"""From a list of nodes to a plan: the graph is checked, then each node with the columns it gets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.jobs.dataflow.operations import NOT_BUILT, OPERATIONS, Parents
from apps.jobs.dataflow.plan import Plan, Step
from apps.jobs.dataflow.reading import Part, Wrong

MAX_NODES = 100
LONGEST_NAME = 100
_ID = re.compile(r"[0-9]{1,19}")
_PARENTS_WANTED = (
    _("%(type)s has no parents, not %(count)d"),
    _("%(type)s has 1 parent, not %(count)d"),
    _("%(type)s has 2 parents, not %(count)d"),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node as far as the graph knows it."""

    part: Part
    id: str
    name: str
    type: str
    parents: tuple[str, ...]


def compile_nodes(nodes: Any, path: str = "nodes") -> Plan:
    """The plan of a list of nodes. Raises Wrong for the first thing that is not as it must be."""
    drawn = read_nodes(nodes, path)
    for fault in (*ids_twice(drawn), *misled(drawn), *dead_ends(drawn, path)):
        raise fault
    ordered = _ordered(drawn)
    places = {node.id: place for place, node in enumerate(ordered)}
    steps: list[Step] = []
    for node in ordered:
        inputs = tuple(places[parent] for parent in node.parents)
        parents = Parents(node.parents, [steps[place].columns for place in inputs])
        columns, options = OPERATIONS[node.type].read(node.part, parents)
        steps.append(Step(node.id, node.name, node.type, inputs, columns, options))
    return Plan(tuple(steps))


def read_nodes(nodes: Any, path: str = "nodes") -> list[Drawn]:
    """The nodes with what all types have in common."""
    parts = Part(nodes, path).some(_("must hold at least one node"))
    if len(parts) > MAX_NODES:
        raise Wrong(path, _("has at most %(most)d nodes"), most=MAX_NODES)
    return [read_node(part) for part in parts]


def read_node(part: Part) -> Drawn:
    part.object()
    node_type = part.need("type")
    if node_type.value in NOT_BUILT:
        raise node_type.wrong(_("%(type)s is not supported by this server"), type=node_type.value)
    parents = [_id(parent) for parent in part.need("parentNodeIds").items()]
    if len(set(parents)) < len(parents):
        raise part.at("parentNodeIds").wrong(_("names a node twice"))
    return Drawn(
        part,
        _id(part.need("id")),
        part.need("name").text(LONGEST_NAME),
        node_type.choice(tuple(OPERATIONS)),
        tuple(parents),
    )


def _id(part: Part) -> str:
    """Ids are numbers; one that is written as a text of digits is the same number."""
    text = str(part.value) if isinstance(part.value, int | str) and not isinstance(part.value, bool) else ""
    if not _ID.fullmatch(text):
        raise part.wrong(_("must be a whole number"))
    return str(int(text))


def ids_twice(drawn: Sequence[Drawn]) -> Iterator[Wrong]:
    ids = [node.id for node in drawn]
    for place, node in enumerate(drawn):
        if node.id in ids[:place]:
            yield node.part.at("id").wrong(_("there are two nodes with the id %(id)s"), id=node.id)


def misled(drawn: Sequence[Drawn]) -> Iterator[Wrong]:
    """Parents that are not there, or too few or too many."""
    ids = {node.id for node in drawn}
    for node in drawn:
        for parent, part in zip(node.parents, node.part.at("parentNodeIds").items(), strict=True):
            if parent not in ids:
                yield part.wrong(_("there is no node %(id)s"), id=parent)
        if fault := _parents_fault(node):
            yield fault


def dead_ends(drawn: Sequence[Drawn], path: str) -> Iterator[Wrong]:
    """Nothing comes after a target, and everything else leads to one."""
    used = {parent for node in drawn for parent in node.parents}
    for node in drawn:
        if node.type.startswith("TARGET_") and node.id in used:
            child = next(each for each in drawn if node.id in each.parents)
            yield child.part.at("parentNodeIds").wrong(
                _("node %(id)s is a target: nothing comes after it"), id=node.id
            )
        if not node.type.startswith("TARGET_") and node.id not in used:
            yield node.part.wrong(_("nothing comes after node %(id)s: it needs a target"), id=node.id)
    for kind in ("SOURCE", "TARGET"):
        if not any(node.type.startswith(kind) for node in drawn):
            yield Wrong(path, _("there must be at least one %(kind)s node"), kind=kind)


def _parents_fault(node: Drawn) -> Wrong | None:
    operation, count = OPERATIONS[node.type], len(node.parents)
    if operation.least <= count and (operation.most is None or count <= operation.most):
        return None
    if operation.most is None:
        text = _("%(type)s has at least %(least)d parents, not %(count)d")
    else:
        text = _PARENTS_WANTED[operation.least]
    values = {"type": node.type, "least": operation.least, "count": count}
    return node.part.at("parentNodeIds").wrong(text, **values)


def _ordered(drawn: Sequence[Drawn]) -> list[Drawn]:
    """Parents before children, otherwise as drawn. Raises Wrong when nodes wait for each other."""
    done: set[str] = set()
    ordered: list[Drawn] = []
    left = list(drawn)
    while left:
        ready = [node for node in left if done.issuperset(node.parents)]
        if not ready:
            names = ", ".join(node.id for node in left)
            raise (
                left[0]
                .part.at("parentNodeIds")
                .wrong(_("these nodes wait for each other: %(names)s"), names=names)
            )
        ordered += ready
        done.update(node.id for node in ready)
        left = [node for node in left if node.id not in done]
    return ordered
