from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.drawings.actions import apply_operations, new_document
from apps.drawings.document import Drawing
from apps.drawings.operations import apply_ops
from apps.drawings.spellings import Spellings
from apps.drawings.splice import spelling_at
from apps.projects.actions import create_project
from tests.drawings.test_document import ODD, drawings, text_of


def undone(text: str, op: dict[str, Any], back: dict[str, Any]) -> str:
    """`text` after an operation and the one with which an editor takes it back."""
    editing = apply_ops(text, [op])
    stored = json.loads(json.dumps(editing.done))
    return apply_ops(editing.text, [back], Spellings([stored])).text


def as_an_editor_reads(text: str) -> Any:
    """JSON as JavaScript has it: every number is a double, and one that is whole has no point below 1e21."""

    def double(spelling: str) -> float:
        number = float(spelling)
        return int(number) if number.is_integer() and abs(number) < 1e21 else number

    return json.loads(text, parse_float=double, parse_int=double)


@pytest.mark.parametrize(
    ("op", "back"),
    [
        ({"op": "move", "moves": [["s", 1, 2]]}, {"op": "move", "moves": [["s", 250, 100]]}),
        (
            {"op": "set", "of": "node", "id": "s", "path": ["big"], "value": 1},
            {"op": "set", "of": "node", "id": "s", "path": ["big"], "value": 12345678901234567000},
        ),
        (
            {"op": "set", "of": "node", "id": "a", "path": ["config"], "value": {}},
            {"op": "set", "of": "node", "id": "a", "path": ["config"], "value": {"hostName": "", "mem": 0}},
        ),
        (
            {"op": "unset", "of": "node", "id": "s", "path": ["x"]},
            {"op": "set", "of": "node", "id": "s", "path": ["x"], "value": 250},
        ),
        (
            {"op": "set", "of": "node", "id": "e", "path": ["headrace"], "value": {"note": "n"}},
            {"op": "unset", "of": "node", "id": "e", "path": ["headrace"]},
        ),
    ],
)
def test_what_is_taken_back_reads_byte_for_byte_as_before(op: dict[str, Any], back: dict[str, Any]) -> None:
    assert undone(ODD, op, back) == ODD


def test_a_node_that_comes_back_is_written_as_it_was() -> None:
    text = '{"nodes":[{"id":"a", "label" : "\\u4e2d", "x":1e2},{"id":"b"}]}'
    node = {"id": "a", "label": "中", "x": 100}
    assert undone(text, {"op": "remove_node", "id": "a"}, {"op": "add_node", "node": node, "at": 0}) == text


def test_another_value_is_written_as_we_write() -> None:
    text = '{"nodes":[{"id":"a","x":1e2}]}'
    op = {"op": "set", "of": "node", "id": "a", "path": ["x"], "value": 5}
    assert undone(text, op, op | {"value": 7}) == text.replace("1e2", "7")


def test_nothing_is_remembered_of_what_would_be_written_the_same() -> None:
    text = '{"nodes": [{"id": "a", "x": 1, "y": 2.5}]}'
    ops = [
        {"op": "move", "moves": [["a", 3, 4]]},
        {"op": "set", "of": "node", "id": "a", "path": ["y"], "value": 9},
        {"op": "remove_node", "id": "a"},
    ]
    assert apply_ops(text, ops).done == ops


def test_what_a_caller_claims_that_was_is_not_stored() -> None:
    op = {"op": "move", "moves": [["s", 250, 100]], "was": {"s": {"x": "7"}}}  # where it is already
    assert "was" not in apply_ops(ODD, [op]).done[0]


@given(drawings, st.data())
def test_any_value_that_is_changed_and_changed_back_is_written_as_it_was(case: Any, data: Any) -> None:
    text = text_of(case)
    node = as_an_editor_reads(text)["nodes"][0]
    keys = [key for key in node if key != "id"]
    if not keys:
        return
    key = data.draw(st.sampled_from(keys))
    op = {"op": "set", "of": "node", "id": "n0", "path": [key], "value": ["something", "else"]}
    before, after = text, undone(text, op, op | {"value": node[key]})
    assert spelling_at(next(iter(Drawing(after).nodes)).text, [key]) == spelling_at(
        next(iter(Drawing(before).nodes)).text, [key]
    )
    assert after == before


def test_spellings_are_remembered_across_saves(db: None) -> None:
    document = new_document(create_project(name="p", by=None), ODD, by=None)
    there = {"op": "move", "moves": [["s", 1, 2]]}
    elsewhere = {"op": "move", "moves": [["e", 5, 5]]}
    back = {"op": "move", "moves": [["s", 250, 100]]}
    for version, op in enumerate((there, elsewhere, back, there, back), 1):
        apply_operations(document, base_version=version, ops=[op], by=None)
    assert document.text == ODD.replace('{"id": "e"}', '{"id": "e", "x": 5, "y": 5}')
