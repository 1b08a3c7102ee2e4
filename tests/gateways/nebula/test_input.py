"""What `input` may and may not hold: each row of what the vendor's own tests show."""

from __future__ import annotations

import pytest

from apps.flows.models import NodeRun, Revision, Run
from tests.gateways.nebula.callers import workflow
from tests.gateways.nebula.conftest import BY_IDS, QUERY

PARAM = 40004001


def jobs_of(flow) -> str:
    return f"/workflows/{flow.pk}/jobs"


def given(run: Run, node: str) -> object:
    return NodeRun.objects.get(run=run, node=node).inputs


@pytest.mark.parametrize("body", [{}, {"input": {}}])
def test_a_workflow_without_parameters_needs_no_input(explorer, plain, body):
    number = explorer.ask("POST", jobs_of(plain), body)["id"]
    assert Run.objects.get(pk=number).flow == plain


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="an empty body"),
        pytest.param(b'""', id="a body that is empty text"),
        pytest.param(b"{", id="no JSON"),
        pytest.param({"input": ""}, id="input is no object"),
        pytest.param({"input": None}, id="input is null"),
        pytest.param({"input": {"query_1": "11"}}, id="a task's value is text"),
        pytest.param({"input": {"query_1": 3}}, id="a task's value is a number"),
        pytest.param({"input": {"query_9": {"name": "x"}}}, id="an unknown task"),
        pytest.param({"input": {"query_1": {"name": "x"}, "query_9": {"x": 1}}}, id="an unknown task beside"),
        pytest.param({"input": {"start": {}}}, id="a node that is no task"),
        pytest.param({"input": {"query_1": {"name": "x", "age": 1}}}, id="an unknown parameter"),
        pytest.param({"input": {"query_1": {}}}, id="a required parameter left out"),
        pytest.param({}, id="a required parameter left out with its task"),
        pytest.param({"input": {"query_1": {"name": None}}}, id="a null value"),
        pytest.param({"input": {"query_1": {"name": {"a": 1}}}}, id="an object value"),
        pytest.param({"input": {"query_1": {"name": ["a"]}}}, id="a list value"),
    ],
)
def test_input_that_does_not_fit_is_refused_and_nothing_is_stored(explorer, find, body):
    assert explorer.refused("POST", jobs_of(find), body) == PARAM
    assert not Run.objects.exists()
    assert not Revision.objects.exists()


def test_a_known_task_that_has_no_inputs_takes_none(explorer, plain):
    assert explorer.refused("POST", jobs_of(plain), {"input": {"query_1": {"name": "x"}}}) == PARAM
    assert explorer.refused("POST", jobs_of(plain), {"input": {"query_1": {}}}) == PARAM
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("kind", "value"),
    [("number", "many"), ("date", "soon"), ("datetime", "noon"), ("boolean", "maybe"), ("numbers", "1,b")],
)
def test_a_parameter_with_a_malformed_value_is_refused(explorer, project, kind, value):
    declared = {"task": "query_1", "inputs": [{"name": "a", "type": kind}]}
    flow = workflow(project, q={"kind": "NGQL", "content": "YIELD ${a}", "headrace": declared})
    assert explorer.refused("POST", jobs_of(flow), {"input": {"query_1": {"a": value}}}) == PARAM


@pytest.mark.parametrize("name", ["name", "имя", "a b", "first-name", "1"])
@pytest.mark.parametrize("value", ["Tim Duncan", 5, 0.15, "2022-07-15", "2022-07-15T09:01:15", "true"])
def test_any_name_and_any_text_or_number_is_taken(explorer, project, name, value):
    declared = {"task": "query_1", "inputs": [{"name": name}]}
    flow = workflow(project, q={"kind": "NGQL", "content": "YIELD 1", "headrace": declared})
    number = explorer.ask("POST", jobs_of(flow), {"input": {"query_1": {name: value}}})["id"]
    assert given(Run.objects.get(pk=number), "q") == {name: value}


def test_a_body_is_json_whatever_its_label_says(explorer, find):
    body = b'{"input":{"query_1":{"name":"Tim Duncan"}}}'
    response = explorer.send("POST", jobs_of(find), body, **{"Content-Type": "text/plain"})
    assert response.status_code == 200


# --- what becomes of it


@pytest.mark.django_db(transaction=True)
def test_a_query_gets_its_parameter_and_leaves_rows(explorer, find, connection, work_off):
    number = explorer.ask("POST", jobs_of(find), {"input": {"query_1": {"name": "Tim Duncan"}}})["id"]
    work_off(number)
    job = explorer.ask("GET", f"/jobs/{number}")
    assert job["status"] == 2
    assert [(task["id"], task["status"]) for task in job["tasks"]] == [("query_1", 2)]
    sample = explorer.ask("GET", f"/jobs/{number}/tasks/query_1/sample_result")
    assert sample == {"items": [["player101", "95"], ["player125", "95"]]}
    one = explorer.ask("GET", f"/jobs/{number}/tasks/query_1/sample_result?limit=1")
    assert one == {"items": [["player101", "95"]]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("value", "raw", "rows"),
    [
        ("Shaquille O'Neal", False, [["player100", "80"]]),
        ('x" OR v.player.name == "Tim Duncan', False, []),
        ('x" OR v.player.name == "Shaquille O\'Neal', True, [["player100", "80"]]),
    ],
)
def test_a_value_never_ends_the_text_it_stands_in_unless_its_author_says_so(
    explorer, project, connection, work_off, value, raw, rows
):
    declared = {"task": "query_1", "inputs": [{"name": "name", "raw": raw}]}
    flow = workflow(project, q={"kind": "NGQL", "content": QUERY, "headrace": declared})
    number = explorer.ask("POST", jobs_of(flow), {"input": {"query_1": {"name": value}}})["id"]
    work_off(number)
    assert explorer.ask("GET", f"/jobs/{number}/tasks/query_1/sample_result")["items"] == rows


@pytest.mark.django_db(transaction=True)
def test_an_algorithms_parameter_with_neither_upstream_nor_input_makes_a_job_that_fails(
    explorer, project, connection, work_off
):
    flow = workflow(
        project,
        edges={"kind": "NGQL", "content": 'GO FROM "player100" OVER follow YIELD src(edge), dst(edge)'},
        far={"kind": "GRAPH_SSSP", "content": '{"edges": "query_1"}'},
    )
    number = explorer.ask("POST", jobs_of(flow), {})["id"]
    work_off(number)
    job = explorer.ask("GET", f"/jobs/{number}")
    assert job["status"] == 3
    assert [(task["id"], task["status"]) for task in job["tasks"]] == [
        ("query_1", 2),
        ("analytics_sssp_1", 3),
    ]
    assert explorer.ask("GET", f"/jobs/{number}/tasks/analytics_sssp_1/sample_result") == {"items": []}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, [["Tony Parker"], ["Manu Ginobili"]]),
        ({"input": {"query_2": {"ids": "player100"}}}, [["Tim Duncan"]]),
    ],
    ids=["upstream is used when nothing is given", "the given value wins over upstream"],
)
def test_a_parameter_with_a_task_before_it(explorer, project, connection, work_off, body, names):
    flow = workflow(
        project,
        first={
            "kind": "NGQL",
            "content": QUERY,
            "headrace": {"task": "query_1", "inputs": [{"name": "name", "default": "Tim Duncan"}]},
        },
        second={
            "kind": "NGQL",
            "content": BY_IDS,
            "headrace": {"task": "query_2", "inputs": [{"name": "ids", "type": "list", "from": "query_1"}]},
        },
    )
    number = explorer.ask("POST", jobs_of(flow), body)["id"]
    work_off(number)
    assert explorer.ask("GET", f"/jobs/{number}/tasks/query_2/sample_result")["items"] == names
