from __future__ import annotations

import json

import pytest

from apps.engine.application import read_application, with_jobs, write_application
from apps.engine.graph import UnreadableGraph, read_graph, validate
from apps.engine.layout import draft_to_graph_text

NODES = {
    ":start:": {"name": ":start:", "type": ":start:", "transitions": ["CT"]},
    "CT": {"name": "CT", "type": ":Cluster:", "id": "CT-1", "transitions": ["j1", "j2"]},
    "j1": {"name": "j1", "type": ":action:", "jobId": "FJ-1", "transitions": ["end"]},
    "j2": {
        "name": "j2",
        "type": ":action:",
        "jobId": "FJ-2",
        "clusterId": "C-2",
        "hostName": "h",
        "transitions": ["end"],
    },
    "end": {"name": "end", "type": ":end:"},
}
TEXT = json.dumps({"nodeDefMap": NODES})


def test_transitions_become_edges_and_names_become_ids() -> None:
    draft = read_application(TEXT)
    assert [(n.id, n.type, n.job, n.cluster, n.host) for n in draft.nodes] == [
        (":start:", "START", "", "", ""),
        ("CT", "CLUSTER", "", "CT-1", ""),
        ("j1", "JOB", "FJ-1", "", ""),
        ("j2", "JOB", "FJ-2", "C-2", "h"),
        ("end", "END", "", "", ""),
    ]
    assert [(e.source, e.target) for e in draft.edges] == [
        (":start:", "CT"),
        ("CT", "j1"),
        ("CT", "j2"),
        ("j1", "end"),
        ("j2", "end"),
    ]
    assert len({edge.id for edge in draft.edges}) == 5
    assert validate(draft) == []


def test_an_application_that_was_drawn_is_given_back_with_its_names() -> None:
    draft = with_jobs(read_application(TEXT), {"FJ-1": ("SHELL", "load"), "FJ-2": ("HIVE_SQL", "sum")})
    drawn = read_graph(draft_to_graph_text(draft))
    assert [(node.kind, node.name) for node in drawn.nodes][2:4] == [("SHELL", "load"), ("HIVE_SQL", "sum")]
    given = json.loads(write_application(drawn))["nodeDefMap"]
    assert [node.pop("dependencies", None) for node in given.values()] == [None, None, 1, 1, None]
    assert given == NODES


def test_the_start_of_any_drawing_is_called_as_the_format_demands() -> None:
    drawing = {
        "nodes": [{"id": "1a", "attribute": {"type": "START"}}, {"id": "2b", "attribute": {"type": "END"}}],
        "edges": [{"id": "x", "source": "1a", "target": "2b"}],
    }
    assert json.loads(write_application(read_graph(json.dumps(drawing)))) == {
        "nodeDefMap": {
            ":start:": {"name": ":start:", "type": ":start:", "transitions": ["2b"]},
            "2b": {"name": "2b", "type": ":end:"},
        }
    }


def test_a_transition_to_nowhere_is_left_to_the_rules() -> None:
    draft = read_application('{"nodeDefMap": {"a": {"type": ":action:", "transitions": ["b"]}}}')
    assert "unknown_target" in {problem.code for problem in validate(draft)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad_json"),
        ("[]", "not_an_object"),
        ("{}", "not_an_object"),
        ('{"nodeDefMap": []}', "not_an_object"),
        ('{"nodeDefMap": {"a": 1}}', "not_an_object"),
        ('{"nodeDefMap": {"": {}}}', "not_an_object"),
        ('{"nodeDefMap": {"a": {"type": ":loop:"}}}', "not_an_object"),
        ('{"nodeDefMap": {"a": {"transitions": "b"}}}', "not_an_object"),
        ('{"nodeDefMap": {"a": {"transitions": [1]}}}', "not_an_object"),
    ],
)
def test_what_is_no_application_is_refused(text: str, code: str) -> None:
    with pytest.raises(UnreadableGraph) as caught:
        read_application(text)
    assert caught.value.problem.code == code
