"""Node lists for tests, as short as they can be written."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]


def fields(*columns: str) -> list[dict[str, str]]:
    """`fields("id int", "name")`: a column is text when it says nothing else."""
    return [
        {"name": name, "type": kind or "string"}
        for name, _, kind in (column.partition(" ") for column in columns)
    ]


def source(
    number: int = 1, *columns: str, prefix: str = "in", form: str = "CSV", bucket: str = "box"
) -> Node:
    return {
        "type": "SOURCE_OBS",
        "id": number,
        "name": f"source {number}",
        "parentNodeIds": [],
        "regionNo": "1",
        "bucketName": bucket,
        "prefix": prefix,
        "dataType": form,
        "fieldList": fields(*(columns or ("id int", "name", "amount double"))),
    }


def node(number: int, kind: str, parents: list[int], **own: Any) -> Node:
    return {"type": kind, "id": number, "name": f"node {number}", "parentNodeIds": parents, **own}


def target(number: int, parent: int, *columns: str, mode: str | None = "OVERWRITE", **own: Any) -> Node:
    made = node(number, "TARGET_OBS", [parent], regionNo="1", bucketName="box", prefix="out", dataType="CSV")
    made |= {"fieldList": fields(*(columns or ("id int", "name", "amount double")))}
    return made | ({"updateType": mode} if mode else {}) | own


def filtered(number: int, parent: int, *conditions: tuple[str, str, Any], word: str = "AND") -> Node:
    tests = [{"name": name, "operator": operator, "value": value} for name, operator, value in conditions]
    return node(number, "TRANSFORM_FILTER", [parent], filterType=word, filterConditionList=tests)


def seed() -> list[Node]:
    """The flow of the vendor's own example: it reads and overwrites one prefix."""
    columns = ("id", "name", "description")
    one, two, three = 1697776914576, 1697776942407, 1697776948956
    return [
        source(one, *columns, prefix="dataflow1", bucket="aitems"),
        filtered(two, one, ("name", "EQ", "A")),
        target(three, two, *columns, bucketName="aitems", prefix="dataflow1"),
    ]
