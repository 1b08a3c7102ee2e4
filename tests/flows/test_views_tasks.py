"""What a node declares, edited in the inspector; what a run is given; the rows it left."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.engine.declared import Input, read_declaration
from apps.engine.drafts import read_graph
from apps.engine.states import State
from apps.flows.hosts import register_host
from apps.flows.models import Flow, NodeRun, Run
from apps.flows.runs import submit_flow
from apps.jobs.graphs.results import result_path, write_result
from apps.jobs.logs import run_folder
from tests.factories import make_flow

pytestmark = pytest.mark.django_db

INPUTS = {"inputs-INITIAL_FORMS": "0", "inputs-TOTAL_FORMS": "1"}


@pytest.fixture
def flow() -> Flow:
    register_host()
    query = {"kind": "NGQL", "content": 'YIELD "${name}" AS name'}
    return make_flow(ask=[], say=["ask"], jobs={"ask": query})


@pytest.fixture
def visitor(flow) -> Client:
    client = Client()
    client.force_login(flow.created_by)
    return client


def declared(flow: Flow) -> Any:
    flow.document.refresh_from_db()
    nodes = {node.id: node for node in read_graph(flow.document.text).nodes}
    return read_declaration(nodes["ask"])


def save(visitor: Client, flow: Flow, **given: str) -> Any:
    job = {"content": "YIELD 1", "fail_act": "STOP", "max_retry": "0", "retry_interval": "0"}
    job |= {"max_running_seconds": "0", "loss_policy": "at_least_once", "recurrence": "normal"}
    form = {"label": "ask", "host_name": "", "params_text": "", "task": "query_1", **INPUTS, **job}
    return visitor.post(f"{reverse('flows:save_node', args=[flow.ref])}?id=ask", form | given)


def test_a_node_with_tasks_shows_its_task_id_and_others_do_not(visitor, flow):
    address = reverse("flows:inspector", args=[flow.ref])
    assert 'value="query_1"' in visitor.get(address, {"id": "ask"}).content.decode()
    assert "Task id" not in visitor.get(address, {"id": "say"}).content.decode()


def test_what_is_declared_in_the_inspector_stands_in_the_drawing(visitor, flow):
    given = {"inputs-0-name": "name", "inputs-0-type": "text", "inputs-0-default": "Tim"}
    assert save(visitor, flow, task="query_7", **given).status_code == 302
    assert declared(flow).task == "query_7"
    assert declared(flow).inputs == (Input("name", default="Tim"),)


def test_the_canvas_is_told_what_changed(visitor, flow):
    response = visitor.post(
        f"{reverse('flows:save_node', args=[flow.ref])}?id=ask",
        {**save(visitor, flow, task="query_2").wsgi_request.POST.dict(), "task": "query_3"},
        headers={"HX-Request": "true"},
    )
    (op,) = json.loads(response["HX-Trigger"])["dag:apply"]["ops"]
    assert (op["path"], op["value"]["task"]) == (["headrace"], "query_3")


def test_a_parameter_that_cannot_be_is_refused(visitor, flow):
    given = {"inputs-0-name": "age", "inputs-0-type": "number", "inputs-0-default": "old"}
    response = save(visitor, flow, **given)
    assert response.status_code == 422
    assert "must be a number" in response.content.decode()
    assert declared(flow).task == ""


def test_a_run_is_asked_for_what_the_tasks_declare(visitor, flow):
    save(visitor, flow, **{"inputs-0-name": "name", "inputs-0-type": "text", "inputs-0-required": "on"})
    address = reverse("flows:run_with", args=[flow.ref])
    assert "query_1.name" in visitor.get(address).content.decode()
    assert "This field is required" in visitor.post(address, {"params": ""}).content.decode()
    assert not Run.objects.exists()
    assert visitor.post(address, {"params": "", "query_1.name": "Tim"}).status_code == 302
    assert NodeRun.objects.get(node="ask").inputs == {"name": "Tim"}


def test_the_rows_that_a_task_left_are_shown(visitor, flow):
    run = submit_flow(flow, by=flow.created_by)
    rows = [[f"<b>{number}</b>", "0.150000"] for number in range(12)]
    write_result(result_path(run_folder(run.uid), "query_1"), ["VID", "VALUE"], rows)
    outputs = {"result": {"columns": ["VID", "VALUE"], "rows": 12}}
    node_run = NodeRun.objects.get(run=run, node="ask")
    NodeRun.objects.filter(pk=node_run.pk).update(state=State.SUCCEEDED, outputs=outputs)
    page = visitor.get(reverse("flows:node_panel", args=[run.ref, node_run.ordinal])).content.decode()
    assert "12 rows" in page
    assert "&lt;b&gt;9&lt;/b&gt;" in page
    assert "&lt;b&gt;11&lt;/b&gt;" in page
    assert f"/analytics/{run.pk}/tasks/query_1/" in page
