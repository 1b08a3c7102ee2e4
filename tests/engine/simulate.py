"""A run without a database: what the engine decides is kept in a dict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.engine.advance import NEVER, OTHER_WAY, advance
from apps.engine.control import Clock
from apps.engine.plan import (
    Act,
    Asked,
    Begun,
    Bypass,
    Claimed,
    Happening,
    Node,
    Plan,
    Reported,
    Run,
    Snapshot,
    Spec,
)
from apps.engine.rerun import fresh_nodes, reset, roots
from apps.engine.rules import OnFailure, TriggerRule
from apps.engine.states import ACTIVE, CLAIMED, State

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CLOCK = Clock(NOW, ZoneInfo("Asia/Shanghai"))


def specs(
    edges: Sequence[tuple[int, int]],
    count: int,
    *,
    rules: dict[int, TriggerRule] | None = None,
    on_failure: dict[int, OnFailure] | None = None,
    **fields: object,
) -> list[Spec]:
    children: list[list[int]] = [[] for _ in range(count)]
    parents = [0] * count
    for source, target in edges:
        children[source].append(target)
        parents[target] += 1
    return [
        Spec(
            children=children[ordinal],
            parents=parents[ordinal],
            rule=(rules or {}).get(ordinal, TriggerRule.ALL_SUCCEEDED),
            on_failure=(on_failure or {}).get(ordinal, OnFailure.STOP),
            **fields,  # type: ignore[arg-type]
        )
        for ordinal in range(count)
    ]


class GivenFacts:
    """Facts of a simulated run: its nodes are called by their ordinals."""

    def __init__(
        self, given: Mapping[str, Any], nodes: Mapping[int, Node], outputs: Mapping[int, dict[str, Any]]
    ) -> None:
        self.given, self.nodes, self.outputs = given, nodes, outputs

    def expand(self, text: str) -> str:
        return text

    def value(self, name: str) -> Any:
        return self.given[name]

    def state(self, node: str) -> str:
        return self.nodes[int(node)].state.value

    def output(self, node: str, name: str) -> Any:
        return self.outputs.get(int(node), {}).get(name)


class Simulation:
    """One run in memory; counts the nodes that each step loads."""

    def __init__(self, graph: Sequence[Spec], bypass: Mapping[int, Bypass] | None = None) -> None:
        self.graph = graph
        self.run = Run()
        self.nodes = {node.ordinal: node for node in fresh_nodes(graph, bypass)}
        self.loaded = 0
        #: Nodes that were passed by, and not skipped because of those before them.
        self.passed_by: set[int] = set()
        #: The ways that branches took, what nodes left, and what the run was given.
        self.ways: dict[int, list[str]] = {}
        self.outputs: dict[int, dict[str, Any]] = {}
        self.given: dict[str, Any] = {}
        self.kinds: list[tuple[str, int | None]] = []

    def tell(self, *happenings: Happening) -> Plan:
        snapshot = Snapshot(self._fetch, self._fetch_active, lambda: CLOCK, self._facts)
        plan = advance(self.run, self.graph, snapshot, happenings, NOW)
        self.ways |= plan.ways
        self.outputs |= plan.outputs
        self.kinds += [(note.kind, note.ordinal) for note in plan.notes]
        self.passed_by |= {
            note.ordinal
            for note in plan.notes
            if note.ordinal is not None
            and note.kind == "node.skipped"
            and (note.detail or {}).get("reason") not in (NEVER, OTHER_WAY)
        }
        return plan

    def ask(self, ordinal: int, act: Act) -> Plan:
        return self.tell(Asked(ordinal, act, f"{act} by ann"))

    def rerun(self, **how: Any) -> None:
        """Run an ended run again, as `reset` is told."""
        nodes = [self.nodes[ordinal] for ordinal in range(len(self.graph))]
        begin_with = reset(self.run, self.graph, nodes, ways=self.ways, **how)
        self.passed_by = set()
        self.tell(Begun(begin_with))

    def begin(self) -> Plan:
        return self.tell(Begun(roots(self.graph)))

    def claim(self, ordinal: int) -> Plan:
        return self.tell(Claimed(ordinal, host=1))

    def report(self, ordinal: int, exit_code: int | None = 0, *, token: int | None = None) -> Plan:
        token = self.nodes[ordinal].token if token is None else token
        return self.tell(Reported(ordinal, token, exit_code, NOW, "" if exit_code == 0 else "it broke"))

    def work_off(self, exit_codes: dict[int, int] | None = None) -> None:
        """Claim and end whatever is ready until nothing is."""
        while ready := self.in_state(State.READY):
            for ordinal in ready:
                self.claim(ordinal)
                self.report(ordinal, (exit_codes or {}).get(ordinal, 0))

    def in_state(self, *states: State) -> list[int]:
        return [node.ordinal for node in self.nodes.values() if node.state in states]

    def state(self, ordinal: int) -> State:
        return self.nodes[ordinal].state

    @property
    def claimed(self) -> list[int]:
        return self.in_state(*CLAIMED)

    def _facts(
        self, ordinal: int, nodes: Mapping[int, Node], outputs: Mapping[int, dict[str, Any]]
    ) -> GivenFacts:
        return GivenFacts(self.given, self.nodes, self.outputs | dict(outputs))

    def _fetch(self, ordinals: Sequence[int]) -> list[Node]:
        self.loaded += len(ordinals)
        return [self.nodes[ordinal] for ordinal in ordinals]

    def _fetch_active(self) -> list[Node]:
        found = [node for node in self.nodes.values() if node.state in ACTIVE]
        self.loaded += len(found)
        return found
