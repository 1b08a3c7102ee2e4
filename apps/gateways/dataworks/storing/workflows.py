"""What changes a workflow: made, its own properties changed, replaced by a document, deleted."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from apps.flows import actions as flows
from apps.flows.models import Flow
from apps.gateways.dataworks.flowspec import (
    Document,
    External,
    NodeSpec,
    Note,
    WorkflowSpec,
    merge,
    read_stored,
)
from apps.gateways.dataworks.flowspec.fields import dict_of, dicts_of, pick, put, text_of
from apps.gateways.dataworks.storing import drawing, foreign, names, settings
from apps.gateways.dataworks.storing.folders import Folders, folder_of, parts_of
from apps.gateways.dataworks.storing.sources import Sources, kind_of, real_nodes, sources_of
from apps.jobs.actions import create_job, delete_job, update_job
from apps.jobs.models import Job
from apps.lib.errors import Conflict, Invalid
from apps.projects.models import Project, Tree, User

#: Who declares or waits for something: the drawing id of a node, or nothing for the whole workflow.
WHOLE = ""


@transaction.atomic
def create_workflow(
    project: Project, document: Document, spec: WorkflowSpec, *, by: User | None, inner: bool
) -> Flow:
    """A new flow. Without `inner` the nodes of the document are left out, and the report says so."""
    notes = list(document.notes)
    if not inner and spec.nodes:
        what = f"{len(spec.nodes)} inner nodes are not taken by this call: import it or create the nodes"
        notes.append(Note("left_out", "$.spec.workflows[0].nodes", what))
    if len(document.workflows) > 1 and not inner:
        what = f"{len(document.workflows) - 1} further workflows are not taken by this call"
        notes.append(Note("left_out", "$.spec.workflows[1]", what))
    if not inner:
        bare = {key: value for key, value in spec.source.items() if key not in ("dependencies", "flow")}
        spec = read_stored(bare, [])
    sources = Sources(document.envelope, spec.source | {"nodes": _placeholders(spec)})
    places = {place: number for number, place in enumerate(_real_places(spec))}
    _add_jobs(project, spec.name, sources, [spec.nodes[place] for place in places], by)
    edges = [(places[source], places[target]) for source, target in spec.edges]
    flow = flows.create_flow(
        project,
        name=spec.name,
        by=by,
        graph=drawing.draw(sources.jobs, edges),
        folder=folder_of(project, Tree.FLOW, spec.path, spec.name, by),
        description=spec.description[: settings.LONGEST_DESCRIPTION],
        source_dialect=foreign.DIALECT,
        dialect_settings={"kind": document.kind, "version": document.version},
    )
    foreign.remember(project, "workflow", {spec.id: flow.uid})
    store(flow, sources, by=by, notes=notes, label="Import")
    return flow


@transaction.atomic
def replace_workflow(flow: Flow, document: Document, spec: WorkflowSpec, *, by: User | None) -> Flow:
    """Bring a flow to what a whole document says: nodes are matched by their ids, then by their names."""
    before = sources_of(flow)
    known = dict(zip((text_of(node["id"]) for node in before.nodes), before.jobs, strict=True))
    known = {job.name: job for job in before.jobs} | {str(job.uid): job for job in before.jobs} | known
    sources = Sources(document.envelope, spec.source | {"nodes": _placeholders(spec)})
    new: list[NodeSpec] = []
    for node in real_nodes(spec):
        job = known.get(node.id) or known.get(node.name)
        if job is None or job in sources.jobs or job.kind != settings.kind_of(node):
            new.append(node)
        else:
            sources.jobs.append(job)
            sources.nodes.append(_with_id(node, node.id))
    _add_jobs(flow.project, spec.name, sources, new, by)
    flow.dialect_settings = {"kind": document.kind, "version": document.version}
    store(
        flow,
        sources,
        by=by,
        notes=list(document.notes),
        label="Import",
        moved_to=spec.path,
        renamed_to=spec.name,
        adopt=sources.jobs,
    )
    delete_jobs(flow.project, [job for job in before.jobs if job not in sources.jobs], by=by)
    return flow


@transaction.atomic
def update_workflow(flow: Flow, document: Document, spec: WorkflowSpec, *, by: User | None) -> None:
    """Change the workflow's own properties; its nodes and what they wait for stay."""
    if document.kind != kind_of(flow):
        raise Invalid(
            f"Workflow {flow.name} is a {kind_of(flow)} and cannot become a {document.kind}.", field="Spec"
        )
    sources = sources_of(flow)
    own = {
        key: value for key, value in spec.source.items() if key not in ("id", "nodes", "dependencies", "flow")
    }
    sources.flow = merge(sources.flow, own)
    sources.envelope = merge(sources.envelope, document.envelope)
    store(
        flow,
        sources,
        by=by,
        notes=list(document.notes),
        label="Update",
        moved_to=spec.path,
        renamed_to=spec.name,
    )


@transaction.atomic
def rename_workflow(flow: Flow, name: str, *, by: User | None) -> None:
    flows.update_flow(flow, by=by, name=name.strip())


@transaction.atomic
def move_workflow(flow: Flow, path: str, *, by: User | None) -> None:
    """Into the folder `path`, which does not hold the workflow's own name."""
    folder = folder_of(flow.project, Tree.FLOW, f"{path}/{flow.name}", flow.name, by)
    flows.update_flow(flow, by=by, folder=folder)


@transaction.atomic
def delete_workflow(flow: Flow, *, by: User | None) -> None:
    """Delete a workflow with the nodes that came with it. Raises Conflict while it runs."""
    jobs = list(Job.objects.filter(used_by__flow=flow, source_dialect=foreign.DIALECT))
    uid, project = flow.uid, flow.project
    flows.delete_flow(flow, by=by)
    foreign.forget([uid])
    delete_jobs(project, jobs, by=by)


def delete_jobs(project: Project, jobs: Sequence[Job], *, by: User | None) -> None:
    """Delete the jobs of nodes, but for those that another flow draws."""
    unused = [job for job in jobs if not job.used_by.exists()]
    for job in unused:
        delete_job(job, by=by)
    foreign.forget(job.uid for job in unused)


def store(
    flow: Flow,
    sources: Sources,
    *,
    by: User | None,
    notes: list[Note],
    label: str,
    moved_to: str = "",
    renamed_to: str = "",
    adopt: Collection[Job] = (),
) -> None:
    """Bring jobs, drawing, schedule, names and report of a flow to what its sources say.

    A job that was made here keeps its own settings, unless it is one to `adopt`.
    """
    spec = sources.read()
    first = len(sources.placeholders)
    for job, node, source in zip(sources.jobs, spec.nodes[first:], sources.nodes, strict=True):
        if job.source_dialect == foreign.DIALECT or job in adopt:
            fields = settings.job_fields(node) | _source_text(source)
            update_job(job, by=by, kind=settings.kind_of(node), **fields)
    edges = [(source - first, target - first) for source, target in spec.edges]
    labels = {(source - first, target - first): held for (source, target), held in spec.labels.items()}
    flow.document = drawing.redraw(flow.document, sources.jobs, edges, label=label, by=by, labels=labels)
    flows.refresh_uses(flow)
    flow_fields: dict[str, Any] = {"description": spec.description[: settings.LONGEST_DESCRIPTION]}
    if renamed_to:
        flow_fields["name"] = renamed_to
    if parts_of(moved_to):
        flow_fields["folder"] = folder_of(flow.project, Tree.FLOW, moved_to, renamed_to or flow.name, by)
    notes = [*notes, *settings.notes_of(spec)]
    owners = [WHOLE] * first + [str(job.uid) for job in sources.jobs]
    notes += names.declare(flow, declared(spec, owners))
    notes += names.wait_for(flow, _waiting(spec, owners))
    kind = str(flow.dialect_settings.get("kind") or kind_of(flow))
    schedule = getattr(flow, "schedule", None)
    # Deploying switches a schedule on and off; storing leaves it as it is.
    enabled = schedule.enabled if schedule else flow.published_id is not None
    flows.update_flow(
        flow,
        by=by,
        params=spec.parameters,
        source_dialect=foreign.DIALECT,
        source_text=json.dumps(_envelope_with(sources), ensure_ascii=False),
        schedule=settings.schedule_of(spec, flow.project, kind, enabled=enabled),
        dialect_settings=flow.dialect_settings | {"kind": kind, "report": settings.report_of(notes)},
        **flow_fields,
    )


def declared(spec: WorkflowSpec, owners: Sequence[str]) -> list[names.Declared]:
    """Every output name with who declares it. An id is known without being declared."""
    found = [(name, WHOLE) for name in spec.outputs if name != spec.id]
    for node, owner in zip(spec.nodes, owners, strict=True):
        found += [(name, owner) for name in node.outputs if not node.stands_for and name != node.id]
    return found


def _waiting(spec: WorkflowSpec, owners: Sequence[str]) -> list[tuple[str, External]]:
    return [(WHOLE if each.node is None else owners[each.node], each) for each in spec.externals]


def _add_jobs(
    project: Project, flow_name: str, sources: Sources, nodes: Sequence[NodeSpec], by: User | None
) -> None:
    """The jobs of new nodes, in the folders that their paths say."""
    folders, uids = Folders(project, Tree.JOB, by), {}
    for node in nodes:
        folder = folders.of(node.path or flow_name, node.name)
        job = create_job(
            project, kind=settings.kind_of(node), by=by, folder=folder, **settings.job_fields(node)
        )
        sources.jobs.append(job)
        sources.nodes.append(_with_id(node, node.id if pick(node.source, "id", "name") else str(job.uid)))
        uids[node.id] = job.uid
    foreign.remember(project, "node", uids)


def _with_id(node: NodeSpec, node_id: str) -> dict[str, Any]:
    return node.source if text_of(node.source.get("id")) else {"id": node_id} | node.source


def _placeholders(spec: WorkflowSpec) -> list[dict[str, Any]]:
    return [node.source for node in spec.nodes if node.stands_for]


def _real_places(spec: WorkflowSpec) -> list[int]:
    """The places of the nodes that are jobs here."""
    return [place for place, node in enumerate(spec.nodes) if not node.stands_for]


def _source_text(source: dict[str, Any]) -> dict[str, str]:
    return {"source_text": json.dumps(source, ensure_ascii=False)}


def _envelope_with(sources: Sources) -> dict[str, Any]:
    spec = dict_of(sources.envelope.get("spec")) | {"workflows": [sources.flow]}
    return sources.envelope | {"spec": spec}


def dependencies_of(flow_source: dict[str, Any], node_names: Sequence[str]) -> list[dict[str, Any]]:
    """The entries of a workflow's dependencies that are about this node."""
    entries = dicts_of(pick(flow_source, "dependencies", "flow"))
    return [entry for entry in entries if text_of(pick(entry, "nodeId")).strip("{} ") in node_names]


def set_dependencies(flow_source: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    put(flow_source, "dependencies", entries)
    flow_source.pop("flow", None)


def check_new_name(sources: Sources, name: str) -> None:
    if any(job.name == name for job in sources.jobs):
        raise Conflict(f"There is already a node called {name} in this workflow.", field="Spec")
