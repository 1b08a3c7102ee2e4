"""Nodes as callers make, read and change them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.drawings.actions import apply_operations
from apps.engine.drafts import read_graph
from apps.flows.actions import create_flow
from apps.flows.models import Flow
from apps.jobs.models import Job
from apps.projects.models import Project
from tests.gateways.callers import RpcCaller
from tests.gateways.dataworks.conftest import Call
from tests.gateways.dataworks.documents import (
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


def test_a_node_is_made_in_its_container_below_what_it_waits_for(
    call: Call, imported: Import, told: Told
) -> None:
    flow = imported(chain())
    spec = node_document(
        node("d"), dependencies=[{"nodeId": "d", "depends": [{"type": "Normal", "output": "a_out"}]}]
    )
    made_id = call("CreateNode", spec, Scene="DATAWORKS_PROJECT", ContainerId=str(flow.uid))["Id"]
    assert {("a", "d"), ("d", "END")} <= edges_of(flow)
    job = Job.objects.get(uid=int(made_id))
    assert (job.name, job.folder.name) == ("d", "daily")
    drawn = {each.name: each for each in read_graph(flow.document.text).nodes}
    assert drawn["d"].y > drawn["a"].y and (drawn["d"].x, drawn["d"].y) != (drawn["b"].x, drawn["b"].y)
    listed = call("ListNodes", ContainerId=str(flow.uid))["PagingInfo"]
    assert (listed["TotalCount"], len(listed["Nodes"])) == ("4", 4)
    assert listed["Nodes"][0]["Script"]["Path"] == "team/daily/d"
    assert [each["name"] for each in told(flow)["nodes"]] == ["a", "b", "c", "d"]


def test_a_node_is_told_with_its_own_dependencies(call: Call, imported: Import) -> None:
    imported(chain())
    reply = call("GetNode", Id=str(Job.objects.get(name="b").uid))["Node"]
    spec = json.loads(reply["Spec"])["spec"]["workflows"][0]
    assert [each["name"] for each in spec["nodes"]] == ["b"]
    assert [entry["nodeId"] for entry in spec["dependencies"]] == ["id_b"]
    assert call("GetNode", Id="id_b")["Node"]["Id"] == reply["Id"]


def test_updating_a_node_changes_only_what_is_said(call: Call, imported: Import, told: Told) -> None:
    flow = imported(chain())
    job = Job.objects.get(name="b")
    call("UpdateNode", node_document({"id": str(job.uid), "rerunTimes": 2}), Id=str(job.uid))
    job.refresh_from_db()
    assert (job.max_retry, job.content, job.name) == (2, "echo b $1", "b")
    back = next(each for each in told(flow)["nodes"] if each["name"] == "b")
    assert (back["id"], back["rerunTimes"], back["script"]["runtime"]) == (
        "id_b",
        2,
        {"command": "DIDE_SHELL"},
    )
    assert ("a", "b") in edges_of(flow)


def test_a_deleted_node_is_waited_for_no_longer(call: Call, imported: Import, told: Told) -> None:
    flow = imported(chain())
    call("DeleteNode", Id=str(Job.objects.get(name="b").uid))
    assert edges_of(flow) == {("START", "a"), ("a", "END"), ("START", "c"), ("c", "END")}
    assert [each["name"] for each in told(flow)["nodes"]] == ["a", "c"]


def test_nodes_are_renamed_moved_and_filtered(call: Call, imported: Import) -> None:
    imported(chain())
    job = Job.objects.get(name="b")
    call("RenameNode", Id=str(job.uid), Name="bee")
    call("MoveNode", Id=str(job.uid), Path="else/where")
    job.refresh_from_db()
    assert (job.name, job.folder.name) == ("bee", "where")
    assert [row["Name"] for row in call("ListNodes", Name="ee")["PagingInfo"]["Nodes"]] == ["bee"]
    assert call("ListNodes", Recurrence="Skip", RerunMode="Allowed")["PagingInfo"]["TotalCount"] == "0"
    assert call("ListNodes", Scene="DataworksManualWorkflow")["PagingInfo"]["Nodes"] == []


def test_a_node_may_stand_alone(call: Call) -> None:
    made_id = call("CreateNode", node_document(node("alone")), Scene="DATAWORKS_PROJECT")["Id"]
    call("UpdateNode", node_document({"priority": 7}), Id=made_id)
    spec = json.loads(call("GetNode", Id=made_id)["Node"]["Spec"])
    assert (spec["kind"], spec["spec"]["nodes"][0]["priority"]) == ("Node", 7)
    call("DeleteNode", Id=made_id)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("spec", "given", "told"),
    [
        (chain(), {}, "not match"),
        (node_document(), {}, "nodes is empty"),
        (node_document({"script": {"runtime": {"command": "PYTHON"}}}), {}, "kind"),
    ],
)
def test_a_wrong_change_of_a_node_is_refused(
    caller: RpcCaller, imported: Import, project: Project, spec: str, given: dict[str, str], told: str
) -> None:
    imported(chain())
    job = Job.objects.get(name="b")
    asked = {"ProjectId": project.number, "Id": str(job.uid), "Spec": spec} | given
    assert told in caller.refused("UpdateNode", **asked)[2]


def test_jobs_of_our_own_in_the_drawing_stay_what_they_are(
    call: Call, imported: Import, project: Project
) -> None:
    flow = imported(chain())
    own = create_flow(project, name="x", by=None) and Job.objects.create(
        project=project,
        folder=Job.objects.first().folder,
        name="mine",
        kind="SHELL",
        params_text='{"a": "${yyyy}"}',
    )
    element = {
        "id": "m",
        "label": "mine",
        "attribute": {"type": "JOB", "jobId": f"FJ-{own.ref}", "jobType": "SHELL"},
    }
    apply_operations(flow.document, base_version=1, ops=[{"op": "add_node", "node": element}], by=None)
    call("UpdateWorkflowDefinition", document(workflow("daily", description="new")), Id=str(flow.uid))
    own.refresh_from_db()
    assert (own.source_dialect, own.params_text) == ("", '{"a": "${yyyy}"}')
