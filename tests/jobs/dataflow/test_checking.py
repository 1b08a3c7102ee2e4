"""Columns through a data flow that is being drawn, and every fault in its place."""

from __future__ import annotations

from typing import Any

import pytest

from apps.jobs.dataflow.checking import check_nodes
from apps.jobs.dataflow.drawing import draw, nodes_of
from tests.jobs.dataflow.nodes import Node, filtered, node, seed, source, target

JOIN = {"joinType": "INNER", "leftNodeId": 1, "rightNodeId": 2, "prefix": "r_"}
KEYS = [{"leftField": "id", "rightField": "id", "joinOperator": "EQ", "conditionOperator": "HEAD"}]
ON_ID = {**JOIN, "joinConditionList": KEYS}


def columns(nodes: list[Node], number: int) -> list[str] | None:
    known = check_nodes(nodes).nodes[str(number)].columns
    return None if known is None else [f"{one.name} {one.type}" for one in known]


AFTER: list[tuple[Node, list[str] | None]] = [
    (filtered(2, 1, ("id", "GT", "1")), ["id int", "name string", "amount double"]),
    (filtered(2, 1, ("nobody", "GT", "1")), ["id int", "name string", "amount double"]),
    (
        node(2, "TRANSFORM_SELECT", [1], fieldList=[{"name": "name"}, {"name": "id"}]),
        ["name string", "id int"],
    ),
    (node(2, "TRANSFORM_SELECT", [1], fieldList=[{"name": "nobody"}]), None),
    (
        node(2, "TRANSFORM_RENAME", [1], renameFieldList=[{"name": "id", "newName": "key"}]),
        ["key int", "name string", "amount double"],
    ),
    (
        node(
            2, "TRANSFORM_DEFINE", [1], defineFieldList=[{"name": "id", "newName": "id", "newType": "string"}]
        ),
        ["id string", "name string", "amount double"],
    ),
    (
        node(
            2,
            "TRANSFORM_AGGREGATE",
            [1],
            groupByList=["name"],
            aggregateFieldList=[{"name": "id", "function": "SUM", "ResultName": "total"}],
        ),
        ["name string", "total bigint"],
    ),
    (
        node(2, "TRANSFORM_DROP_DUPLICATION", [1], dropFieldList=[]),
        ["id int", "name string", "amount double"],
    ),
]


@pytest.mark.parametrize(("after", "wanted"), AFTER)
def test_what_comes_out_of_a_node_follows_from_what_comes_in(after: Node, wanted: list[str] | None):
    assert columns([source(1), after], 2) == wanted


def test_a_join_has_the_columns_of_both_sides():
    nodes = [source(1), source(2, "id int", "city"), node(3, "TRANSFORM_JOIN", [1, 2], **ON_ID)]
    assert columns(nodes, 3) == ["id int", "name string", "amount double", "r_id int", "city string"]


FAULTS: list[tuple[list[Any], list[tuple[int | None, str, bool]]]] = [
    (seed(), []),
    ([], [(None, "", True), (None, "", True)]),
    ([source(1)], [(0, "", True), (None, "", True)]),
    (
        [source(1), filtered(2, 1, ("nobody", "EQ", "A")), target(3, 2, "id int", "gone")],
        [(1, "filterConditionList[0].name", False), (2, "fieldList[1].name", False)],
    ),
    (
        [source(1), filtered(2, 1, ("id", "EQ", "x")), target(3, 2)],
        [(1, "filterConditionList[0].value", False)],
    ),
    (
        [source(1), node(2, "TRANSFORM_JOIN", [1], **ON_ID), target(3, 2)],
        [(1, "parentNodeIds", True)],
    ),
    ([source(1, "id int", "id"), target(2, 1, "id int")], [(0, "fieldList[1]", False)]),
    (
        [{"type": "MARS", "id": 1, "name": "x", "parentNodeIds": []}, source(2), target(3, 2)],
        [(0, "type", False)],
    ),
    # What comes after something unfinished is not blamed for it.
    (
        [source(1), node(2, "TRANSFORM_SELECT", [1], fieldList=[]), target(3, 2, "anything")],
        [(1, "fieldList", False)],
    ),
]


@pytest.mark.parametrize(("nodes", "wanted"), FAULTS)
def test_every_fault_is_told_in_its_place(nodes: list[Any], wanted: list[tuple[int | None, str, bool]]):
    found = [(fault.place, fault.path, fault.unfinished) for fault in check_nodes(nodes).faults]
    assert [(place, path if place is not None else "", wait) for place, path, wait in found] == wanted


def test_nodes_that_wait_for_each_other_are_checked_without_end():
    loop = [filtered(1, 2, ("id", "EQ", "1")), filtered(2, 1, ("id", "EQ", "1"))]
    assert check_nodes(loop).nodes["1"].columns is None


ROUND_TRIPS: list[list[Any]] = [
    seed(),
    [
        source(1),
        source(2, "id int", "city"),
        node(3, "TRANSFORM_JOIN", [1, 2], **ON_ID),
        target(4, 3, "id int"),
    ],
    [source(1), source(2), node(3, "TRANSFORM_UNION", [2, 1], unionType="ALL"), target(4, 3)],
    [source("7"), target(8, "7", note={"kept": [1, 2.5]})],  # type: ignore[arg-type]
    [{"id": 1, "type": "TRANSFORM_FILTER"}],
]


@pytest.mark.parametrize("nodes", ROUND_TRIPS)
def test_a_drawing_says_the_nodes_that_it_was_drawn_from(nodes: list[Any]):
    read = nodes_of(draw(nodes), nodes)
    unfinished = {"name": "", "parentNodeIds": []}
    assert read == [{**unfinished, **each} for each in nodes]
    assert list(read[0])[: len(nodes[0])] == list(nodes[0])


def test_the_right_side_of_a_join_stays_right_when_it_is_drawn():
    turned = {**ON_ID, "leftNodeId": 2, "rightNodeId": 1}
    nodes = [source(1), source(2, "id int"), node(3, "TRANSFORM_JOIN", [1, 2], **turned)]
    assert nodes_of(draw(nodes))[2] | turned == nodes_of(draw(nodes))[2]
