"""The pages on which a data flow is drawn, and what they leave in the job."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.drawings.actions import Stale
from apps.engine.drafts import END, JOB, START, EdgeDraft, FlowDraft, NodeDraft
from apps.engine.layout import draft_to_graph_text
from apps.engine.states import State
from apps.flows.actions import create_flow
from apps.flows.runs import submit_job
from apps.jobs.actions import create_job, update_job
from apps.jobs.dataflow.content import content_of, nodes_in
from apps.jobs.models import Job
from apps.jobs.pictures import edit_drawing, problems_in
from apps.jobs.storage import Folder
from apps.lib.errors import Invalid
from tests.jobs.dataflow.nodes import filtered, source, target

HTMX = {"HX-Request": "true"}


@pytest.fixture
def job(project, people) -> Job:
    nodes = [source(1), filtered(2, 1, ("amount", "GT", "10")), target(3, 2)]
    return create_job(project, name="report", kind="DATAFLOW", content=content_of(nodes), by=people.bob)


def url(name: str, job: Job, query: str = "") -> str:
    return reverse(f"jobs:{name}", args=[job.ref]) + query


def nodes_of_job(job: Job) -> list[dict[str, Any]]:
    job.refresh_from_db()
    return nodes_in(job.content)


def edit(job: Job, *ops: dict[str, Any]) -> None:
    edit_drawing(job.document, base_version=job.document.version, ops=ops, by=None)


FILTER = {
    "node_name": "big",
    "filterType": "OR",
    "filterConditionList.name": ["amount", "id", ""],
    "filterConditionList.operator": ["GT", "EQ", "EQ"],
    "filterConditionList.value": ["10", "7", ""],
}


def test_the_page_is_the_drawing_with_a_palette_for_who_may_edit(job, bob, vera):
    page = bob.get(url("detail", job)).content.decode()
    assert 'data-kind="TRANSFORM_JOIN"' in page
    assert 'mode="edit"' in page
    page = vera.get(url("detail", job)).content.decode()
    assert "data-kind" not in page
    assert 'mode="view"' in page


@pytest.mark.parametrize("name", ("detail", "inspector", "outline"))
def test_a_stranger_is_told_that_there_is_no_such_job(job, charlie, name):
    assert charlie.get(url(name, job)).status_code == 404


@pytest.mark.parametrize("name", ("save_node", "save_settings", "save_content"))
def test_a_viewer_cannot_save_and_a_stranger_finds_nothing(job, vera, charlie, name):
    assert vera.post(url(name, job, "?id=2"), FILTER).status_code == 403
    assert charlie.post(url(name, job, "?id=2"), FILTER).status_code == 404


def test_a_job_that_is_not_drawn_has_no_such_panels(project, people, bob):
    shell = create_job(project, name="echo", kind="SHELL", content="echo", by=people.bob)
    assert bob.get(url("inspector", shell)).status_code == 404


def test_a_filter_is_offered_the_columns_that_reach_it(job, bob):
    panel = bob.get(url("inspector", job, "?id=2"), headers=HTMX).content.decode()
    assert "<html" not in panel
    assert "amount · double" in panel
    assert "<html" in bob.get(url("inspector", job, "?id=2")).content.decode()


def test_a_column_that_is_gone_is_marked_where_it_is_used(job, bob):
    edit(job, {"op": "set", "of": "node", "id": "1", "path": ["headrace", "fields", "fieldList"], "value": [
        {"name": "id", "type": "int"}, {"name": "name", "type": "string"}]})  # fmt: skip
    panel = bob.get(url("inspector", job, "?id=2"), headers=HTMX).content.decode()
    assert "there is no column amount here" in panel
    assert "amount ?" in panel
    (problem,) = [one for one in problems_in(job.document) if one.nodes == ("2",)]
    assert "there is no column amount" in problem.message


def test_what_is_wrong_with_a_column_is_told_in_the_readers_language(job, bob):
    edit(job, {"op": "set", "of": "node", "id": "1", "path": ["headrace", "fields", "fieldList"], "value": [
        {"name": "id", "type": "int"}, {"name": "name", "type": "string"}]})  # fmt: skip
    asked = {**HTMX, "Accept-Language": "ko"}
    assert (
        "여기에는 amount 열이 없습니다"
        in bob.get(url("inspector", job, "?id=2"), headers=asked).content.decode()
    )


def test_a_node_that_leads_nowhere_says_so(job, bob):
    edit(job, {"op": "remove_edge", "id": "2-3"})
    panel = bob.get(url("inspector", job, "?id=2"), headers=HTMX).content.decode()
    assert "does not lead to a target yet" in panel


def test_what_is_filled_in_becomes_operations_for_the_canvas(job, bob):
    answer = bob.post(url("save_node", job, "?id=2"), FILTER, headers=HTMX)
    ops = json.loads(answer["HX-Trigger"])["dag:apply"]["ops"]
    edit(job, *ops)
    (_source, changed, _target) = nodes_of_job(job)
    assert (changed["name"], changed["filterType"]) == ("big", "OR")
    assert changed["filterConditionList"] == [
        {"name": "amount", "operator": "GT", "value": "10"},
        {"name": "id", "operator": "EQ", "value": "7"},
    ]


def test_without_scripts_the_same_form_saves_it(job, bob):
    assert bob.post(url("save_node", job, "?id=2"), FILTER).status_code == 302
    assert nodes_of_job(job)[1]["filterType"] == "OR"


def test_a_form_that_changes_nothing_changes_nothing(job, bob):
    before = job.content
    unchanged = {
        "node_name": "node 2",
        "filterType": "AND",
        "filterConditionList.name": ["amount"],
        "filterConditionList.operator": ["GT"],
        "filterConditionList.value": ["10"],
    }
    bob.post(url("save_node", job, "?id=2"), unchanged)
    job.refresh_from_db()
    assert job.content == before


def test_a_target_takes_all_columns_at_once(job, bob):
    edit(
        job, {"op": "set", "of": "node", "id": "3", "path": ["headrace", "fields", "fieldList"], "value": []}
    )
    bob.post(url("save_node", job, "?id=3"), {"node_name": "out", "then": "all:fieldList"})
    assert [each["name"] for each in nodes_of_job(job)[2]["fieldList"]] == ["id", "name", "amount"]


def test_nodes_and_edges_that_are_drawn_are_nodes_of_the_job(job):
    node = {
        "id": "9",
        "type": "node",
        "x": 1,
        "y": 2,
        "label": "copy",
        "headrace": {"fields": {"unionType": "ALL"}},
    }
    node["attribute"] = {"type": "JOB", "jobType": "TRANSFORM_UNION"}
    ends = [{"id": f"e{parent}", "source": parent, "target": "9"} for parent in ("1", "2")]
    edit(job, {"op": "add_node", "node": node}, *({"op": "add_edge", "edge": edge} for edge in ends))
    assert nodes_of_job(job)[3] == {
        "type": "TRANSFORM_UNION",
        "id": 9,
        "name": "copy",
        "parentNodeIds": [1, 2],
        "unionType": "ALL",
    }


def test_to_move_a_node_leaves_the_content_as_it_was_written(job):
    before = job.content
    edit(job, {"op": "move", "moves": [["2", 5, 5]]})
    job.refresh_from_db()
    assert job.content == before


def test_a_node_needs_a_number_for_its_id(job):
    with pytest.raises(Invalid):
        edit(job, {"op": "add_node", "node": {"id": "A1B2", "x": 1, "y": 2}})
    assert len(nodes_of_job(job)) == 3


def test_what_was_drawn_on_an_older_version_is_not_taken(job, people):
    seen = job.document.version
    update_job(job, content=content_of([source(1), target(3, 1)]), by=people.bob)
    move = {"op": "move", "moves": [["1", 5, 5]]}
    with pytest.raises(Stale):
        edit_drawing(job.document, base_version=seen, ops=[move], by=None)
    assert len(nodes_of_job(job)) == 2


def test_json_that_is_no_data_flow_is_refused_and_shown(job, bob):
    answer = bob.post(url("save_content", job), {"content": '{"nodes": [1]}'}, headers=HTMX)
    assert answer.status_code == 422
    assert "must be an object" in answer.content.decode()
    assert len(nodes_of_job(job)) == 3
    assert bob.post(url("save_content", job), {"content": '{"nodes": []}'}).status_code == 302
    assert nodes_of_job(job) == []


def test_a_source_takes_its_fields_from_the_data(job, bob, settings, tmp_path):
    settings.HEADRACE_OBJECTS = {"HEADRACE_OBJECTS_FOLDER": str(tmp_path)}
    place = {"node_name": "in", "bucketName": "box", "prefix": "in", "dataType": "CSV", "then": "read"}
    refused = json.loads(bob.post(url("save_node", job, "?id=1"), place, headers=HTMX)["HX-Trigger"])
    assert "nothing to read" in refused["toast"]["text"]
    Folder(tmp_path).write("box", "in/a.csv", b"day,total\n2026-01-02,7\n")
    bob.post(url("save_node", job, "?id=1"), place)
    assert nodes_of_job(job)[0]["fieldList"] == [
        {"name": "day", "type": "date", "properties": []},
        {"name": "total", "type": "bigint", "properties": []},
    ]


def test_in_a_flow_it_is_one_node_from_which_its_own_drawing_opens(job, project, people, bob):
    drawn = NodeDraft("2", JOB, job.kind, "report", f"FJ-{job.ref}")
    nodes = (NodeDraft("1", START, START), drawn, NodeDraft("3", END, END))
    graph = draft_to_graph_text(FlowDraft(nodes, (EdgeDraft("a", "1", "2"), EdgeDraft("b", "2", "3"))))
    flow = create_flow(project, name="nightly", graph=graph, by=people.bob)
    panel = bob.get(reverse("flows:inspector", args=[flow.ref]) + "?id=2", headers=HTMX).content.decode()
    assert f'href="{url("detail", job)}"' in panel
    assert "code-editor" not in panel
    content = job.content
    form = {"label": "report", "host_name": "", "fail_act": "STOP", "max_retry": 3, "retry_interval": 0}
    form |= {"max_running_seconds": 0, "loss_policy": "at_least_once", "params_text": ""}
    bob.post(reverse("flows:save_node", args=[flow.ref]) + "?id=2", form)
    job.refresh_from_db()
    assert (job.max_retry, job.content) == (3, content)


def test_the_rows_of_the_last_run_are_told_under_the_nodes(job, bob, charlie, people):
    run = submit_job(job, by=people.bob)
    ended = {"rows": {"2": {"read": 5, "written": 1200}}}
    run.node_runs.update(state=State.SUCCEEDED, outputs=ended, ended_at=timezone.now())
    address = reverse("flows:job_rows", args=[job.ref])
    assert json.loads(bob.get(address)["HX-Trigger"])["dag:remarks"] == {
        "notes": [[1, {"text": "1,200 rows"}]]
    }
    assert charlie.get(address).status_code == 404
