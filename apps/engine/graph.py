"""The rules that a graph keeps, and the one import for all that is known of graphs.

`validate` tells everything that breaks a rule in one linear pass. The canvas has the same
rules in rules.js, and both are held to tests/vectors/graph_rules.json.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from apps.engine.drafts import (
    END,
    JOB,
    MAX_ID,
    START,
    EdgeDraft,
    FlowDraft,
    NodeDraft,
    Problem,
    UnreadableGraph,
    draft_of,
    parse_json,
    read_graph,
)
from apps.engine.wiring import Wiring, children_of, knots, parent_counts, reached_from, topological_order

__all__ = [
    "END",
    "JOB",
    "MAX_ID",
    "START",
    "EdgeDraft",
    "FlowDraft",
    "NodeDraft",
    "Problem",
    "UnreadableGraph",
    "check_text",
    "children_of",
    "draft_of",
    "knots",
    "parent_counts",
    "parse_json",
    "reached_from",
    "read_graph",
    "topological_order",
    "validate",
]


#: How many nodes the message about a cycle names.
MAX_TITLES = 5

Rule = Callable[[FlowDraft, Wiring], Iterator[Problem]]


def _one(node_type: str, code: str) -> Rule:
    """Exactly one node of `node_type`: no_<code> when there is none, many_<code>s when there are more."""

    def rule(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
        found = tuple(node.id for node in _of_type(draft, wiring, node_type))
        if not found:
            yield Problem(f"no_{code}", f"A flow needs one {node_type} node; there is none.")
        if len(found) > 1:
            yield Problem(
                f"many_{code}s", f"A flow needs one {node_type} node; there are {len(found)}.", found
            )

    return rule


def _node_ids_once(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    for node_id, count in Counter(node.id for node in draft.nodes).items():
        if count > 1:
            yield Problem("duplicate_node_id", f"{count} nodes have the id {node_id}.", (node_id,))


def _edges_once(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    for edge_id, count in Counter(edge.id for edge in draft.edges if edge.id).items():
        if count > 1:
            yield Problem("duplicate_edge", f"{count} edges have the id {edge_id}.", (), (edge_id,))
    pairs = Counter((source, target) for _, source, target in wiring.edges)
    if len(pairs) == len(wiring.edges):
        return
    doubled: dict[tuple[int, int], list[EdgeDraft]] = {pair: [] for pair, n in pairs.items() if n > 1}
    for edge, *pair in wiring.edges:
        if (ends := (pair[0], pair[1])) in doubled:
            doubled[ends].append(edge)
    for ends, edges in doubled.items():
        source, target = (draft.nodes[ordinal] for ordinal in ends)
        message = f"{len(edges)} edges lead from “{source.title}” to “{target.title}”."
        yield Problem("duplicate_edge", message, (source.id, target.id), _ids(edges))


def _ends_exist(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    for edge in draft.edges:
        if edge.source not in wiring.ordinals:
            message = f"An edge comes from a node that is not there: “{edge.source}”."
            yield Problem("unknown_source", message, (), _ids([edge]))
        if edge.target not in wiring.ordinals:
            message = f"An edge leads to a node that is not there: “{edge.target}”."
            yield Problem("unknown_target", message, (), _ids([edge]))


def _no_self_loop(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    for edge in draft.edges:
        if edge.source == edge.target and edge.source in wiring.ordinals:
            title = draft.nodes[wiring.ordinals[edge.source]].title
            yield Problem("self_loop", f"“{title}” leads to itself.", (edge.source,), _ids([edge]))


def _no_cycle(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    for knot in knots(wiring.children):
        inside = set(knot)
        edges = [edge for edge, source, target in wiring.edges if source in inside and target in inside]
        titles = ", ".join(f"“{draft.nodes[ordinal].title}”" for ordinal in knot[:MAX_TITLES])
        more = f" and {len(knot) - MAX_TITLES} more" if len(knot) > MAX_TITLES else ""
        yield Problem(
            "cycle",
            f"These nodes wait for each other: {titles}{more}.",
            tuple(draft.nodes[ordinal].id for ordinal in knot),
            _ids(edges),
        )


def _nothing_before_start(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    incoming = defaultdict(list)
    for edge, _, target in wiring.edges:
        if draft.nodes[target].type == START:
            incoming[target].append(edge)
    for ordinal, edges in sorted(incoming.items()):
        yield Problem(
            "start_has_parent", "Nothing may come before START.", (draft.nodes[ordinal].id,), _ids(edges)
        )


def _nothing_after_end(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    outgoing = defaultdict(list)
    for edge, source, _ in wiring.edges:
        if draft.nodes[source].type == END:
            outgoing[source].append(edge)
    for ordinal, edges in sorted(outgoing.items()):
        yield Problem("end_has_child", "Nothing may come after END.", (draft.nodes[ordinal].id,), _ids(edges))


def _jobs_named(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    for node in _of_type(draft, wiring, JOB):
        if not node.job:
            yield Problem("no_job", f"“{node.title}” names no job.", (node.id,))


def _names_once(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    named: defaultdict[str, list[str]] = defaultdict(list)
    for node in _of_type(draft, wiring, JOB):
        if node.name:
            named[node.name].append(node.id)
    for name, ids in named.items():
        if len(ids) > 1:
            yield Problem(
                "duplicate_name", f"{len(ids)} nodes are called “{name}”.", tuple(ids), severity="warning"
            )


def _start_leads_everywhere(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    lost = _not_reached(draft, wiring, START, wiring.children)
    if lost:
        yield Problem(
            "unreachable", f"START does not lead to {_count(lost)}.", tuple(lost), severity="warning"
        )


def _everything_leads_to_end(draft: FlowDraft, wiring: Wiring) -> Iterator[Problem]:
    parents: list[list[int]] = [[] for _ in draft.nodes]
    for _, source, target in wiring.edges:
        parents[target].append(source)
    lost = _not_reached(draft, wiring, END, parents)
    if lost:
        yield Problem("dead_end", f"END does not come after {_count(lost)}.", tuple(lost), severity="warning")


def _not_reached(
    draft: FlowDraft, wiring: Wiring, node_type: str, neighbours: Sequence[Sequence[int]]
) -> list[str]:
    starts = [wiring.ordinals[node.id] for node in _of_type(draft, wiring, node_type)]
    if not starts:
        return []
    found = reached_from(starts, neighbours)
    return [node_id for node_id, ordinal in wiring.ordinals.items() if ordinal not in found]


def _of_type(draft: FlowDraft, wiring: Wiring, node_type: str) -> Iterator[NodeDraft]:
    for ordinal in wiring.ordinals.values():
        if draft.nodes[ordinal].type == node_type:
            yield draft.nodes[ordinal]


def _ids(edges: Iterable[EdgeDraft]) -> tuple[str, ...]:
    return tuple(edge.id for edge in edges if edge.id)


def _count(nodes: Sequence[str]) -> str:
    return "1 node" if len(nodes) == 1 else f"{len(nodes)} nodes"


_ANY_GRAPH: tuple[Rule, ...] = (_node_ids_once, _ends_exist, _edges_once, _no_self_loop, _no_cycle)
#: Which rules a graph keeps. The engine itself runs any graph without a cycle; that there is
#: one START and one END is a rule of EMR.
PROFILES: dict[str, tuple[Rule, ...]] = {
    "plain": _ANY_GRAPH,
    "emr": (
        _one(START, "start"),
        _one(END, "end"),
        *_ANY_GRAPH,
        _nothing_before_start,
        _nothing_after_end,
        _jobs_named,
        _names_once,
        _start_leads_everywhere,
        _everything_leads_to_end,
    ),
}
Profile = Literal["emr", "plain"]


def validate(draft: FlowDraft, profile: Profile = "emr") -> list[Problem]:
    """Everything that is wrong with the graph."""
    wiring = Wiring.of(draft)
    return [problem for rule in PROFILES[profile] for problem in rule(draft, wiring)]


def check_text(text: str, profile: Profile = "emr") -> list[Problem]:
    """Everything that is wrong with a drawing, be it that it is none."""
    try:
        return validate(read_graph(text), profile)
    except UnreadableGraph as error:
        return [error.problem]
