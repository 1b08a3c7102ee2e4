from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.drawings.document import Drawing
from apps.drawings.operations import InUse, Malformed, Missing, OperationError, Taken, apply_ops

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "drawing_ops.json").read_text())
# Odd but legal: white space, doubled keys, numbers and escapes that no writer of ours would choose.
ODD = """ {"version" : 1e2,
  "nodes": [
    {"id": "s", "x": 250.0, "y": 1e2, "big": 12345678901234567890, "attribute": {"type": "START"}},
    { "id":"a" , "note":"\\u4e2d\\/", "x":1.50, "note":"twice", "config":{"hostName":"", "mem":-0.0 } },
    {"id": "e"}
  ],
  "edges": [{"id": "sa", "source": "s", "target": "a"}, {"id":"ae","source":"a","target":"e"}],
  "groups": [ ]
}
"""


def edit(text: str, *ops: dict[str, Any]) -> str:
    return apply_ops(text, ops).text


def test_a_drawing_that_nobody_changed_comes_back_verbatim() -> None:
    assert Drawing(ODD).text == ODD
    assert edit(ODD) == ODD


def test_a_move_changes_two_numbers_and_nothing_else() -> None:
    moved = edit(ODD, {"op": "move", "moves": [["s", 7, 8.5]]})
    assert moved == ODD.replace('"x": 250.0, "y": 1e2', '"x": 7, "y": 8.5')


def test_a_move_to_where_it_is_keeps_the_spelling() -> None:
    assert edit(ODD, {"op": "move", "moves": [["s", 250, 100]]}) == ODD


def test_a_move_of_a_node_without_a_position_gives_it_one() -> None:
    assert edit(ODD, {"op": "move", "moves": [["e", 1, 2]]}) == ODD.replace('"e"}', '"e", "x": 1, "y": 2}', 1)


def test_setting_a_value_touches_only_its_place() -> None:
    op = {"op": "set", "of": "node", "id": "a", "path": ["config", "hostName"], "value": "h"}
    assert edit(ODD, op) == ODD.replace('"hostName":""', '"hostName":"h"')


def test_of_a_doubled_key_the_last_one_is_set() -> None:
    op = {"op": "set", "of": "node", "id": "a", "path": ["note"], "value": "new"}
    assert edit(ODD, op) == ODD.replace('"note":"twice"', '"note":"new"')


def test_a_new_key_comes_last_and_is_set_out_like_its_neighbours() -> None:
    op = {"op": "set", "of": "edge", "id": "ae", "path": ["label"], "value": {"a": [1, 2]}}
    assert edit(ODD, op) == ODD.replace('"target":"e"}', '"target":"e","label":{"a":[1,2]}}')


def test_objects_on_the_way_are_made() -> None:
    op = {"op": "set", "of": "node", "id": "e", "path": ["headrace", "note", "text"], "value": None}
    assert edit(ODD, op) == ODD.replace('{"id": "e"}', '{"id": "e", "headrace": {"note": {"text": null}}}')


@pytest.mark.parametrize(
    ("node", "path", "expected"),
    [
        ("s", ["x"], ODD.replace('"x": 250.0, ', "")),
        ("s", ["attribute"], ODD.replace(', "attribute": {"type": "START"}', "")),
        ("s", ["attribute", "type"], ODD.replace('{"type": "START"}', "{}")),
        ("a", ["config", "hostName"], ODD.replace('"hostName":"", ', "")),
        ("a", ["note"], ODD.replace(' , "note":"\\u4e2d\\/"', "").replace(', "note":"twice"', "")),
        ("s", ["nothing"], ODD),
        ("s", ["nothing", "below"], ODD),
    ],
)
def test_unsetting_takes_a_key_with_its_comma(node: str, path: list[str], expected: str) -> None:
    assert edit(ODD, {"op": "unset", "of": "node", "id": node, "path": path}) == expected


def test_added_nodes_are_set_out_like_those_that_are_there() -> None:
    added = edit(ODD, {"op": "add_node", "node": {"id": "n", "x": 1}})
    assert added == ODD.replace('{"id": "e"}\n', '{"id": "e"},\n    {"id": "n", "x": 1}\n')


def test_a_node_can_be_added_at_a_place() -> None:
    added = edit(ODD, {"op": "add_node", "node": {"id": "n"}, "at": 0})
    assert added == ODD.replace('    {"id": "s"', '    {"id": "n"},\n    {"id": "s"')


@pytest.mark.parametrize("text", ['{"nodes":[],"edges":[]}', '{"nodes": [\n]}', "{}", '{"a": 1}'])
def test_the_first_nodes_and_edge_of_a_drawing(text: str) -> None:
    result = edit(
        text,
        {"op": "add_node", "node": {"id": "a"}},
        {"op": "add_node", "node": {"id": "b"}},
        {"op": "add_edge", "edge": {"id": "ab", "source": "a", "target": "b"}},
    )
    graph = json.loads(result)
    assert [node["id"] for node in graph["nodes"]] == ["a", "b"]
    assert [edge["id"] for edge in graph["edges"]] == ["ab"]


def test_what_was_added_and_removed_again_leaves_no_trace() -> None:
    for at in (None, 0, 1, 2, 3, 99):
        node = {"op": "add_node", "node": {"id": "n"}, "at": at}
        assert edit(ODD, node, {"op": "remove_node", "id": "n"}) == ODD


def test_what_was_removed_comes_back_in_its_place() -> None:
    edge = {"id": "sa", "source": "s", "target": "a"}
    back = {"op": "add_edge", "edge": edge, "at": 0}
    assert edit(ODD, {"op": "remove_edge", "id": "sa"}, back) == ODD


def test_the_last_node_can_be_removed() -> None:
    assert edit('{"nodes": [{"id": "a"}]}', {"op": "remove_node", "id": "a"}) == '{"nodes": []}'


def test_of_two_nodes_with_one_id_the_first_is_meant() -> None:
    text = '{"nodes":[{"id":"a","n":1},{"id":"a","n":2}]}'
    assert edit(text, {"op": "remove_node", "id": "a"}) == '{"nodes":[{"id":"a","n":2}]}'
    assert edit(text, {"op": "remove_node", "id": "a"}, {"op": "remove_node", "id": "a"}) == '{"nodes":[]}'


def test_of_two_lists_of_nodes_the_last_one_counts() -> None:
    text = '{"nodes":[{"id":"old"}],"nodes":[{"id":"a"}]}'
    assert edit(text, {"op": "move", "moves": [["a", 1, 2]]}) == text.replace('"a"}', '"a","x":1,"y":2}')


def test_a_half_of_a_surrogate_pair_is_written_as_its_escape() -> None:
    op = {"op": "set", "of": "node", "id": "a", "path": ["label"], "value": "\ud83d"}
    assert edit('{"nodes":[{"id":"a"}]}', op) == '{"nodes":[{"id":"a","label":"\\ud83d"}]}'


@pytest.mark.parametrize(
    ("op", "error"),
    [
        (7, Malformed),
        ({}, Malformed),
        ({"op": "replace", "text": "{}"}, Malformed),
        ({"op": ["move"]}, Malformed),
        ({"op": "add_node"}, Malformed),
        ({"op": "add_node", "node": {"id": ""}}, Malformed),
        ({"op": "add_node", "node": {"id": "x" * 65}}, Malformed),
        ({"op": "add_node", "node": {"id": "n", "x": float("inf")}}, Malformed),
        ({"op": "add_node", "node": {"id": "n"}, "at": -1}, Malformed),
        ({"op": "add_node", "node": {"id": "n"}, "at": True}, Malformed),
        ({"op": "add_node", "node": {"id": "a"}}, Taken),
        ({"op": "remove_node", "id": "n"}, Missing),
        ({"op": "remove_node", "id": "a"}, InUse),
        ({"op": "add_edge", "edge": {"id": "x", "source": "a"}}, Malformed),
        ({"op": "add_edge", "edge": {"id": "x", "source": "a", "target": "n"}}, Missing),
        ({"op": "add_edge", "edge": {"id": "sa", "source": "a", "target": "e"}}, Taken),
        ({"op": "remove_edge", "id": "x"}, Missing),
        ({"op": "move"}, Malformed),
        ({"op": "move", "moves": [["a", 1]]}, Malformed),
        ({"op": "move", "moves": [["a", 1, True]]}, Malformed),
        ({"op": "move", "moves": [["a", "1", 2]]}, Malformed),
        ({"op": "move", "moves": [["n", 1, 2]]}, Missing),
        ({"op": "set", "of": "node", "id": "a", "path": ["x"]}, Malformed),
        ({"op": "set", "of": "node", "id": "a", "path": [], "value": 1}, Malformed),
        ({"op": "set", "of": "node", "id": "a", "path": ["id"], "value": "b"}, Malformed),
        ({"op": "set", "of": "group", "id": "a", "path": ["x"], "value": 1}, Malformed),
        ({"op": "set", "of": "node", "id": "a", "path": ["x", "y"], "value": 1}, Missing),
        ({"op": "set", "of": "edge", "id": "sa", "path": ["target"], "value": "n"}, Missing),
        ({"op": "unset", "of": "edge", "id": "sa", "path": ["target"]}, Malformed),
        ({"op": "unset", "of": "node", "id": "n", "path": ["x"]}, Missing),
    ],
)
def test_an_operation_that_does_not_fit_is_told_with_its_place(op: Any, error: type[OperationError]) -> None:
    with pytest.raises(error) as caught:
        apply_ops(ODD, [{"op": "move", "moves": []}, op])
    assert caught.value.index == 1


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_operations_do_what_the_vectors_say(case: dict[str, Any]) -> None:
    text = json.dumps(case["graph"])
    if case["becomes"] is None:
        with pytest.raises(OperationError):
            apply_ops(text, case["ops"])
        return
    changed = edit(text, *case["ops"])
    assert json.loads(changed) == case["becomes"]
    if "back" in case:
        assert edit(changed, *case["back"]) == text


def test_a_node_may_go_once_its_edges_are_gone() -> None:
    graph = json.loads(
        edit(
            ODD,
            {"op": "set", "of": "edge", "id": "ae", "path": ["source"], "value": "s"},
            {"op": "remove_edge", "id": "sa"},
            {"op": "remove_node", "id": "a"},
        )
    )
    assert [node["id"] for node in graph["nodes"]] == ["s", "e"]
    assert [(edge["source"], edge["target"]) for edge in graph["edges"]] == [("s", "e")]


def test_the_draft_is_that_of_the_new_text() -> None:
    op = {"op": "set", "of": "node", "id": "a", "path": ["label"], "value": "new"}
    assert [node.name for node in apply_ops(ODD, [op]).drawing.draft().nodes] == ["", "new", ""]


# --- properties


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
extras = st.dictionaries(st.text(max_size=4).filter(lambda key: key != "id"), values, max_size=4)
drawings = st.tuples(
    st.lists(extras, min_size=1, max_size=5),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\n ", " :  ")]),
    extras,
)


def text_of(case: Any) -> str:
    nodes, indent, ascii_only, separators, rest = case
    graph = {
        **rest,
        "nodes": [{"id": f"n{place}", **extra} for place, extra in enumerate(nodes)],
        "edges": [{"id": "e", "source": "n0", "target": "n0"}],
    }
    return json.dumps(graph, indent=indent, ensure_ascii=ascii_only, separators=separators)


@given(drawings, st.text(max_size=4).filter(lambda key: key != "id"), values)
def test_set_means_what_it_says_and_changes_nothing_else(case: Any, key: str, value: Any) -> None:
    text = text_of(case)
    expected = json.loads(text)
    expected["nodes"][0][key] = value
    result = edit(text, {"op": "set", "of": "node", "id": "n0", "path": [key], "value": value})
    assert json.loads(result) == expected
    cut = Drawing(text).nodes
    for kept in list(cut)[1:]:
        assert kept.text in result


@given(drawings, st.integers(0, 6), extras)
def test_adding_and_removing_gives_the_same_text_back(case: Any, at: int, extra: Any) -> None:
    text = text_of(case)
    add = {"op": "add_node", "node": {"id": "new", **extra}, "at": at}
    added = edit(text, add)
    nodes = json.loads(text)["nodes"]
    nodes.insert(at, {"id": "new", **extra})
    assert json.loads(added)["nodes"] == nodes
    assert edit(added, {"op": "remove_node", "id": "new"}) == text


@given(drawings, st.text(max_size=4).filter(lambda key: key != "id"))
def test_unset_takes_away_exactly_one_key(case: Any, key: str) -> None:
    text = text_of(case)
    expected = json.loads(text)
    expected["nodes"][0].pop(key, None)
    assert json.loads(edit(text, {"op": "unset", "of": "node", "id": "n0", "path": [key]})) == expected
