"""Workflow instances and task instances as they are told. Their ids are numbers."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from apps.flows.models import Flow, NodeRun, Run
from apps.flows.schedules import zone_of, zone_of_run
from apps.gateways.dataworks.storing.sources import kind_of
from apps.gateways.dataworks.wire.definitions import owner_of
from apps.gateways.dataworks.wire.states import STATUS, task_status
from apps.gateways.dataworks.wire.times import millis, render_business_date

ENVIRONMENT = "Prod"
RERUN_MODE = "AllAllowed"


def type_of(run: Run) -> str:
    if run.trigger == Run.Trigger.SCHEDULE:
        return "Normal"
    if run.trigger == Run.Trigger.BACKFILL:
        return "SupplementData"
    return "ManualWorkflow" if run.flow and kind_of(run.flow) == "ManualWorkflow" else "Manual"


def render_run(run: Run) -> dict[str, Any]:
    who = owner_of(run.created_by)
    return {
        "Id": run.pk,
        "Name": run.title or run.name,
        "Type": type_of(run),
        "Status": STATUS[run.state],
        "ProjectId": run.project.number,
        "EnvType": ENVIRONMENT,
        "Owner": who,
        "WorkflowId": run.flow_id,
        "UnifiedWorkflowInstanceId": run.pk,
        "WorkflowParameters": json.dumps(run.params, ensure_ascii=False) if run.params else "",
        "BizDate": render_business_date(run.nominal_at, zone_of_run(run)),
        "StartedTime": millis(run.started_at),
        "FinishedTime": millis(run.ended_at),
        "CreateTime": millis(run.created_at),
        "CreateUser": who,
        "ModifyTime": millis(run.modified_at),
        "ModifyUser": who,
        "Tags": [],
    }


def render_task(node: NodeRun) -> dict[str, Any]:
    run = node.run
    who = owner_of(run.created_by)
    return {
        "Id": node.pk,
        "TaskId": node.job_id,
        "TaskName": node.name,
        "TaskType": node.kind,
        "Status": task_status(node),
        "ProjectId": run.project.number,
        "ProjectEnv": ENVIRONMENT,
        "Owner": who,
        "Bizdate": render_business_date(run.nominal_at, zone_of_run(run)),
        "PeriodNumber": 1,
        "RunNumber": max(node.attempt, 1),
        "RerunMode": RERUN_MODE,
        "Priority": max(node.priority, 1),
        "Timeout": node.timeout,
        "TriggerType": "Scheduler"
        if run.trigger in (Run.Trigger.SCHEDULE, Run.Trigger.BACKFILL)
        else "Manual",
        "TriggerRecurrence": "Normal" if node.state != "skipped" or node.bad else "ConditionUnchoose",
        "TriggerTime": millis(run.nominal_at),
        "WaitingResourceTime": millis(node.ready_at),
        "StartedTime": millis(node.started_at),
        "FinishedTime": millis(node.ended_at),
        "CreateTime": millis(run.created_at),
        "CreateUser": who,
        "ModifyTime": millis(node.ended_at or node.started_at or node.ready_at or run.created_at),
        "ModifyUser": who,
        "WorkflowId": run.flow_id,
        "WorkflowName": run.name,
        "WorkflowInstanceId": run.pk,
        "WorkflowInstanceType": type_of(run),
        "UnifiedWorkflowInstanceId": run.pk,
    }


def render_task_row(node: NodeRun) -> dict[str, Any]:
    return render_task(node) | {"ScriptParameters": _parameters(node)}


def render_task_detail(node: NodeRun, outputs: list[str]) -> dict[str, Any]:
    script = {"Content": node.frozen.content if node.frozen else "", "Parameters": _parameters(node)}
    left = [
        {"Name": name, "Type": "NodeOutput", "Value": str(value)}
        for name, value in (node.outputs or {}).items()
    ]
    return render_task(node) | {
        "Description": node.reason or None,
        "Script": script,
        "Inputs": {"Variables": []},
        "Outputs": {"TaskOutputs": [{"Output": name} for name in outputs], "Variables": left},
        "Tags": [],
    }


def _parameters(node: NodeRun) -> str:
    """`name=value` pairs, as the job had them."""
    values = json.loads((node.frozen.settings.get("params") if node.frozen else "") or "{}") | (
        node.inputs or {}
    )
    return " ".join(f"{name}={value}" for name, value in values.items())


def flow_zone(flow: Flow) -> ZoneInfo:
    """The zone in which the days of its runs are counted."""
    return zone_of(getattr(flow, "schedule", None) or flow.project)
