"""Importing whole workflows, nodes included."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.flows.models import Flow
from apps.gateways.dataworks import finding
from apps.gateways.dataworks.flowspec import Document, SpecError, read_document
from apps.gateways.dataworks.operations.definitions import KINDS, identifiers_of
from apps.gateways.dataworks.storing import workflows
from apps.gateways.dataworks.storing.foreign import DIALECT
from apps.gateways.dataworks.wire.asynchronous import DONE, FAILED, render_async_job, render_job_status
from apps.gateways.dataworks.wire.definitions import render_id
from apps.gateways.dataworks.wire.parameters import read_spec
from apps.gateways.models import Operation as OperationRow
from apps.gateways.rpc.frame import Asked, Operation
from apps.lib.errors import DomainError
from apps.projects.models import Project, User

KIND = "ImportWorkflowDefinition"


def import_definition(asked: Asked) -> dict[str, Any]:
    """Make or replace every workflow of the document: all of them, or none and the reason."""
    project, dry = finding.project(asked, "edit"), bool(asked.p.flag("DryRun"))
    document = read_document(read_spec(asked.p), KINDS, identifiers_of(project))
    if not document.workflows:
        raise SpecError(
            "workflows is empty: the document holds neither a workflow nor a node", "$.spec.workflows"
        )
    row = OperationRow(dialect=DIALECT, kind=KIND, project=project, key=asked.key, request={"dry_run": dry})
    try:
        ids = _import(project, document, dry=dry, by=asked.user)
    except DomainError as error:
        row.state, row.error = (
            FAILED,
            {"code": error.code, "message": error.message, "path": "$.spec.workflows"},
        )
    except SpecError as error:
        row.state, row.error = FAILED, {"code": error.code, "message": error.message, "path": error.path}
    else:
        row.state, row.result = DONE, {"response": None if dry else ",".join(ids)}
    row.progress, row.ended_at = 100, timezone.now()
    row.save()
    return {"AsyncJob": render_async_job(row)}


def get_job_status(asked: Asked) -> dict[str, Any]:
    return {"JobStatus": render_job_status(finding.operation(asked, KIND, "JobId"))}


@transaction.atomic
def _import(project: Project, document: Document, *, dry: bool, by: User) -> list[str]:
    flows: list[Flow] = []
    for spec in document.workflows:
        known = finding.flow_in(project, spec.id) if spec.id else None
        if known is not None:
            flows.append(workflows.replace_workflow(known, document, spec, by=by))
        else:
            flows.append(workflows.create_workflow(project, document, spec, by=by, inner=True))
    if dry:
        transaction.set_rollback(True)
    return [render_id(flow) for flow in flows]


OPERATIONS: dict[str, Operation] = {
    "ImportWorkflowDefinition": import_definition,
    "GetJobStatus": get_job_status,
}
