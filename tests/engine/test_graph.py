from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.engine.graph import (
    EdgeDraft,
    FlowDraft,
    NodeDraft,
    UnreadableGraph,
    check_text,
    children_of,
    draft_of,
    knots,
    reached_from,
    read_graph,
    topological_order,
    validate,
)

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "graph_rules.json").read_text())

graphs = st.integers(1, 12).flatmap(
    lambda nodes: st.tuples(
        st.just(nodes),
        st.lists(st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)), max_size=30),
    )
)


def draft(nodes: int, edges: list[tuple[int, int]]) -> FlowDraft:
    return FlowDraft(
        tuple(NodeDraft(str(number), job="FJ-1") for number in range(nodes)),
        tuple(EdgeDraft(f"e{number}", str(a), str(b)) for number, (a, b) in enumerate(edges)),
    )


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_the_rules_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    problems = check_text(json.dumps(case["graph"]))
    found = [{"code": p.code, "nodes": list(p.nodes), "edges": list(p.edges)} for p in problems]
    assert sorted(found, key=str) == sorted(case["problems"], key=str)


def test_what_is_drawn_becomes_a_draft() -> None:
    node = {
        "id": "6cfa0ff3",
        "label": "load",
        "x": 300.5,
        "y": 200,
        "attribute": {"type": "JOB", "jobId": "FJ-1", "jobType": "HIVE_SQL"},
        "config": {"hostName": "emr-header-1", "clusterId": "C-1"},
        "spmAnchorId": "0.0.0.i0",
    }
    (read,) = draft_of({"nodes": [node]}).nodes
    assert (read.id, read.type, read.kind, read.name, read.job) == (
        "6cfa0ff3",
        "JOB",
        "HIVE_SQL",
        "load",
        "FJ-1",
    )
    assert (read.host, read.cluster, read.x, read.y) == ("emr-header-1", "C-1", 300.5, 200)
    assert read.attributes["spmAnchorId"] == "0.0.0.i0"


@pytest.mark.parametrize(
    "text", ["", "{", "{'nodes': []}", '{"nodes": [NaN]}', "[" * 100_000, '{"x": ' + "9" * 5000 + "}"]
)
def test_text_that_is_not_json_is_one_problem(text: str) -> None:
    assert [problem.code for problem in check_text(text)] == ["bad_json"]


def test_reading_such_a_text_raises_that_problem() -> None:
    with pytest.raises(UnreadableGraph) as caught:
        read_graph("[]")
    assert caught.value.problem.code == "not_an_object"


def test_a_label_that_no_database_can_keep_is_cleaned() -> None:
    (node,) = read_graph('{"nodes": [{"id": "a", "label": "x\\u0000y\\ud800z"}]}').nodes
    assert node.name == "xy?z"


def test_an_id_that_no_database_can_keep_is_refused() -> None:
    assert [p.code for p in check_text('{"nodes": [{"id": "a\\u0000"}]}')] == ["not_an_object"]


def test_settings_of_the_wrong_type_count_as_not_given() -> None:
    (node,) = draft_of(
        {
            "nodes": [
                {"id": "a", "label": 7, "x": "1", "y": True, "attribute": [], "config": {"hostName": None}}
            ]
        }
    ).nodes
    assert (node.name, node.x, node.y, node.kind, node.host) == ("", None, None, "", "")


def test_a_message_names_the_nodes() -> None:
    graph = {
        "nodes": [{"id": name, "label": name.upper(), "attribute": {"jobId": "FJ-1"}} for name in "ab"],
        "edges": [{"id": "1", "source": "a", "target": "b"}, {"id": "2", "source": "b", "target": "a"}],
    }
    (problem,) = validate(draft_of(graph), profile="plain")
    assert problem.message == "These nodes wait for each other: “A”, “B”."


def test_the_plain_profile_asks_for_no_start_and_no_jobs() -> None:
    assert validate(FlowDraft((NodeDraft("a"), NodeDraft("b")))) != []
    assert validate(FlowDraft((NodeDraft("a"), NodeDraft("b"))), profile="plain") == []


def test_children_come_once_in_the_order_of_the_edges() -> None:
    assert children_of(draft(3, [(0, 2), (0, 1), (0, 2), (1, 1)])) == [[2, 1], [], []]


def test_a_chain_of_ten_thousand_in_a_circle_is_one_knot() -> None:
    n = 10_000
    assert knots(children_of(draft(n, [(i, (i + 1) % n) for i in range(n)]))) == [list(range(n))]


@given(graphs)
def test_an_order_puts_parents_first_and_leaves_out_what_waits_for_a_cycle(graph: Any) -> None:
    children = children_of(draft(*graph))
    place = {ordinal: at for at, ordinal in enumerate(topological_order(children))}
    for ordinal, below in enumerate(children):
        for child in below:
            assert child not in place or place[ordinal] < place[child]
    stuck = {node for knot in knots(children) for node in knot}
    assert set(range(graph[0])) - set(place) == reached_from(stuck, children)


@given(graphs)
def test_two_nodes_are_in_one_knot_when_each_leads_to_the_other(graph: Any) -> None:
    children = children_of(draft(*graph))
    below = [reached_from([ordinal], children) for ordinal in range(graph[0])]
    mutual = {
        tuple(sorted(b for b in range(graph[0]) if b in below[a] and a in below[b])) for a in range(graph[0])
    }
    assert {tuple(knot) for knot in knots(children)} == {knot for knot in mutual if len(knot) > 1}


@given(graphs)
def test_a_cycle_is_a_problem_exactly_when_there_is_no_order(graph: Any) -> None:
    flow = draft(*graph)
    complete = len(topological_order(children_of(flow))) == graph[0]
    assert ("cycle" in {p.code for p in validate(flow, "plain")}) is not complete


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["nodes", "edges", "id", "attribute", "config", "source", "target", "x"]), x
            )
        ),
        max_leaves=40,
    )
)
def test_no_document_breaks_the_reader(document: Any) -> None:
    check_text(json.dumps(document))
