"""Workflow definitions and nodes as they are told."""

from __future__ import annotations

import json
from typing import Any

from apps.flows.models import Flow
from apps.gateways.dataworks.flowspec import NodeSpec
from apps.gateways.dataworks.flowspec.fields import dict_of, dicts_of, pick, text_of, whole_of
from apps.gateways.dataworks.wire.times import millis
from apps.jobs.models import Job
from apps.projects.models import User


def render_id(row: Flow | Job) -> str:
    """A definition is known by the decimal text of its uid, without a sign."""
    return str(row.uid % (1 << 64))


def owner_of(user: User | None) -> str:
    return user.username if user else ""


def workflow_number(flow: Flow) -> int | None:
    """The id that the scheduler knows the workflow by, once it is deployed."""
    return flow.pk if flow.published_id else None


def render_definition(flow: Flow, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "Id": render_id(flow),
        "Name": flow.name,
        "Owner": owner_of(flow.created_by),
        "ProjectId": flow.project.number,
        "Spec": json.dumps(document, ensure_ascii=False),
        "WorkflowId": workflow_number(flow),
        "CreateTime": millis(flow.created_at),
        "ModifyTime": millis(flow.modified_at),
    }


def render_definition_row(flow: Flow, kind: str, path: str) -> dict[str, Any]:
    return {
        "Id": render_id(flow),
        "Name": flow.name,
        "Description": flow.description,
        "Type": kind,
        "Owner": owner_of(flow.created_by),
        "ProjectId": flow.project.number,
        "Script": {"Id": render_id(flow), "Path": path, "Runtime": {"Command": "WORKFLOW"}},
        "CreateTime": millis(flow.created_at),
        "ModifyTime": millis(flow.modified_at),
    }


def render_node(job: Job, document: dict[str, Any], *, deployed: bool) -> dict[str, Any]:
    return {
        "Id": render_id(job),
        "Name": job.name,
        "Owner": owner_of(job.created_by),
        "ProjectId": job.project.number,
        "Spec": json.dumps(document, ensure_ascii=False),
        "TaskId": job.pk if deployed else None,
        "CreateTime": millis(job.created_at),
        "ModifyTime": millis(job.modified_at),
    }


def render_node_row(
    job: Job, source: dict[str, Any], node: NodeSpec, path: str, *, deployed: bool
) -> dict[str, Any]:
    """As ListNodes tells it, from the node's document."""
    resource = dict_of(pick(source, "runtimeResource"))
    datasource = dict_of(pick(source, "datasource"))
    return {
        "Id": render_id(job),
        "Name": job.name,
        "Description": job.description,
        "Owner": owner_of(job.created_by),
        "ProjectId": job.project.number,
        "TaskId": job.pk if deployed else None,
        "Recurrence": node.strategy.recurrence or "Normal",
        "DataSource": {"Name": text_of(datasource.get("name")), "Type": text_of(datasource.get("type"))}
        if datasource
        else None,
        "RuntimeResource": {
            "ResourceGroup": text_of(resource.get("resourceGroup")),
            "ResourceGroupId": text_of(resource.get("resourceGroupId")),
        },
        "Script": {"Id": render_id(job), "Path": path, "Runtime": {"Command": node.command or job.kind}},
        "Strategy": {
            "InstanceMode": text_of(pick(source, "instanceMode")) or "T+1",
            "RerunMode": node.strategy.rerun_mode or "Allowed",
            "RerunTimes": job.max_retry,
            "RerunInterval": job.retry_interval * 1000,
            "Timeout": whole_of(pick(source, "timeout")) or 0,
        },
        "Trigger": _render_trigger(dict_of(pick(source, "trigger"))),
        "Inputs": _render_artifacts(pick(source, "inputs")),
        "Outputs": _render_artifacts(pick(source, "outputs")),
        "Tags": [],
        "CreateTime": millis(job.created_at),
        "ModifyTime": millis(job.modified_at),
    }


def _render_trigger(trigger: dict[str, Any]) -> dict[str, Any]:
    names = {"Id": "id", "Type": "type", "Cron": "cron", "StartTime": "startTime", "EndTime": "endTime"}
    return {
        name: text_of(pick(trigger, key)) or None for name, key in (names | {"Timezone": "timezone"}).items()
    }


def _render_artifacts(artifacts: Any) -> dict[str, Any]:
    outputs = [
        {
            "Data": text_of(pick(item, "data", "output")),
            "RefTableName": text_of(pick(item, "refTableName")) or None,
        }
        for item in dicts_of(pick(artifacts, "nodeOutputs", "outputs"))
    ]
    tables = [{"Guid": text_of(pick(item, "guid"))} for item in dicts_of(pick(artifacts, "tables", "table"))]
    variables = [_render_variable(item) for item in dicts_of(pick(artifacts, "variables", "variable"))]
    return {"NodeOutputs": outputs, "Tables": tables, "Variables": variables}


def _render_variable(variable: dict[str, Any]) -> dict[str, Any]:
    names = {
        "Id": "id",
        "Name": "name",
        "ArtifactType": "artifactType",
        "Scope": "scope",
        "Type": "type",
        "Value": "value",
    }
    told: dict[str, Any] = {name: text_of(pick(variable, key)) or None for name, key in names.items()}
    output = text_of(pick(pick(variable, "node"), "output"))
    return told | ({"Node": {"Output": output}} if output else {})
