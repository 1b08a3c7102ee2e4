from __future__ import annotations

import json

import pytest

from apps.engine.declared import (
    BadDeclaration,
    Declaration,
    Input,
    merged,
    read_declaration,
    task_ids,
    wrong_value,
)
from apps.engine.drafts import NodeDraft, read_graph


def node(**held: object) -> NodeDraft:
    return NodeDraft("n1", name="find", attributes={"headrace": held})


def test_a_node_that_says_nothing_declares_nothing():
    assert read_declaration(NodeDraft("n1")) == Declaration()


def test_a_declaration_is_read_from_the_drawing():
    text = json.dumps(
        {"nodes": [{"id": "a", "headrace": {"task": "query_1", "inputs": [{"name": "name"}]}}], "edges": []}
    )
    declared = read_declaration(read_graph(text).nodes[0])
    assert declared == Declaration("query_1", (Input("name", required=True),))


@pytest.mark.parametrize(
    ("raw", "required"),
    [
        ({"name": "a"}, True),
        ({"name": "a", "default": "x"}, False),
        ({"name": "a", "from": "query_1"}, False),
        ({"name": "a", "required": False}, False),
        ({"name": "a", "default": "x", "required": True}, True),
    ],
)
def test_what_has_no_other_value_must_be_given(raw, required):
    (read,) = read_declaration(node(inputs=[raw])).inputs
    assert read.required is required
    (again,) = read_declaration(node(inputs=[read.as_json()])).inputs
    assert again == read


@pytest.mark.parametrize(
    "held",
    [
        {"task": "1st"},
        {"task": "a b"},
        {"task": 1},
        {"inputs": {}},
        {"inputs": ["a"]},
        {"inputs": [{"name": ""}]},
        {"inputs": [{"name": "a}b"}]},
        {"inputs": [{"name": "a", "type": "colour"}]},
        {"inputs": [{"name": "a", "default": []}]},
        {"inputs": [{"name": "a", "type": "number", "default": "many"}]},
        {"inputs": [{"name": "a", "raw": "yes"}]},
        {"inputs": [{"name": "a", "colour": 1}]},
        {"inputs": [{"name": "a"}, {"name": "a"}]},
    ],
)
def test_what_cannot_be_is_refused(held):
    with pytest.raises(BadDeclaration):
        read_declaration(node(**held))


def test_nodes_without_a_task_id_get_the_next_free_one_of_their_kind():
    nodes = [("a", "", "query"), ("b", "query_1", "query"), ("c", "", "query"), ("d", "", "")]
    assert task_ids(nodes) == {"b": "query_1", "a": "query_2", "c": "query_3"}


def test_a_task_id_is_had_once():
    with pytest.raises(BadDeclaration, match="query_1"):
        task_ids([("a", "query_1", ""), ("b", "query_1", "")])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "Tim"),
        ("text", 5),
        ("number", 5),
        ("number", "0.15"),
        ("number", "-1e3"),
        ("boolean", "true"),
        ("boolean", True),
        ("date", "2022-07-15"),
        ("datetime", "2022-07-15T09:01:15"),
        ("list", "player100,player101"),
        ("numbers", "1, 2.5"),
    ],
)
def test_values_that_fit(kind, value):
    assert wrong_value(Input("a", kind), value) == ""


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", None),
        ("text", {}),
        ("text", ["a"]),
        ("text", True),
        ("text", "a\0b"),
        ("number", "nan"),
        ("number", "1_000"),
        ("number", "١"),
        ("number", "1e999"),
        ("boolean", "yes"),
        ("date", "15.7.2022"),
        ("datetime", "noon"),
        ("numbers", "1, two"),
    ],
)
def test_values_that_do_not_fit(kind, value):
    assert wrong_value(Input("a", kind), value)


def test_a_kinds_inputs_take_what_the_drawing_says_of_them_and_leave_their_default_to_the_runner():
    own = [Input("damping", "number", default="0.85"), Input("eps", "number", default="0.1")]
    drawn = [Input("damping", source="query_1"), Input("extra")]
    assert merged(own, drawn) == [
        Input("damping", "number", source="query_1"),
        Input("eps", "number"),
        Input("extra"),
    ]
