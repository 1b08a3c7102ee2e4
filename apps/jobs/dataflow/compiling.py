"""From a list of nodes to a plan: the graph is checked, then each node with the columns it gets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from apps.jobs.dataflow.operations import NOT_BUILT, OPERATIONS, Parents
from apps.jobs.dataflow.plan import Plan, Step
from apps.jobs.dataflow.reading import Part, Wrong

MAX_NODES = 100
LONGEST_NAME = 100
_ID = re.compile(r"[0-9]{1,19}")


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
    parts = Part(nodes, path).some("node")
    if len(parts) > MAX_NODES:
        raise Wrong(path, f"has at most {MAX_NODES} nodes")
    return [read_node(part) for part in parts]


def read_node(part: Part) -> Drawn:
    part.object()
    node_type = part.need("type")
    if node_type.value in NOT_BUILT:
        raise node_type.wrong(f"{node_type.value} is not supported by this server")
    parents = [_id(parent) for parent in part.need("parentNodeIds").items()]
    if len(set(parents)) < len(parents):
        raise part.at("parentNodeIds").wrong("names a node twice")
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
        raise part.wrong("must be a whole number")
    return str(int(text))


def ids_twice(drawn: Sequence[Drawn]) -> Iterator[Wrong]:
    ids = [node.id for node in drawn]
    for place, node in enumerate(drawn):
        if node.id in ids[:place]:
            yield node.part.at("id").wrong(f"there are two nodes with the id {node.id}")


def misled(drawn: Sequence[Drawn]) -> Iterator[Wrong]:
    """Parents that are not there, or too few or too many."""
    ids = {node.id for node in drawn}
    for node in drawn:
        for parent, part in zip(node.parents, node.part.at("parentNodeIds").items(), strict=True):
            if parent not in ids:
                yield part.wrong(f"there is no node {parent}")
        if fault := _parents_fault(node):
            yield fault


def dead_ends(drawn: Sequence[Drawn], path: str) -> Iterator[Wrong]:
    """Nothing comes after a target, and everything else leads to one."""
    used = {parent for node in drawn for parent in node.parents}
    for node in drawn:
        if node.type.startswith("TARGET_") and node.id in used:
            child = next(each for each in drawn if node.id in each.parents)
            yield child.part.at("parentNodeIds").wrong(f"node {node.id} is a target: nothing comes after it")
        if not node.type.startswith("TARGET_") and node.id not in used:
            yield node.part.wrong(f"nothing comes after node {node.id}: it needs a target")
    for kind in ("SOURCE", "TARGET"):
        if not any(node.type.startswith(kind) for node in drawn):
            yield Wrong(path, f"there must be at least one {kind} node")


def _parents_fault(node: Drawn) -> Wrong | None:
    operation, count = OPERATIONS[node.type], len(node.parents)
    if operation.least <= count and (operation.most is None or count <= operation.most):
        return None
    wanted = f"at least {operation.least}" if operation.most is None else str(operation.least or "no")
    plural = "" if wanted == "1" else "s"
    return node.part.at("parentNodeIds").wrong(f"{node.type} has {wanted} parent{plural}, not {count}")


def _ordered(drawn: Sequence[Drawn]) -> list[Drawn]:
    """Parents before children, otherwise as drawn. Raises Wrong when nodes wait for each other."""
    done: set[str] = set()
    ordered: list[Drawn] = []
    left = list(drawn)
    while left:
        ready = [node for node in left if done.issuperset(node.parents)]
        if not ready:
            names = ", ".join(node.id for node in left)
            raise left[0].part.at("parentNodeIds").wrong(f"these nodes wait for each other: {names}")
        ordered += ready
        done.update(node.id for node in ready)
        left = [node for node in left if node.id not in done]
    return ordered
