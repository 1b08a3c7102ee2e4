"""Workflows as callers make, import, read and change them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.drawings.actions import apply_operations
from apps.engine.drafts import read_graph
from apps.flows.actions import set_schedule
from apps.flows.models import Flow, Output
from apps.jobs.actions import update_job
from apps.jobs.models import Job
from apps.projects.models import Project
from tests.factories import make_flow
from tests.gateways.callers import RpcCaller
from tests.gateways.dataworks.conftest import Call
from tests.gateways.dataworks.documents import (
    TRIGGER,
    after,
    chain,
    document,
    edges_of,
    node,
    node_document,
    workflow,
)

pytestmark = pytest.mark.django_db

Import = Callable[[str], Flow]
Told = Callable[[Flow], dict[str, Any]]


def made(call: Call, spec: str) -> Flow:
    return Flow.objects.get(uid=int(call("CreateWorkflowDefinition", spec)["Id"]))


# --- workflows


def test_creating_takes_the_first_workflow_and_no_nodes_and_reports_what_it_left_out(
    call: Call, told: Told
) -> None:
    flow = made(call, document(workflow("first", node("a")), workflow("second")))
    assert not Job.objects.exists()
    assert list(Flow.objects.values_list("name", flat=True)) == ["first"]
    assert [note["code"] for note in flow.dialect_settings["report"]][:2] == ["left_out", "left_out"]
    assert told(flow)["nodes"] == []
    assert edges_of(flow) == {("START", "END")}


def test_a_workflow_becomes_a_flow_with_folder_schedule_and_outputs(call: Call, project: Project) -> None:
    outputs = {"nodeOutputs": [{"data": "orders", "artifactType": "NodeOutput"}]}
    flow = made(call, document(workflow("daily", outputs=outputs, description="d")))
    assert (flow.folder.name, flow.folder.tree, flow.description) == ("team", "FLOW", "d")
    schedule = flow.schedule
    assert (schedule.cron, schedule.time_zone, schedule.end_at) == ("00 30 02 * * ?", "Asia/Shanghai", None)
    assert not schedule.enabled
    assert Output.objects.get(project=project).name == "orders"


def test_everything_that_was_said_comes_back(call: Call, told: Told) -> None:
    said = workflow(
        "daily", unknown={"x": [1.5, None, "é"]}, citable=False, strategy={"instanceMode": "T+1", "new": 1}
    )
    flow = made(call, document(said, owner="7"))
    reply = call("GetWorkflowDefinition", Id=str(flow.uid))["WorkflowDefinition"]
    spec = json.loads(reply["Spec"])
    assert spec["spec"]["owner"] == "7"
    back = spec["spec"]["workflows"][0]
    assert {name: back[name] for name in said} == said
    assert back["id"] == reply["Id"] == str(flow.uid)
    assert [each["data"] for each in back["outputs"]["nodeOutputs"]] == [str(flow.uid), "warehouse.daily"]


def test_an_id_that_a_document_brought_is_understood_too(
    call: Call, project: Project, caller: RpcCaller
) -> None:
    flow = made(call, document(workflow("daily", id="13821685449696")))
    assert call("GetWorkflowDefinition", Id="13821685449696")["WorkflowDefinition"]["Id"] == str(flow.uid)
    assert caller.refused("GetWorkflowDefinition", ProjectId=project.number, Id="13821685449697")[0] == 404


def test_lists_show_one_kind_by_pages_and_parts_of_names(call: Call) -> None:
    for name in ("one", "two", "three"):
        made(call, document(workflow(name)))
    made(call, document(workflow("by hand"), kind="ManualWorkflow"))
    page = call("ListWorkflowDefinitions", PageSize=2, PageNumber=2)["PagingInfo"]
    assert (page["TotalCount"], [row["Name"] for row in page["WorkflowDefinitions"]]) == (3, ["one"])
    manual = call("ListWorkflowDefinitions", Type="ManualWorkflow")["PagingInfo"]["WorkflowDefinitions"]
    assert [(row["Name"], row["Type"]) for row in manual] == [("by hand", "ManualWorkflow")]
    found = call("ListWorkflowDefinitions", Name="hre")["PagingInfo"]["WorkflowDefinitions"]
    assert [row["Script"]["Path"] for row in found] == ["team/three"]


def test_updating_changes_the_workflow_alone(call: Call, imported: Import, told: Told) -> None:
    flow = imported(chain("daily", unknown=1))
    change = workflow("daily", trigger=TRIGGER | {"cron": "00 45 03 * * ?"}, description="new")
    assert call("UpdateWorkflowDefinition", document(change), Id=str(flow.uid))["Success"] is True
    flow = Flow.objects.get(pk=flow.pk)
    back = told(flow)
    assert (flow.schedule.cron, back["trigger"]["cron"], back["description"]) == (
        *["00 45 03 * * ?"] * 2,
        "new",
    )
    assert back["unknown"] == 1
    assert [each["name"] for each in back["nodes"]] == ["a", "b", "c"]
    assert edges_of(flow) == {("START", "a"), ("a", "b"), ("b", "c"), ("c", "END")}


def test_renaming_and_moving_show_inside_the_document(call: Call, told: Told) -> None:
    flow = made(call, document(workflow("daily"), name="daily"))
    call("RenameWorkflowDefinition", Id=str(flow.uid), Name="nightly")
    call("MoveWorkflowDefinition", Id=str(flow.uid), Path="deep/er")
    back = told(Flow.objects.get(pk=flow.pk))
    assert (back["name"], back["script"]["path"]) == ("nightly", "deep/er/nightly")


def test_deleting_takes_the_nodes_along_but_none_that_others_draw(
    call: Call, imported: Import, project: Project
) -> None:
    flow = imported(chain())
    shared = Job.objects.get(name="a")
    make_flow(project, "other", a=[], jobs={"a": shared})
    call("DeleteWorkflowDefinition", Id=str(flow.uid))
    assert list(Job.objects.values_list("name", flat=True)) == ["a"]
    assert list(Flow.objects.values_list("name", flat=True)) == ["other"]


@pytest.mark.parametrize(
    ("spec", "code", "told"),
    [
        (
            document(workflow("w", script={"path": "w"})),
            "0x5083000000000010",
            "script.runtime.command is empty",
        ),
        ("kind: CycleWorkflow", "0x5083000000000005", "parse failed"),
        (node_document(node("a")), "0x5083000000000010", "not match"),
        (document(workflow("w", trigger=TRIGGER | {"cron": "at noon"})), "InvalidParameter", "cron"),
        (document(workflow("w" * 129)), "0x5083000000000010", "128"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_reason(
    caller: RpcCaller, project: Project, spec: str, code: str, told: str
) -> None:
    status, said, message = caller.refused("CreateWorkflowDefinition", ProjectId=project.number, Spec=spec)
    assert (status, said) == (400, code)
    assert told in message
    assert not Flow.objects.exists()


def test_a_missing_parameter_has_its_own_code(caller: RpcCaller, project: Project) -> None:
    assert caller.refused("CreateWorkflowDefinition", Spec=chain())[1] == "MissingProjectId"
    assert caller.refused("CreateWorkflowDefinition", ProjectId=project.number)[1] == "MissingSpec"
    flat = {"Spec.kind": "CycleWorkflow"}
    assert "not an object" in caller.refused("CreateWorkflowDefinition", ProjectId=project.number, **flat)[2]


def test_a_name_that_is_taken_is_a_conflict(call: Call, caller: RpcCaller, project: Project) -> None:
    made(call, document(workflow("daily")))
    refused = caller.refused(
        "CreateWorkflowDefinition", ProjectId=project.number, Spec=document(workflow("daily"))
    )
    assert refused[:2] == (409, "ResourceConflict")


def test_a_flow_that_was_drawn_here_is_told_as_a_document(call: Call, project: Project) -> None:
    flow = make_flow(project, "drawn", a=[], b=["a"])
    assert flow.name in str(call("ListWorkflowDefinitions", Type="ManualWorkflow"))
    set_schedule(flow, cron="0 0 3 * * ?", enabled=True)
    reply = call("GetWorkflowDefinition", Id=str(flow.uid), IncludeScriptContent="True")
    back = json.loads(reply["WorkflowDefinition"]["Spec"])["spec"]["workflows"][0]
    assert [(each["name"], each["script"]["content"]) for each in back["nodes"]] == [
        ("a", "true"),
        ("b", "true"),
    ]
    assert back["dependencies"][0]["depends"][0]["refTableName"] == "a"
    assert back["trigger"]["cron"] == "0 0 3 * * ?"


# --- imports


def test_importing_draws_every_node_as_a_job_of_its_kind(imported: Import) -> None:
    nodes = [node("a"), node("q", "select 1", "ODPS_SQL"), node("v", "", "VIRTUAL"), node("odd", "x", "bash")]
    flow = imported(document(workflow("w", *nodes, dependencies=[after("q", "a"), after("v", "a")])))
    kinds = dict(Job.objects.values_list("name", "kind"))
    assert kinds == {"a": "DIDE_SHELL", "q": "ODPS_SQL", "v": "VIRTUAL", "odd": "DATAWORKS_NODE"}
    assert ("a", "q") in edges_of(flow) and ("START", "odd") in edges_of(flow)
    report = " ".join(note["message"] for note in flow.dialect_settings["report"])
    assert "ODPS_SQL" in report and "bash" in report and "VIRTUAL" not in report


def test_settings_of_nodes_become_settings_of_jobs(imported: Import) -> None:
    odd = node("a", rerunTimes=9, rerunInterval=120_500, timeout=2, recurrence="Pause", description="d")
    denied = node("b", rerunTimes=9, rerunMode="Denied")
    imported(document(workflow("w", odd, denied, strategy={"failureStrategy": "Break"})))
    a, b = Job.objects.order_by("name")
    assert (a.max_retry, a.retry_interval, a.max_running_seconds) == (9, 121, 7200)
    assert (a.recurrence, a.fail_act, a.description, a.folder.name) == ("pause", "STOP", "d", "tests")
    assert b.max_retry == 0


def test_a_dry_run_stores_nothing_but_its_outcome(call: Call) -> None:
    job = call("ImportWorkflowDefinition", chain(), DryRun="True")["AsyncJob"]
    assert not Flow.objects.exists() and not Job.objects.exists()
    status = call("GetJobStatus", JobId=job["Id"])["JobStatus"]
    assert (status["Status"], status["Completed"]) == ("Success", "True")
    assert status["CreateTime"].isdigit()


def test_an_import_that_fails_says_why_and_leaves_nothing(call: Call, imported: Import) -> None:
    imported(chain("daily"))
    job = call("ImportWorkflowDefinition", document(workflow("new", node("n")), workflow("daily")))[
        "AsyncJob"
    ]
    assert (job["Status"], job["Completed"]) == ("Fail", True)
    assert "daily" in json.loads(job["Error"])["message"]
    assert not Flow.objects.filter(name="new").exists()


def test_importing_what_was_read_back_changes_nothing(call: Call, imported: Import, told: Told) -> None:
    flow = imported(chain())
    version, before = flow.document.version, told(flow)
    spec = call("GetWorkflowDefinition", Id=str(flow.uid), IncludeScriptContent="True")["WorkflowDefinition"][
        "Spec"
    ]
    assert imported(spec) == flow
    flow.document.refresh_from_db()
    assert (told(flow), flow.document.version, Job.objects.count()) == (before, version, 3)


def test_importing_an_id_that_exists_replaces_nodes_and_keeps_places(
    call: Call, imported: Import, told: Told
) -> None:
    flow = imported(chain())
    b = Job.objects.get(name="b")
    apply_operations(
        flow.document, base_version=1, ops=[{"op": "move", "moves": [[str(b.uid), 7, 8]]}], by=None
    )
    source = told(flow)
    source["nodes"] = [each for each in source["nodes"] if each["name"] != "c"] + [node("d")]
    source["dependencies"] = [after("b", "a"), after("d", "a")]
    assert imported(document(source)) == flow
    assert edges_of(flow) == {("START", "a"), ("a", "b"), ("a", "d"), ("b", "END"), ("d", "END")}
    place = {each.name: (each.x, each.y) for each in read_graph(flow.document.text).nodes}
    assert place["b"] == (7, 8)
    assert set(Job.objects.values_list("name", flat=True)) == {"a", "b", "d"}


def test_what_was_changed_on_the_pages_is_in_the_document(imported: Import, told: Told) -> None:
    flow = imported(chain())
    a, b, c = (Job.objects.get(name=name) for name in "abc")
    update_job(b, content="echo new", max_retry=4, params_text='{"day": "$bizdate"}', by=None)
    ops = [
        {"op": "remove_edge", "id": f"{a.uid}-{b.uid}"},
        {"op": "add_edge", "edge": {"id": "new", "source": str(a.uid), "target": str(c.uid)}},
        {"op": "set", "of": "node", "id": str(a.uid), "path": ["label"], "value": "first"},
    ]
    apply_operations(flow.document, base_version=1, ops=ops, by=None)
    back = told(Flow.objects.get(pk=flow.pk))
    nodes = {each["id"]: each for each in back["nodes"]}
    assert (nodes["id_b"]["script"]["content"], nodes["id_b"]["rerunTimes"]) == ("echo new", 4)
    assert (
        nodes["id_b"]["script"]["parameters"][0] | {"name": "day", "value": "$bizdate"}
        == (nodes["id_b"]["script"]["parameters"][0])
    )
    assert nodes["id_a"]["name"] == "first"
    waits = {(entry["nodeId"], each["output"]) for entry in back["dependencies"] for each in entry["depends"]}
    assert waits == {("id_c", "b_out"), ("id_c", "id_a")}


def test_an_output_belongs_to_the_first_who_declares_it(imported: Import, project: Project) -> None:
    first, second = imported(chain("first")), imported(chain("second"))
    assert Output.objects.filter(flow=first).count() == 3
    assert not Output.objects.filter(flow=second).exists()
    assert "belongs to workflow first" in str(second.dialect_settings["report"])


def test_a_dependency_on_another_workflow_finds_its_owner(imported: Import) -> None:
    parent = imported(document(workflow("parent", node("p"))))
    waiting = node(
        "w", inputs={"nodeOutputs": [{"data": "p_out"}, {"data": "nobody"}, {"data": "warehouse.parent"}]}
    )
    child = imported(document(workflow("child", waiting)))
    rows = child.dependencies.order_by("position")
    assert [(row.parent, row.parent_name) for row in rows] == [
        (parent, "p_out"),
        (None, "nobody"),
        (parent, "warehouse.parent"),
    ]
