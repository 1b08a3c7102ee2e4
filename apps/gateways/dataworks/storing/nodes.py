"""What changes a single node, in a workflow or alone."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction

from apps.flows.models import Flow
from apps.gateways.dataworks.flowspec import Document, NodeSpec, SpecError, merge, read_stored
from apps.gateways.dataworks.flowspec.fields import dict_of, dicts_of, pick, put, text_of
from apps.gateways.dataworks.storing import foreign, settings, workflows
from apps.gateways.dataworks.storing.folders import folder_of
from apps.gateways.dataworks.storing.sources import Sources, node_source, real_nodes, sources_of
from apps.jobs.actions import create_job, delete_job, update_job
from apps.jobs.models import Job
from apps.projects.models import Project, Tree, User


def container_of(job: Job) -> Flow | None:
    """The workflow that the node is in."""
    rows = Flow.objects.filter(uses__job=job).select_related("project", "folder", "document", "schedule")
    flow: Flow | None = rows.order_by("pk").first()
    return flow


def only_node(document: Document) -> NodeSpec:
    """The one node that a document of a node is about. Raises SpecError when there is none."""
    nodes = [node for flow in document.workflows[:1] for node in real_nodes(flow)]
    if not nodes:
        raise SpecError("nodes is empty", "$.spec.nodes")
    return nodes[0]


@transaction.atomic
def create_node(project: Project, flow: Flow | None, document: Document, *, by: User | None) -> Job:
    """A new node: in a workflow, drawn below what it waits for, or alone in the folder of its path."""
    node = only_node(document)
    if flow is None:
        folder = folder_of(project, Tree.JOB, node.path, node.name, by)
        fields = settings.job_fields(node)
        job = create_job(project, kind=settings.kind_of(node), by=by, folder=folder, **fields)
        foreign.remember(project, "node", {node.id: job.uid})
        return job
    sources = sources_of(flow)
    workflows.check_new_name(sources, node.name)
    folder = folder_of(project, Tree.JOB, f"{flow.name}/{node.name}", node.name, by)
    job = create_job(project, kind=settings.kind_of(node), by=by, folder=folder, **settings.job_fields(node))
    given = text_of(pick(node.source, "id")).strip()
    if any(text_of(each["id"]) == given for each in sources.nodes):
        raise SpecError(f"duplicate id: {flow.name} has a node with the id {given}", "$.spec.nodes[0].id")
    source = node.source | {"id": given or str(job.uid)}
    _lie_in(source, sources, node.name)
    sources.jobs.append(job)
    sources.nodes.append(source)
    entries = _entries(document, node, source["id"])
    workflows.set_dependencies(
        sources.flow, [*dicts_of(pick(sources.flow, "dependencies", "flow")), *entries]
    )
    foreign.remember(project, "node", {given: job.uid})
    workflows.store(flow, sources, by=by, notes=[], label=f"Create node {node.name}")
    return job


@transaction.atomic
def update_node(job: Job, document: Document, *, by: User | None) -> None:
    """Change what the document says of the node, and nothing else."""
    node = only_node(document)
    change = {key: value for key, value in node.source.items() if key != "id"}
    flow = container_of(job)
    if flow is None:
        _write_alone(job, merge(node_source(job), change), by)
        return
    sources = sources_of(flow)
    place = sources.jobs.index(job)
    old = sources.nodes[place]
    sources.nodes[place] = merge(old, change)
    entries = _entries(document, node, text_of(old["id"]))
    if entries:
        mine = workflows.dependencies_of(sources.flow, (text_of(old["id"]), job.name))
        others = [e for e in dicts_of(pick(sources.flow, "dependencies", "flow")) if e not in mine]
        workflows.set_dependencies(sources.flow, [*others, *entries])
    workflows.store(flow, sources, by=by, notes=[], label=f"Update node {job.name}", adopt=[job])


@transaction.atomic
def delete_node(job: Job, *, by: User | None) -> None:
    """Delete a node. What waited for it in its workflow waits for it no longer."""
    flow = container_of(job)
    if flow is not None:
        sources = sources_of(flow)
        place = sources.jobs.index(job)
        gone = sources.nodes[place]
        names = _names(gone, job)
        del sources.jobs[place], sources.nodes[place]
        _forget_upstream(sources, names)
        workflows.store(flow, sources, by=by, notes=[], label=f"Delete node {job.name}")
    delete_job(job, by=by)
    foreign.forget([job.uid])


@transaction.atomic
def rename_node(job: Job, name: str, *, by: User | None) -> None:
    flow = container_of(job)
    if flow is None:
        update_job(job, by=by, name=name)
        return
    sources = sources_of(flow)
    place = sources.jobs.index(job)
    update_job(job, by=by, name=name)
    script = dict_of(pick(sources.nodes[place], "script"))
    folder, slash, _ = text_of(pick(script, "path")).rpartition("/")
    put(script, "path", f"{folder}{slash}{name}")
    put(sources.nodes[place], "name", name)
    workflows.store(flow, sources, by=by, notes=[], label=f"Rename node {name}")


@transaction.atomic
def move_node(job: Job, path: str, *, by: User | None) -> None:
    """Into the folder `path`, which does not hold the node's own name."""
    update_job(job, by=by, folder=folder_of(job.project, Tree.JOB, f"{path}/{job.name}", job.name, by))


def _write_alone(job: Job, source: dict[str, Any], by: User | None) -> None:
    node = read_stored({"name": job.name}, [source]).nodes[0]
    fields = settings.job_fields(node) | {"source_text": json.dumps(source, ensure_ascii=False)}
    update_job(job, by=by, kind=settings.kind_of(node), **fields)


def _lie_in(source: dict[str, Any], sources: Sources, name: str) -> None:
    """Inside a workflow the path that a node brings along does not count."""
    script = pick(source, "script")
    if isinstance(script, dict):
        flow_path = text_of(pick(pick(sources.flow, "script"), "path"))
        put(script, "path", f"{flow_path}/{name}")


def _entries(document: Document, node: NodeSpec, node_id: str) -> list[dict[str, Any]]:
    """What the document says that the node waits for, as entries about its id here."""
    found = dicts_of(pick(document.workflows[0].source, "dependencies", "flow"))
    return [{**entry, "nodeId": node_id} for entry in found]


def _names(source: dict[str, Any], job: Job) -> frozenset[str]:
    node = read_stored({"name": job.name}, [source]).nodes[0]
    return frozenset((node.id, node.name, str(job.uid), *node.outputs))


def _forget_upstream(sources: Sources, names: frozenset[str]) -> None:
    """Take everything that names a node out of the workflow's dependencies and the inputs of others."""

    def is_other(item: dict[str, Any]) -> bool:
        return not any(text_of(pick(item, key)).strip("{} ") in names for key in ("output", "nodeId", "data"))

    entries = [
        e
        for e in dicts_of(pick(sources.flow, "dependencies", "flow"))
        if is_other({"nodeId": pick(e, "nodeId")})
    ]
    for entry in entries:
        entry["depends"] = [each for each in dicts_of(pick(entry, "depends")) if is_other(each)]
    workflows.set_dependencies(sources.flow, [entry for entry in entries if entry["depends"]])
    for node in sources.nodes:
        inputs = dict_of(pick(node, "inputs"))
        if pick(inputs, "nodeOutputs") is not None:
            put(
                inputs,
                "nodeOutputs",
                [each for each in dicts_of(pick(inputs, "nodeOutputs")) if is_other(each)],
            )
