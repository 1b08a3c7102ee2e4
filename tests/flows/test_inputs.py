from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps.engine.drafts import read_graph
from apps.flows.hosts import register_host
from apps.flows.inputs import check_inputs, declarations, fill, given_by_task, spelled
from apps.flows.revisions import freeze_flow
from apps.jobs.graphs.results import write_result
from apps.jobs.kinds import JobError
from apps.lib.errors import Invalid
from tests.factories import make_flow


def node(**declared: Any) -> dict[str, Any]:
    """A node of a revision whose one parameter `a` is declared so."""
    one = {"name": "a", "type": "text", "required": False, "default": None, "source": "", "raw": False}
    return {"id": "n", "kind": "NGQL", "task": "query_2", "inputs": [one | declared]}


@pytest.fixture
def result(tmp_path: Path):
    """Where task query_1 leaves its rows."""

    def path_of(task: str) -> Path:
        return tmp_path / task

    write_result(path_of("query_1"), ["id"], [[f"player{number}"] for number in range(150)])
    write_result(path_of("query_0"), ["id"], [])
    return path_of


def drawn(*edges: tuple[str, str], **held: dict[str, Any]) -> str:
    nodes = [{"id": name, "attribute": {"jobType": "NGQL"}, "headrace": says} for name, says in held.items()]
    pairs = [{"id": f"{a}{b}", "source": a, "target": b} for a, b in edges]
    return json.dumps({"nodes": nodes, "edges": pairs})


def test_a_given_value_wins_over_the_task_before_and_that_over_the_default(result):
    declared = node(source="query_1", default="nobody")
    assert fill(declared, {"a": "me"}, result) == {"a": ["me"]}
    assert fill(declared, {}, result) == {"a": ["player0"]}
    assert fill(node(default="nobody"), {}, result) == {"a": ["nobody"]}
    assert fill(node(), {}, result) == {}


def test_a_list_takes_at_most_a_hundred_values_of_the_first_column(result):
    values = fill(node(type="list", source="query_1"), {}, result)["a"]
    assert (len(values), values[0], values[-1]) == (100, "player0", "player99")


@pytest.mark.parametrize("task", ["query_0", "query_9"])
def test_a_task_that_left_no_rows_stops_the_next(result, task):
    with pytest.raises(JobError, match="left no rows"):
        fill(node(source=task), {}, result)


@pytest.mark.parametrize("kind", ["number", "numbers"])
def test_what_comes_from_a_task_must_fit_too(result, kind):
    with pytest.raises(JobError, match="must be a number"):
        fill(node(type=kind, source="query_1"), {}, result)


def test_values_stand_in_a_query_so_that_they_cannot_end_its_texts():
    assert spelled(node(), {"a": ['x" OR "\\']}) == {"a": 'x\\" OR \\"\\\\'}
    assert spelled(node(type="list"), {"a": ["x", 'y"']}) == {"a": '"x", "y\\""'}
    assert spelled(node(raw=True), {"a": ['x", "y']}) == {"a": 'x", "y'}


def test_a_parameter_is_filled_by_a_task_before_its_own():
    reads = {"inputs": [{"name": "a", "from": "query_1"}]}
    before = read_graph(drawn(("x", "y"), x={"task": "query_1"}, y=reads))
    assert declarations(before, {})["y"]["inputs"][0]["source"] == "query_1"
    for text in (drawn(x={"task": "query_1"}, y=reads), drawn(("y", "x"), x={"task": "query_1"}, y=reads)):
        with pytest.raises(Invalid, match="does not come before it"):
            declarations(read_graph(text), {})


def test_input_is_by_task_and_checked_by_declaration():
    nodes = [node(type="number", required=True), {"id": "other"}]
    assert given_by_task(nodes, {"query_2": {"a": 5}}) == {"n": {"a": 5}}
    check_inputs(nodes, {"n": {"a": 5}})
    for given in ({}, {"n": {}}, {"n": {"a": "five"}}):
        with pytest.raises(Invalid) as refusal:
            check_inputs(nodes, given)
        assert refusal.value.field == "input.query_2.a"


@pytest.mark.django_db
def test_nodes_of_other_kinds_are_frozen_as_ever():
    register_host()
    from_shell = freeze_flow(make_flow(a=[]), by=None).nodes
    assert all("task" not in one and "inputs" not in one for one in from_shell)
