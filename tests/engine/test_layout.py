from __future__ import annotations

import json

import pytest

from apps.engine.graph import EdgeDraft, FlowDraft, NodeDraft, children_of, read_graph, validate
from apps.engine.layout import COLUMN, ROW, draft_to_graph_text, layered_positions, shape_of

DIAMOND = FlowDraft(
    (
        NodeDraft("s", "START", "START"),
        NodeDraft("a", kind="SHELL", job="FJ-1", name="A"),
        NodeDraft("b", kind="HIVE_SQL", job="FJ-2", host="h", cluster="C-1"),
        NodeDraft("e", "END", "END"),
    ),
    tuple(EdgeDraft(source + target, source, target) for source, target in ("sa", "sb", "ae", "be")),
)


def test_children_lie_below_their_parents_and_nothing_overlaps() -> None:
    children = children_of(DIAMOND)
    places = layered_positions(children)
    for ordinal, below in enumerate(children):
        assert all(places[child][1] >= places[ordinal][1] + ROW for child in below)
    assert abs(places[1][0] - places[2][0]) >= COLUMN
    assert len(set(places)) == len(places)


def test_a_graph_with_a_cycle_can_be_drawn_too() -> None:
    assert len(set(layered_positions([[1], [2], [1], []]))) == 4


def test_an_empty_graph_has_no_positions() -> None:
    assert layered_positions([]) == []


def test_a_draft_that_is_drawn_reads_back_as_itself() -> None:
    drawn = read_graph(draft_to_graph_text(DIAMOND))
    assert [(n.id, n.type, n.kind, n.job, n.host, n.cluster) for n in drawn.nodes] == [
        (n.id, n.type, n.kind, n.job, n.host, n.cluster) for n in DIAMOND.nodes
    ]
    assert drawn.edges == DIAMOND.edges
    assert validate(drawn) == []


def test_positions_that_are_there_are_kept() -> None:
    text = draft_to_graph_text(FlowDraft((NodeDraft("a", x=1.5, y=2), NodeDraft("b", x=3, y=4))))
    assert [(node["x"], node["y"]) for node in json.loads(text)["nodes"]] == [(1.5, 2), (3, 4)]


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("START", "startControlNode"),
        ("END", "endControlNode"),
        ("SHELL", "shellJobNode"),
        ("HIVE_SQL", "hiveSQLJobNode"),
        ("SPARK_STREAMING", "sparkStreamingJobNode"),
        ("MR", "mrJobNode"),
        ("", "jobJobNode"),
    ],
)
def test_shapes_follow_the_pattern_of_emr(kind: str, shape: str) -> None:
    assert shape_of(kind) == shape
