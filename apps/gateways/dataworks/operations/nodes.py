"""Nodes: in a workflow (their container) or alone."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.flows.models import Flow, FlowJob
from apps.gateways.dataworks import finding
from apps.gateways.dataworks.flowspec import read_document, read_stored
from apps.gateways.dataworks.flowspec.fields import pick, text_of
from apps.gateways.dataworks.operations.definitions import MANUAL, identifiers_of, of_kind
from apps.gateways.dataworks.storing import nodes as storing
from apps.gateways.dataworks.storing.folders import Paths
from apps.gateways.dataworks.storing.foreign import DIALECT
from apps.gateways.dataworks.storing.sources import VERSION, kind_of, node_source, sources_of
from apps.gateways.dataworks.storing.workflows import dependencies_of
from apps.gateways.dataworks.wire import definitions as wire
from apps.gateways.dataworks.wire.parameters import need, read_spec, read_window, render_page
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.jobs.models import Job
from apps.lib.errors import NotFound
from apps.projects.models import Project

NEW_KINDS = ("Node", "ManualNode", "CycleWorkflow", "ManualWorkflow")
IN_PROJECT, IN_MANUAL, MANUAL_TASK = "DATAWORKS_PROJECT", "DATAWORKS_MANUAL_WORKFLOW", "DATAWORKS_MANUAL_TASK"
#: The same words as the reference writes them in another place.
SCENES = {
    "dataworksproject": IN_PROJECT,
    "dataworksmanualworkflow": IN_MANUAL,
    "dataworksmanualtask": MANUAL_TASK,
}
RERUN_MODES = ("Allowed", "FailureAllowed", "Denied")


def create(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked, "edit")
    scene, container = _scene(need(asked.p, "Scene")), _container(asked, project)
    if scene == IN_MANUAL and (container is None or kind_of(container) != MANUAL):
        raise invalid_parameter("ContainerId", f"{IN_MANUAL} needs the id of a manual workflow")
    document = read_document(read_spec(asked.p), NEW_KINDS, identifiers_of(project))
    job = storing.create_node(project, container, document, by=asked.user)
    return {"Id": wire.render_id(job)}


def get(asked: Asked) -> dict[str, Any]:
    job = finding.job(asked)
    flow = storing.container_of(job)
    document = _document(job, flow)
    return {"Node": wire.render_node(job, document, deployed=bool(flow and flow.published_id))}


def list_all(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked)
    rows = _filtered(asked, project, finding.jobs().filter(project=project, adhoc=False))
    deployed = FlowJob.objects.filter(job=OuterRef("pk"), flow__published__isnull=False)
    window, paths = read_window(asked.p), Paths(project)
    page = rows.annotate(is_deployed=Exists(deployed)).defer("content").order_by("-id")[window.slice]
    reply = render_page(window, rows.count(), "Nodes", [_row(job, paths) for job in page])
    # This call tells its three numbers as texts.
    for name in ("PageNumber", "PageSize", "TotalCount"):
        reply["PagingInfo"][name] = str(reply["PagingInfo"][name])
    return reply


def update(asked: Asked) -> dict[str, Any]:
    """Only what the document says of the node."""
    job = finding.job(asked, "edit")
    document = read_document(read_spec(asked.p), ("Node", "ManualNode"), identifiers_of(job.project))
    storing.update_node(job, document, by=asked.user)
    return {"Success": True}


def delete(asked: Asked) -> dict[str, Any]:
    storing.delete_node(finding.job(asked, "edit"), by=asked.user)
    return {"Success": True}


def rename(asked: Asked) -> dict[str, Any]:
    storing.rename_node(finding.job(asked, "edit"), need(asked.p, "Name", 128).strip(), by=asked.user)
    return {"Success": True}


def move(asked: Asked) -> dict[str, Any]:
    storing.move_node(finding.job(asked, "edit"), asked.p.text("Path", 4096) or "", by=asked.user)
    return {"Success": True}


def _scene(text: str) -> str:
    plain = text.strip().lower().replace("_", "")
    if plain not in SCENES:
        raise invalid_parameter("Scene", f"it must be one of {', '.join(SCENES.values())}")
    return SCENES[plain]


def _container(asked: Asked, project: Project) -> Flow | None:
    text = asked.p.text("ContainerId", finding.LONGEST_ID)
    if not text:
        return None
    flow = finding.flow_in(project, text)
    if flow is None:
        raise NotFound(f"There is no workflow {text} (ContainerId).")
    return flow


def _document(job: Job, flow: Flow | None) -> dict[str, Any]:
    """A node of a workflow is told in its workflow's document, without the other nodes."""
    if flow is None:
        return {"version": VERSION, "kind": "Node", "spec": {"nodes": [node_source(job)], "dependencies": []}}
    sources = sources_of(flow)
    place = sources.jobs.index(job)
    sources.nodes = [sources.nodes[place]]
    mine = dependencies_of(sources.flow, (text_of(sources.nodes[0]["id"]), job.name))
    return sources.document() | _only(sources.document(), mine)


def _only(document: dict[str, Any], dependencies: list[dict[str, Any]]) -> dict[str, Any]:
    spec = document["spec"]
    return {"spec": spec | {"workflows": [spec["workflows"][0] | {"dependencies": dependencies}]}}


def _row(job: Job, paths: Paths) -> dict[str, Any]:
    own = job.source_dialect == DIALECT and job.source_text
    source = json.loads(job.source_text) if own else {"id": str(job.uid), "name": job.name}
    node = read_stored({"name": job.name}, [source]).nodes[0]
    path = text_of(pick(pick(source, "script"), "path")) or paths.of(job.folder_id, job.name)
    return wire.render_node_row(job, source, node, path, deployed=getattr(job, "is_deployed", False))


def _filtered(asked: Asked, project: Project, rows: QuerySet[Job]) -> QuerySet[Job]:
    p = asked.p
    if (container := _container(asked, project)) is not None:
        rows = rows.filter(used_by__flow=container)
    if name := p.text("Name"):
        rows = rows.filter(name__icontains=name)
    if recurrence := p.choice("Recurrence", ("Normal", "Skip", "Pause")):
        rows = rows.filter(recurrence=recurrence.lower())
    if mode := p.choice("RerunMode", RERUN_MODES):
        # Documents are stored in one spelling; a node that says nothing may be rerun.
        says = [
            Q(source_text__contains=f'"rerunMode": "{other}"') for other in RERUN_MODES if other != "Allowed"
        ]
        denied = says[0] | says[1]
        rows = (
            rows.exclude(denied)
            if mode == "Allowed"
            else rows.filter(source_text__contains=f'"rerunMode": "{mode}"')
        )
    if text := p.text("Scene"):
        manual = FlowJob.objects.filter(job=OuterRef("pk"), flow__in=of_kind(Flow.objects.all(), MANUAL))
        rows = rows.filter(Exists(manual)) if _scene(text) == IN_MANUAL else rows.filter(~Exists(manual))
    return rows


OPERATIONS: dict[str, Operation] = {
    "CreateNode": create,
    "GetNode": get,
    "ListNodes": list_all,
    "UpdateNode": update,
    "DeleteNode": delete,
    "RenameNode": rename,
    "MoveNode": move,
}
