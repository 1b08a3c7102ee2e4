"""Which node waits for which, from every place where a document can say so.

Edges come from `dependencies` (or `flow`), from the inputs of nodes, from the variables
that a node takes from another, and from the branches of a join. An upstream that no node
of the document owns is external; the root of a workspace, which always succeeds, is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.engine.wiring import knots
from apps.gateways.dataworks.flowspec.fields import (
    Note,
    SpecError,
    choice_of,
    dict_of,
    dicts_of,
    pick,
)
from apps.gateways.dataworks.flowspec.model import DEPEND_TYPES, External, NodeSpec, Normal
from apps.gateways.dataworks.flowspec.references import node_reference

MAX_NAMED = 5


def names_of(artifacts: Any) -> tuple[str, ...]:
    """The names of the node outputs in inputs or outputs, in the spellings of all versions."""
    found: dict[str, None] = {}
    for item in _artifacts(artifacts, "nodeOutputs", "nodeOutput", "outputs", "output"):
        if name := node_reference(item if isinstance(item, str) else pick(item, "data", "output")):
            found[name] = None
    return tuple(found)


def _artifacts(artifacts: Any, *names: str) -> list[Any]:
    found: list[Any] = []
    for name in names:
        value = dict_of(artifacts).get(name)
        found += value if isinstance(value, list) else [] if value is None else [value]
    if not found:
        value = pick(artifacts, *names)
        found += value if isinstance(value, list) else [] if value is None else [value]
    return found


@dataclass
class Wires:
    """Collects the edges between `nodes`. `identifiers` are the names that this workspace goes by."""

    nodes: Sequence[NodeSpec]
    identifiers: frozenset[str] = frozenset()
    #: Each with the names by which the later node calls the earlier one.
    edges: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    externals: dict[External, None] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_id = {node.id: place for place, node in reversed(list(enumerate(self.nodes)))}
        self._by_name = {node.name: place for place, node in reversed(list(enumerate(self.nodes)))}
        self._by_output: dict[str, int] = {}
        for place, node in enumerate(self.nodes):
            for name in node.outputs:
                self._by_output.setdefault(name, place)

    def take_dependencies(self, entries: Any, path: str, whole: frozenset[str] = frozenset()) -> None:
        """`dependencies` or `flow`. Those of a node named in `whole` are of the workflow itself."""
        for place, entry in enumerate(dicts_of(entries)):
            where = f"{path}[{place}]"
            waiting_name = node_reference(pick(entry, "nodeId"))
            waiting = self._node(waiting_name)
            if waiting is None and waiting_name not in whole:
                if len(self.nodes) != 1:
                    self.notes.append(
                        Note(
                            "left_out", where, f"it is about {waiting_name or 'no node'}, which is not there"
                        )
                    )
                    continue
                waiting = 0
            for number, depend in enumerate(dicts_of(pick(entry, "depends", "depend"))):
                self._depend(waiting, depend, f"{where}.depends[{number}]")
            for inner in dicts_of(pick(entry, "variableDepends")):
                for depend in dicts_of(pick(inner, "depends")):
                    self._depend(waiting, depend, where)

    def take_nodes(self) -> None:
        """What the nodes themselves say about where their inputs come from."""
        for place, node in enumerate(self.nodes):
            for name in names_of(pick(node.source, "inputs", "input")):
                self._connect(place, self._upstream("", name), name, Normal)
            for name in _implied(node.source):
                upstream = self._upstream(name, name)
                if upstream is not None and upstream != place:
                    self._connect(place, upstream, name, Normal)

    def check_cycles(self) -> None:
        children: list[list[int]] = [[] for _ in self.nodes]
        for source, target in self.edges:
            if source == target:
                raise SpecError(
                    f"node {self.nodes[source].name} depends on itself", "$", "0x5083000000000010"
                )
            children[source].append(target)
        for knot in knots(children):
            titles = ", ".join(self.nodes[place].name for place in knot[:MAX_NAMED])
            raise SpecError(f"these nodes wait for each other: {titles}", "$")

    def _depend(self, waiting: int | None, depend: dict[str, Any], path: str) -> None:
        kind = choice_of(pick(depend, "type"), DEPEND_TYPES, f"{path}.type") or Normal
        node_id, output = node_reference(pick(depend, "nodeId")), node_reference(pick(depend, "output"))
        upstream = self._upstream(node_id, output)
        name = output or node_id
        if not name and kind in (Normal, "CrossCycleDependsOnOtherNode"):
            self.notes.append(Note("left_out", path, "it names neither a node nor an output"))
        elif kind == Normal and waiting is None:
            self._connect(None, None, name, kind)
        elif kind == Normal:
            self._connect(waiting, upstream, name, kind)
        else:
            self.externals[External(waiting, name, kind)] = None

    def _connect(self, waiting: int | None, upstream: int | None, name: str, kind: str) -> None:
        stands_for = self.nodes[upstream].stands_for if upstream is not None else ""
        if upstream is not None and waiting is not None and not stands_for:
            self.edges.setdefault((upstream, waiting), set()).add(name)
            return
        name = stands_for or name
        if name and not name.endswith("_root"):
            self.externals[External(waiting, name, kind)] = None

    def _upstream(self, node_id: str, output: str) -> int | None:
        for name, first in ((output, self._by_output), (node_id, self._by_id)):
            if name in first:
                return first[name]
        found = self._node(output) if output in self._by_id else self._node(node_id)
        if found is not None:
            return found
        project, _, name = output.partition(".")
        return self._by_name.get(name) if project in self.identifiers else None

    def _node(self, name: str) -> int | None:
        return self._by_id.get(name, self._by_name.get(name)) if name else None


def _implied(source: dict[str, Any]) -> Iterator[str]:
    """The nodes from which a node takes variables, and those that a join waits for."""
    variables = dicts_of(pick(pick(source, "inputs", "input"), "variables", "variable"))
    variables += dicts_of(pick(pick(source, "script"), "parameters"))
    for variable in variables:
        for holder in (variable, pick(variable, "referenceVariable", "from")):
            node = pick(holder, "node")
            for value in (pick(node, "output"), pick(node, "nodeId"), pick(holder, "nodeOutput", "nodeUuid")):
                if name := node_reference(value):
                    yield name
    for branch in dicts_of(pick(pick(source, "join"), "branches")):
        output = pick(branch, "output")
        for value in (
            pick(output, "data"),
            output if isinstance(output, str) else None,
            pick(branch, "nodeId"),
        ):
            if name := node_reference(value):
                yield name
