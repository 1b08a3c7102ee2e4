from __future__ import annotations

import json
from pathlib import Path

import pytest

from apps.engine.comparison import compare, operations, without_places

CASES = json.loads((Path(__file__).parent.parent / "vectors" / "graph_diff.json").read_text())
by_name = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


@by_name
def test_two_drawings_differ_as_the_vectors_say(case):
    found = compare(case["before"], case["after"])
    assert (found.nodes, found.edges) == (case["nodes"], case["edges"])


@by_name
def test_the_union_holds_all_that_is_in_either(case):
    union = compare(case["before"], case["after"]).union
    ids = [node["id"] for node in union["nodes"]]
    assert len(ids) == len(set(ids))
    for graph in (case["before"], case["after"]):
        assert {node["id"] for node in graph.get("nodes", [])} <= set(ids)


def test_a_node_whose_job_is_another_is_changed_though_it_is_drawn_the_same():
    graph = {"nodes": [{"id": "a"}, {"id": "b"}], "edges": []}
    assert compare(graph, graph, changed={"b"}).nodes == {"b": "changed"}


def test_the_keys_of_a_change_are_named_without_its_place():
    before = {"nodes": [{"id": "a", "x": 1, "label": "A"}]}
    after = {"nodes": [{"id": "a", "x": 2, "label": "B", "config": {}}]}
    assert compare(before, after).keys == {"a": ["label", "config"]}


def test_a_drawing_that_was_only_tidied_up_says_the_same():
    before = '{"nodes":[{"id":"a","label":"A","x":1,"y":2}],"edges":[]}'
    after = '{"edges": [], "nodes": [{"y": 9, "x": 7.5, "label": "A", "id": "a"}]}'
    assert without_places(before) == without_places(after)
    assert without_places(before) != without_places(before.replace('"A"', '"B"'))


@by_name
def test_its_operations_remove_edges_before_nodes_and_add_nodes_before_edges(case):
    order = {"remove_edge": 0, "remove_node": 1, "add_edge": 3}
    steps = [
        order.get(op["op"], 2) for op in operations(case["before"], case["after"]) if op.get("of") != "edge"
    ]
    assert steps == sorted(steps)


def test_an_edge_that_led_nowhere_comes_back_as_it_was():
    loose = {"id": "ax", "source": "a", "target": "x"}
    ops = operations({"nodes": [{"id": "a"}], "edges": []}, {"nodes": [{"id": "a"}], "edges": [loose]})
    assert ops == [{"op": "add_edge", "edge": loose, "at": 0, "loose": True}]
