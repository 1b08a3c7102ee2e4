"""Calls that answer later: import jobs, deployments, started instances. Each is one Operation."""

from __future__ import annotations

import json
from typing import Any

from apps.gateways.dataworks.wire.definitions import owner_of
from apps.gateways.dataworks.wire.times import millis
from apps.gateways.models import Operation

DONE, FAILED, GOING_ON = "succeeded", "failed", "running"
JOB_STATUS = {DONE: "Success", FAILED: "Fail"}
#: Stages of a deployment: code, type, what it is called.
ONLINE = (("BUILD_PACKAGE", "Build"), ("PROD_CHECK", "Check"), ("PROD", "Deploy"))
OFFLINE = (("OfflineCheck", "Check"), ("PROD_CHECK", "Check"), ("PROD", "Offline"))


def render_async_job(operation: Operation) -> dict[str, Any]:
    return {
        "Id": str(operation.uid),
        "Type": "Create",
        "Status": JOB_STATUS.get(operation.state, "Running"),
        "Completed": operation.ended_at is not None,
        "Progress": operation.progress,
        "Response": (operation.result or {}).get("response"),
        "Error": _error(operation),
        "CreateTime": millis(operation.created_at),
    }


def render_job_status(operation: Operation) -> dict[str, Any]:
    """The same as texts, which is how this call tells it."""
    return {
        "JobId": str(operation.uid),
        "JobType": "Create",
        "Status": JOB_STATUS.get(operation.state, "Running"),
        "Completed": str(operation.ended_at is not None),
        "CreateTime": str(millis(operation.created_at)),
        "Error": _error(operation),
    }


def _error(operation: Operation) -> str | None:
    return json.dumps(operation.error, ensure_ascii=False) if operation.error else None


def new_stages(offline: bool) -> list[dict[str, Any]]:
    rows = OFFLINE if offline else ONLINE
    return [
        {"Code": code, "Name": code, "Type": kind, "Status": "Init", "Step": step, "Message": ""}
        for step, (code, kind) in enumerate(rows, 1)
    ]


def pipeline_status(stages: list[dict[str, Any]]) -> str:
    states = [stage["Status"] for stage in stages]
    if "Fail" in states:
        return "Fail"
    if "Termination" in states:
        return "Termination"
    if all(state == "Success" for state in states):
        return "Success"
    return "Running" if "Success" in states else "Init"


def render_pipeline(operation: Operation) -> dict[str, Any]:
    stages = (operation.result or {}).get("stages", [])
    message = next((stage["Message"] for stage in stages if stage["Status"] == "Fail"), "")
    owner = operation.key.owner if operation.key else None
    return {
        "Id": str(operation.uid),
        "Status": pipeline_status(stages),
        "Message": message,
        "Creator": owner_of(owner),
        "Description": operation.request.get("description", ""),
        "ProjectId": operation.project.number if operation.project else None,
        "CreateTime": millis(operation.created_at),
        "ModifyTime": millis(operation.ended_at or operation.created_at),
        "Stages": stages,
    }


def render_created(operation: Operation) -> dict[str, Any]:
    """What became of CreateWorkflowInstances."""
    if operation.state == FAILED:
        return {"Status": "CreateFailure", "FailureMessage": (operation.error or {}).get("message", "")}
    if operation.state != DONE:
        return {"Status": "Creating"}
    ids = (operation.result or {}).get("runs", [])
    return {"Status": "Created", "WorkflowInstanceIds": ids, "UnifiedWorkflowInstanceIds": ids}


def render_rerun(operation: Operation) -> dict[str, Any]:
    status = {DONE: "Success", FAILED: "Failure"}.get(operation.state, "NotRun")
    return {"Status": status, "FailureMessage": (operation.error or {}).get("message")}
