"""Deploying workflows, stage by stage."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.flows import scheduler
from apps.flows.models import Flow, Run, Schedule
from apps.jobs.models import Job
from apps.projects.models import Project
from tests.gateways.callers import RpcCaller
from tests.gateways.dataworks.conftest import Call, Deploy, Import, Start
from tests.gateways.dataworks.documents import chain, document, node, workflow

pytestmark = pytest.mark.django_db


def test_a_deployment_runs_stage_by_stage_and_switches_the_schedule_on(call: Call, imported: Import) -> None:
    flow = imported(chain())
    made = call("CreatePipelineRun", Type="Online", ObjectIds=json.dumps([str(flow.uid)]))["Id"]
    for code, before in (("BUILD_PACKAGE", "Init"), ("PROD_CHECK", "Running"), ("PROD", "Running")):
        assert call("GetPipelineRun", Id=made)["Pipeline"]["Status"] == before
        assert call("ExecPipelineRunStage", Id=made, Code=code)["Success"] is True
    pipeline = call("GetPipelineRun", Id=made)["Pipeline"]
    assert (pipeline["Status"], [stage["Status"] for stage in pipeline["Stages"]]) == (
        "Success",
        ["Success"] * 3,
    )
    flow = Flow.objects.get(pk=flow.pk)
    assert flow.schedule.enabled and flow.schedule.next_fire_at is not None
    definition = call("GetWorkflowDefinition", Id=str(flow.uid))["WorkflowDefinition"]
    assert definition["WorkflowId"] == flow.pk
    assert call("GetNode", Id="id_a")["Node"]["TaskId"] == Job.objects.get(name="a").pk


def test_stages_come_in_order(call: Call, caller: RpcCaller, imported: Import, project: Project) -> None:
    flow = imported(chain())
    made = call("CreatePipelineRun", Type="Online", ObjectIds=json.dumps([str(flow.uid)]))["Id"]
    refused = caller.refused("ExecPipelineRunStage", ProjectId=project.number, Id=made, Code="PROD")
    assert refused[0] == 400 and "BUILD_PACKAGE" in refused[2]
    call("AbolishPipelineRun", Id=made)
    assert call("GetPipelineRun", Id=made)["Pipeline"]["Status"] == "Termination"
    assert (
        caller.refused("ExecPipelineRunStage", ProjectId=project.number, Id=made, Code="BUILD_PACKAGE")[0]
        == 409
    )


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"inputs": {"nodeOutputs": [{"data": "nobody.out"}]}}, "nobody.out"),
        ({"outputs": {"nodeOutputs": [{"data": "a_out"}]}}, "belongs to workflow first"),
    ],
)
def test_what_cannot_be_resolved_stops_a_deployment(
    imported: Import, deploy: Deploy, extra: dict[str, Any], told: str
) -> None:
    imported(chain("first"))
    flow = imported(document(workflow("second", node("z", **extra))))
    pipeline = deploy(flow)
    assert (pipeline["Status"], pipeline["Stages"][1]["Status"]) == ("Fail", "Fail")
    assert told in pipeline["Message"]
    assert not Schedule.objects.filter(enabled=True).exists()


def test_what_was_built_is_what_runs_whatever_is_edited_later(
    call: Call, imported: Import, deploy: Deploy, start: Start
) -> None:
    flow = imported(chain(kind="ManualWorkflow"))
    deploy(flow)
    call("DeleteNode", Id="id_c")
    [run] = start(flow)
    assert run.total == 5
    deploy(flow)
    assert start(flow)[0].total == 4


def test_taking_a_workflow_offline_switches_its_schedule_off(
    call: Call, imported: Import, deploy: Deploy
) -> None:
    flow = imported(chain())
    deploy(flow)
    assert deploy(flow, Type="Offline")["Status"] == "Success"
    flow = Flow.objects.get(pk=flow.pk)
    assert not flow.schedule.enabled
    assert "WorkflowId" not in call("GetWorkflowDefinition", Id=str(flow.uid))["WorkflowDefinition"]


def test_a_schedule_runs_the_deployed_version(call: Call, imported: Import, deploy: Deploy) -> None:
    flow = imported(chain())
    deploy(flow)
    call("DeleteNode", Id="id_c")
    scheduler.tick(Schedule.objects.get().next_fire_at)
    assert Run.objects.get().total == 5
