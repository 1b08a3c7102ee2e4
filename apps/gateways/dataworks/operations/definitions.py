"""Workflow definitions."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from apps.flows.models import Flow
from apps.gateways.dataworks import finding
from apps.gateways.dataworks.flowspec import Document, SpecError, read_document
from apps.gateways.dataworks.storing import workflows
from apps.gateways.dataworks.storing.folders import Paths
from apps.gateways.dataworks.storing.foreign import DIALECT
from apps.gateways.dataworks.storing.sources import sources_of
from apps.gateways.dataworks.wire import definitions as wire
from apps.gateways.dataworks.wire.parameters import need, read_spec, read_window, render_page
from apps.gateways.rpc.frame import Asked, Operation
from apps.projects.models import Project

CYCLE, MANUAL = "CycleWorkflow", "ManualWorkflow"
KINDS = (CYCLE, MANUAL)
LONGEST_PATH = 4096


def create(asked: Asked) -> dict[str, Any]:
    """The first workflow of the document, without the nodes in it."""
    project = finding.project(asked, "edit")
    document = _read(asked, project)
    spec = document.workflows[0]
    if not spec.command:
        raise SpecError("script.runtime.command is empty", "$.spec.workflows[0].script.runtime.command")
    flow = workflows.create_workflow(project, document, spec, by=asked.user, inner=False)
    return {"Id": wire.render_id(flow)}


def get(asked: Asked) -> dict[str, Any]:
    flow = finding.flow(asked)
    document = sources_of(flow).document(contents=bool(asked.p.flag("IncludeScriptContent")))
    return {"WorkflowDefinition": wire.render_definition(flow, document)}


def list_all(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked)
    kind = asked.p.choice("Type", KINDS) or CYCLE
    rows = _filtered(asked, of_kind(finding.flows().filter(project=project).defer("source_text"), kind))
    window, paths = read_window(asked.p), Paths(project)
    items = [
        wire.render_definition_row(flow, kind, paths.of(flow.folder_id, flow.name))
        for flow in rows.order_by("-id")[window.slice]
    ]
    return render_page(window, rows.count(), "WorkflowDefinitions", items)


def update(asked: Asked) -> dict[str, Any]:
    """The workflow's own properties; its nodes stay."""
    flow = finding.flow(asked, "edit")
    document = _read(asked, flow.project)
    workflows.update_workflow(flow, document, document.workflows[0], by=asked.user)
    return {"Success": True}


def rename(asked: Asked) -> dict[str, Any]:
    workflows.rename_workflow(finding.flow(asked, "edit"), need(asked.p, "Name"), by=asked.user)
    return {"Success": True}


def move(asked: Asked) -> dict[str, Any]:
    path = asked.p.text("Path", LONGEST_PATH) or ""
    workflows.move_workflow(finding.flow(asked, "edit"), path, by=asked.user)
    return {"Success": True}


def delete(asked: Asked) -> dict[str, Any]:
    workflows.delete_workflow(finding.flow(asked, "edit"), by=asked.user)
    return {"Success": True}


def of_kind(rows: QuerySet[Flow], kind: str) -> QuerySet[Flow]:
    """The rows of which `kind_of` says this."""
    ours = Q(source_dialect=DIALECT, dialect_settings__kind__isnull=False)
    manual = (ours & Q(dialect_settings__kind=MANUAL)) | (~ours & Q(schedule__isnull=True))
    return rows.filter(manual) if kind == MANUAL else rows.exclude(manual)


def identifiers_of(project: Project) -> tuple[str, ...]:
    """The names with which outputs of a workspace's nodes may begin."""
    return (project.name, str(project.number))


def _read(asked: Asked, project: Project) -> Document:
    document = read_document(read_spec(asked.p), KINDS, identifiers_of(project))
    if not document.workflows:
        raise SpecError(
            "workflows is empty: the document holds neither a workflow nor a node", "$.spec.workflows"
        )
    return document


def _filtered(asked: Asked, rows: QuerySet[Flow]) -> QuerySet[Flow]:
    if name := asked.p.text("Name"):
        rows = rows.filter(name__icontains=name)
    if owner := asked.p.text("Owner"):
        rows = rows.filter(created_by__username=owner)
    return rows


OPERATIONS: dict[str, Operation] = {
    "CreateWorkflowDefinition": create,
    "GetWorkflowDefinition": get,
    "ListWorkflowDefinitions": list_all,
    "UpdateWorkflowDefinition": update,
    "RenameWorkflowDefinition": rename,
    "MoveWorkflowDefinition": move,
    "DeleteWorkflowDefinition": delete,
}
