"""Deployment: a workflow is frozen, checked, and its schedule switched on (or off again).

The stages are run one by one, each when it is asked for; with RunMode Auto all at once.
What BUILD_PACKAGE froze is what PROD deploys, whatever was edited in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.flows import actions as flows
from apps.flows.models import Flow, Revision
from apps.flows.revisions import freeze_flow
from apps.gateways.dataworks import finding
from apps.gateways.dataworks.flowspec import SpecError
from apps.gateways.dataworks.storing import names, nodes, workflows
from apps.gateways.dataworks.storing.foreign import DIALECT, uid_of
from apps.gateways.dataworks.storing.sources import sources_of
from apps.gateways.dataworks.wire import asynchronous as wire
from apps.gateways.dataworks.wire.parameters import need, object_ids
from apps.gateways.models import Operation as OperationRow
from apps.gateways.rpc.errors import RpcError, invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.jobs.models import Job
from apps.lib.errors import Conflict, DomainError, NotFound, Unsupported
from apps.projects.models import Project

KIND = "PipelineRun"
NOT_FOUND = "5801489541076353033"


def create(asked: Asked) -> dict[str, Any]:
    """Of the objects only the first counts; a node is deployed with its workflow."""
    project, p = finding.project(asked, "edit"), asked.p
    offline = (p.choice("Type", ("Online", "Offline")) or need(p, "Type")) == "Offline"
    flow = _object(project, object_ids(p)[0])
    row = OperationRow.objects.create(
        dialect=DIALECT,
        kind=KIND,
        project=project,
        key=asked.key,
        request={"flow": flow.pk, "offline": offline, "description": p.text("Description", 1024) or ""},
        result={"stages": wire.new_stages(offline)},
    )
    if p.choice("RunMode", ("Normal", "Auto")) == "Auto":
        last = p.text("AutoRunUntilStage") or ""
        for stage in wire.new_stages(offline):
            if not _run_stage(asked, row.pk, stage["Code"]) or stage["Code"].lower() == last.lower():
                break
    return {"Id": str(row.uid)}


def get(asked: Asked) -> dict[str, Any]:
    return {"Pipeline": wire.render_pipeline(finding.operation(asked, KIND, "Id"))}


def run_stage(asked: Asked) -> dict[str, Any]:
    """Says only that the stage was run: what came of it is told by GetPipelineRun."""
    row = finding.operation(asked, KIND, "Id", "edit")
    _run_stage(asked, row.pk, need(asked.p, "Code"))
    return {"Success": True}


@transaction.atomic
def abolish(asked: Asked) -> dict[str, Any]:
    row = finding.operation(asked, KIND, "Id", "edit")
    row = OperationRow.objects.select_for_update().get(pk=row.pk)
    stages = (row.result or {})["stages"]
    if row.ended_at is not None:
        raise Conflict(f"Deployment {row.uid} is over.")
    for stage in stages:
        if stage["Status"] == "Init":
            stage["Status"] = "Termination"
    row.ended_at = timezone.now()
    row.save()
    return {"Success": True}


@transaction.atomic
def _run_stage(asked: Asked, operation_id: int, code: str) -> bool:
    """Run the next stage, which must be this one; whether it succeeded."""
    row = OperationRow.objects.select_for_update().get(pk=operation_id)
    result: dict[str, Any] = dict(row.result or {})
    upcoming = next((stage for stage in result["stages"] if stage["Status"] != "Success"), None)
    if upcoming is None or upcoming["Status"] != "Init":
        raise Conflict(f"Deployment {row.uid} is over.")
    if upcoming["Code"].lower() != code.strip().lower():
        raise invalid_parameter("Code", f"the next stage is {upcoming['Code']}")
    try:
        with transaction.atomic():
            result |= _work(asked, row, upcoming["Code"])
        upcoming["Status"] = "Success"
    except (DomainError, SpecError) as error:
        upcoming["Status"], upcoming["Message"] = "Fail", error.message
    status = wire.pipeline_status(result["stages"])
    row.result, row.progress = result, 100 * sum(s["Status"] == "Success" for s in result["stages"]) // 3
    if status in ("Success", "Fail"):
        row.state, row.ended_at = wire.DONE if status == "Success" else wire.FAILED, timezone.now()
    row.save()
    return upcoming["Status"] == "Success"


def _work(asked: Asked, row: OperationRow, code: str) -> dict[str, Any]:
    flow = finding.flows().filter(pk=row.request["flow"]).first()
    if flow is None:
        raise NotFound("The workflow was deleted meanwhile.")
    if row.request["offline"]:
        return _take_offline(asked, flow, row, code)
    return _STAGES[code](asked, flow, row)


def _build(asked: Asked, flow: Flow, row: OperationRow) -> dict[str, Any]:
    revision = freeze_flow(flow, by=asked.user, message=row.request["description"][:256])
    return {"revision": revision.pk}


def _check(asked: Asked, flow: Flow, row: OperationRow) -> dict[str, Any]:
    sources = sources_of(flow)
    owners = [workflows.WHOLE] * len(sources.placeholders) + [str(job.uid) for job in sources.jobs]
    names.check_deployable(flow, workflows.declared(sources.read(), owners))
    return {}


def _deploy(asked: Asked, flow: Flow, row: OperationRow) -> dict[str, Any]:
    revision = Revision.objects.get(pk=(row.result or {})["revision"])
    flows.publish_flow(flow, by=asked.user, revision=revision)
    if getattr(flow, "schedule", None):
        flows.set_schedule(flow, enabled=True)
    return {}


def _take_offline(asked: Asked, flow: Flow, row: OperationRow, code: str) -> dict[str, Any]:
    if code == "PROD":
        flows.withdraw_flow(flow, by=asked.user)
    elif flow.published_id is None:
        raise Conflict(f"Workflow {flow.name} is not deployed.")
    return {}


_STAGES: dict[str, Callable[[Asked, Flow, OperationRow], dict[str, Any]]] = {
    "BUILD_PACKAGE": _build,
    "PROD_CHECK": _check,
    "PROD": _deploy,
}


def _object(project: Project, text: str) -> Flow:
    flow = finding.flow_in(project, text)
    if flow is not None:
        return flow
    job = Job.objects.filter(project=project, uid=uid_of(project, "node", text)).first()
    if job is None:
        raise RpcError(NOT_FOUND, 400, f"There is no workflow and no node {text} to deploy.")
    flow = nodes.container_of(job)
    if flow is None:
        raise Unsupported(f"Node {job.name} is in no workflow: only workflows are deployed here.")
    return flow


OPERATIONS: dict[str, Operation] = {
    "CreatePipelineRun": create,
    "GetPipelineRun": get,
    "ExecPipelineRunStage": run_stage,
    "AbolishPipelineRun": abolish,
}
