"""What a data flow must be, and where it says that it is not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from apps.jobs.dataflow.compiling import compile_nodes
from apps.jobs.dataflow.plan import plan_from_json
from apps.jobs.dataflow.reading import Wrong
from tests.jobs.dataflow.nodes import Node, filtered, node, seed, source, target

JOIN = {
    "joinType": "INNER",
    "leftNodeId": 1,
    "rightNodeId": 2,
    "prefix": "r_",
    "joinConditionList": [
        {"leftField": "id", "rightField": "id", "joinOperator": "EQ", "conditionOperator": "HEAD"}
    ],
}


def joined(**changed: Any) -> list[Node]:
    return [
        source(1),
        source(2, "id int", "city", prefix="cities"),
        node(3, "TRANSFORM_JOIN", [1, 2], **{**copy.deepcopy(JOIN), **changed}),
        target(4, 3, "id int", "city"),
    ]


def through(kind: str, **own: Any) -> list[Node]:
    """Source, one node of that type, and a target that takes its first column."""
    return [source(1), node(2, kind, [1], **own), target(3, 2, "id int")]


def without(nodes: list[Node], place: int, key: str) -> list[Node]:
    return [{k: v for k, v in each.items() if (n, k) != (place, key)} for n, each in enumerate(nodes)]


def changed(nodes: list[Node], place: int, **values: Any) -> list[Node]:
    return [each | values if number == place else each for number, each in enumerate(nodes)]


PLAIN = [source(1), target(2, 1)]
FILTER = [source(1), filtered(2, 1, ("name", "EQ", "A")), target(3, 2)]

REFUSED: list[tuple[Any, str]] = [
    # the list itself
    ("no list", "nodes"),
    ([], "nodes"),
    (["no object"], "nodes[0]"),
    ([source(1) | {"id": number} for number in range(101)], "nodes"),
    # what all nodes have
    *((without(PLAIN, 0, key), f"nodes[0].{key}") for key in ("id", "name", "type", "parentNodeIds")),
    (changed(PLAIN, 0, type="SOURCE_MARS"), "nodes[0].type"),
    (changed(PLAIN, 0, type="SOURCE_CDB_MYSQL"), "nodes[0].type"),
    (changed(PLAIN, 0, type=["SOURCE_OBS"]), "nodes[0].type"),
    (changed(PLAIN, 0, id=True), "nodes[0].id"),
    (changed(PLAIN, 0, id="x"), "nodes[0].id"),
    (changed(PLAIN, 0, name=""), "nodes[0].name"),
    (changed(PLAIN, 0, name="n" * 101), "nodes[0].name"),
    # the graph
    ([source(1), target(1, 1)], "nodes[1].id"),
    ([source(1), target(2, 5)], "nodes[1].parentNodeIds[0]"),
    (changed(PLAIN, 1, parentNodeIds=[1, 1]), "nodes[1].parentNodeIds"),
    (changed(PLAIN, 1, parentNodeIds=[]), "nodes[1].parentNodeIds"),
    ([source(1), filtered(2, 3, ("name", "EQ", "A")), filtered(3, 2, ("name", "EQ", "A")), target(4, 1)],
     "nodes[1].parentNodeIds"),
    ([source(1), source(2), target(3, 1)], "nodes[1]"),
    ([source(1), filtered(2, 1, ("name", "EQ", "A"))], "nodes[1]"),
    ([source(1), target(2, 1), target(3, 2)], "nodes[2].parentNodeIds"),
    ([target(1, 2), filtered(2, 2, ("name", "EQ", "A"))], "nodes"),
    ([source(1), node(2, "TRANSFORM_UNION", [1], unionType="ALL"), target(3, 2)], "nodes[1].parentNodeIds"),
    # sources and targets
    *((without(PLAIN, 0, key), f"nodes[0].{key}")
      for key in ("regionNo", "bucketName", "prefix", "dataType", "fieldList")),
    *((without(PLAIN, 1, key), f"nodes[1].{key}")
      for key in ("regionNo", "bucketName", "prefix", "dataType", "fieldList")),
    (changed(PLAIN, 0, dataType="XML"), "nodes[0].dataType"),
    (changed(PLAIN, 1, dataType="NDJSON"), "nodes[1].dataType"),
    (changed(PLAIN, 0, fieldList=[]), "nodes[0].fieldList"),
    (changed(PLAIN, 0, fieldList=[{"name": "id"}]), "nodes[0].fieldList[0].type"),
    (changed(PLAIN, 0, fieldList=[{"name": "id", "type": "text"}]), "nodes[0].fieldList[0].type"),
    ([source(1, "id", "id"), target(2, 1, "id")], "nodes[0].fieldList[1]"),
    ([source(1, "*"), target(2, 1, "*")], "nodes[0].fieldList[0].name"),
    (changed(PLAIN, 0, prefix="../../etc"), "nodes[0].prefix"),
    (changed(PLAIN, 0, prefix="_headrace/commits"), "nodes[0].prefix"),
    (changed(PLAIN, 0, bucketName="a/b"), "nodes[0].bucketName"),
    (changed(PLAIN, 1, updateType="REPLACE"), "nodes[1].updateType"),
    (changed(PLAIN, 1, coalesce=0), "nodes[1].coalesce"),
    ([source(1), target(2, 1, "nothing")], "nodes[1].fieldList[0].name"),
    # filter
    (without(FILTER, 1, "filterType"), "nodes[1].filterType"),
    (changed(FILTER, 1, filterType="XOR"), "nodes[1].filterType"),
    (changed(FILTER, 1, filterConditionList=[]), "nodes[1].filterConditionList"),
    ([source(1), filtered(2, 1, ("name", "LIKE", "A")), target(3, 2)],
     "nodes[1].filterConditionList[0].operator"),
    ([source(1), filtered(2, 1, ("id", "EQ", "1"), ("nobody", "EQ", "A")), target(3, 2)],
     "nodes[1].filterConditionList[1].name"),
    ([source(1), filtered(2, 1, ("id", "EQ", "one")), target(3, 2)], "nodes[1].filterConditionList[0].value"),
    ([source(1), filtered(2, 1, ("id", "EQ", None)), target(3, 2)], "nodes[1].filterConditionList[0].value"),
    ([source(1), filtered(2, 1, ("id", "EQ", [])), target(3, 2)], "nodes[1].filterConditionList[0].value"),
    # columns
    (through("TRANSFORM_SELECT", fieldList=[{"name": "id"}, {"name": "x"}]), "nodes[1].fieldList[1].name"),
    (through("TRANSFORM_SELECT", fieldList=[{"name": "name"}]), "nodes[2].fieldList[0].name"),
    (through("TRANSFORM_RENAME", renameFieldList=[{"name": "x", "newName": "y"}]),
     "nodes[1].renameFieldList[0].name"),
    (through("TRANSFORM_RENAME", renameFieldList=[{"name": "name", "newName": "id"}]),
     "nodes[1].renameFieldList"),
    (through("TRANSFORM_DEFINE", defineFieldList=[{"name": "name", "newName": "n", "newType": "array"}]),
     "nodes[1].defineFieldList[0].newType"),
    (through("TRANSFORM_AGGREGATE", groupByList=["x"], aggregateFieldList=[]), "nodes[1].groupByList[0]"),
    (through("TRANSFORM_AGGREGATE", groupByList=["id"],
             aggregateFieldList=[{"name": "amount", "ResultName": "n", "function": "COUNT"}]),
     "nodes[1].aggregateFieldList[0].function"),
    (through("TRANSFORM_AGGREGATE", groupByList=["id"],
             aggregateFieldList=[{"name": "amount", "function": "SUM"}]),
     "nodes[1].aggregateFieldList[0].ResultName"),
    (through("TRANSFORM_DROP_DUPLICATION", dropFieldList=["x"]), "nodes[1].dropFieldList[0]"),
    (through("TRANSFORM_FILL_MISSING_VALUES", missingValueFieldList=[{"name": "id", "defaultValue": "none"}]),
     "nodes[1].missingValueFieldList[0].defaultValue"),
    # several parents
    ([source(1), source(2, "id int"), node(3, "TRANSFORM_UNION", [1, 2], unionType="ALL"), target(4, 3)],
     "nodes[2].parentNodeIds[1]"),
    (joined(joinType="CROSS"), "nodes[2].joinType"),
    (joined(leftNodeId=9), "nodes[2].leftNodeId"),
    (joined(rightNodeId=1), "nodes[2].rightNodeId"),
    (joined(prefix=""), "nodes[2].prefix"),
    (joined(joinConditionList=[JOIN["joinConditionList"][0] | {"conditionOperator": "AND"}]),
     "nodes[2].joinConditionList[0].conditionOperator"),
    (joined(joinConditionList=[JOIN["joinConditionList"][0] | {"rightField": "city"}]),
     "nodes[2].joinConditionList[0].rightField"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "path"), REFUSED, ids=[f"{n}-{path}" for n, (_, path) in enumerate(REFUSED)]
)
def test_what_is_wrong_is_said_with_its_place(nodes: Any, path: str) -> None:
    with pytest.raises(Wrong) as caught:
        compile_nodes(nodes)
    assert caught.value.path == path
    assert caught.value.message


def test_the_vendors_own_example_is_accepted() -> None:
    plan = compile_nodes(seed())
    assert [step.type for step in plan.steps] == ["SOURCE_OBS", "TRANSFORM_FILTER", "TARGET_OBS"]
    assert plan.steps[1].columns == plan.steps[0].columns


def test_keys_that_mean_nothing_here_are_passed_over() -> None:
    compile_nodes([each | {"colour": "red"} for each in seed()])


def test_ids_may_be_texts_of_digits() -> None:
    nodes = [source(1), target(2, 1)]
    nodes[0]["id"], nodes[1]["parentNodeIds"] = "1", ["1"]
    assert compile_nodes(nodes).steps[1].inputs == (0,)


def test_types_are_read_in_any_case() -> None:
    compile_nodes(
        [source(1, "id STRING", "day Date"), filtered(2, 1, ("day", "GT", "2025-01-31")), target(3, 2, "id")]
    )


def test_a_value_with_a_parameter_is_judged_when_the_job_runs() -> None:
    compile_nodes([source(1), filtered(2, 1, ("id", "EQ", "${id}")), target(3, 2)])


def test_parents_may_be_drawn_after_their_children() -> None:
    plan = compile_nodes([target(3, 2), filtered(2, 1, ("id", "GT", 5)), source(1)])
    assert [step.node for step in plan.steps] == ["1", "2", "3"]


def test_columns_follow_the_graph() -> None:
    nodes = joined(joinType="LEFT_OUTER")
    total = [{"name": "amount", "resultName": "total", "function": "SUM"}]
    nodes.insert(3, node(5, "TRANSFORM_AGGREGATE", [3], groupByList=["city"], aggregateFieldList=total))
    nodes[4] = target(4, 5, "total double", "city")
    columns = {step.node: [f"{c.name} {c.type}" for c in step.columns] for step in compile_nodes(nodes).steps}
    assert columns["3"] == ["id int", "name string", "amount double", "r_id int", "city string"]
    assert columns["5"] == ["city string", "total double"]
    assert columns["4"] == ["total double", "city string"]


def test_a_plan_travels_as_json() -> None:
    plan = compile_nodes(
        [source(1, "id decimal(12,2)"), filtered(2, 1, ("id", "GT", "1.5")), target(3, 2, "id")]
    )
    assert plan_from_json(plan.to_json()) == plan


def test_the_ways_from_a_step_to_a_target_are_counted() -> None:
    nodes = [
        source(1),
        filtered(2, 1, ("id", "GT", 1)),
        node(3, "TRANSFORM_UNION", [1, 2], unionType="ALL"),
        target(4, 3),
    ]
    assert compile_nodes(nodes).below(3) == {3: 1, 2: 1, 1: 1, 0: 2}
