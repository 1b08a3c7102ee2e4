"""What is wrong with a flow that its drawing alone does not tell: jobs, hosts, parameters, files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.drawings.models import Document
from apps.engine.control import SUB_FLOW_KINDS, Branch
from apps.engine.control_reading import READERS, BadControl, read_control
from apps.engine.drafts import JOB, FlowDraft, NodeDraft, Problem, UnreadableGraph, read_graph
from apps.flows.called import trouble_with
from apps.flows.checks_of_hosts import Place, places_of, problems_of_hosts
from apps.flows.controls import ways_of
from apps.flows.lab import Lab, lab_of
from apps.flows.models import Flow
from apps.flows.revisions import known_jobs
from apps.jobs.kinds import KINDS
from apps.jobs.looking import looks_at
from apps.jobs.models import Job
from apps.jobs.pictures import problems_in
from apps.jobs.programs import missing_program
from apps.jobs.resources.tokens import tokens_in
from apps.jobs.storage.addresses import masked
from apps.lib.errors import Conflict
from apps.projects.models import Host

#: A drawing in which everything is wrong would otherwise answer each save with megabytes.
MOST = 500


def problems_with(document: Document) -> list[Problem]:
    """Everything that is wrong with a drawing; of a flow's also what is wrong around it."""
    found = problems_in(document)
    flow = Flow.objects.filter(document=document).select_related("project", "schedule").first()
    if flow is not None:
        flow.document = document
        found = [*found, *problems_around(flow)]
    return found[:MOST]


def problems_around(flow: Flow) -> list[Problem]:
    """Jobs that are gone, hosts and clusters that are not there, parameters and files that are wrong."""
    try:
        draft = read_graph(flow.document.text)
    except UnreadableGraph:
        return []
    jobs = known_jobs(flow.project_id, draft)
    return [
        *_missing_jobs(draft, jobs),
        *_on_hosts(flow, draft, jobs),
        *_branches(draft, jobs),
        *_sub_flows(flow, draft, jobs),
        *_parameters(draft, jobs, lab_of(flow, timezone.now())),
        *_files(flow.project_id, draft, jobs),
    ]


def _of_jobs(draft: FlowDraft) -> Iterator[NodeDraft]:
    return (node for node in draft.nodes if node.type == JOB and node.job)


def _on_hosts(flow: Flow, draft: FlowDraft, jobs: dict[str, Job]) -> Iterator[Problem]:
    """Of what hosts run: nodes that only steer a run need none."""
    nodes = [node for node in _of_jobs(draft) if node.job not in jobs or jobs[node.job].kind not in READERS]
    try:
        places = places_of(flow, draft, nodes, jobs)
    except Conflict as error:
        yield Problem("no_cluster", error.message)
        return
    yield from problems_of_hosts(flow, draft, places)
    yield from _programs(places, jobs)


def _missing_jobs(draft: FlowDraft, jobs: dict[str, Job]) -> Iterator[Problem]:
    for node in _of_jobs(draft):
        if node.job not in jobs:
            said = _("The job of “{name}” is not in this project: {job}.").format(
                name=node.title, job=node.job
            )
            yield Problem("unknown_job", said, (node.id,))


def _programs(places: Iterable[Place], jobs: dict[str, Job]) -> Iterator[Problem]:
    """A program that no host has on which the node may run: it may be there by then, so that is a warning."""
    hosts: dict[int, dict[str, dict[str, str]]] = {}
    for cluster, host, programs in Host.objects.values_list("cluster_id", "name", "programs"):
        hosts.setdefault(cluster, {})[host] = programs
    missing: dict[tuple[str, str], list[str]] = {}
    for place in places:
        node, job = place.node, jobs.get(place.node.job)
        kind = KINDS.get(job.kind) if job else None
        # Who says where programs are knows better.
        if job is None or kind is None or {"PATH", *kind.homes} & _object(job.env_text).keys():
            continue
        of_cluster, named = hosts.get(place.cluster, {}), place.host
        found = [of_cluster[named]] if named in of_cluster else list(of_cluster.values())
        # A host of an older release has not told what it has.
        lacks = [missing_program(kind, programs) for programs in found if programs]
        if lacks and all(lacks):
            where = named if named in of_cluster else ""
            missing.setdefault((lacks[0], where), []).append(node.id)
    for (program, host), ids in missing.items():
        said = (
            _("{program} is not installed on host {host}.")
            if host
            else _("{program} is not installed on any host that could run this.")
        )
        yield Problem(
            "missing_program", said.format(program=program, host=host), tuple(ids), severity="warning"
        )


def _parameters(draft: FlowDraft, jobs: dict[str, Job], lab: Lab) -> Iterator[Problem]:
    for node in _of_jobs(draft):
        job = jobs.get(node.job)
        wrong = (
            [row.expression for row in lab.rows(job, _params(job), job.content) if row.wrong] if job else []
        )
        if wrong:
            said = _("“{name}”: {expression} is no time that can be written. It stays as it is.")
            said = said.format(name=node.title, expression=", ".join(wrong[:3]))
            yield Problem("wrong_parameter", said, (node.id,), severity="warning")


def _branches(draft: FlowDraft, jobs: dict[str, Job]) -> Iterator[Problem]:
    """What is set of nodes that no host runs, and the ways that the edges of branches are on."""
    nodes = {node.id: node for node in draft.nodes}
    branches: dict[str, list[str]] = {}
    for node in _of_jobs(draft):
        job = jobs.get(node.job)
        try:
            control = read_control(job.kind, job.content) if job else None
        except BadControl as error:
            if job and job.kind in SUB_FLOW_KINDS:
                continue  # told with what else may be wrong with it
            yield Problem("bad_control", f"“{node.title}”: {error}", (node.id,))
            continue
        if isinstance(control, Branch):
            branches[node.id] = [way.name for way in control.ways]
    for edge in draft.edges:
        if edge.source not in branches or edge.target not in nodes:
            continue
        said = {"branch": nodes[edge.source].title, "node": nodes[edge.target].title}
        ids, edges = (edge.source, edge.target), (edge.id,) if edge.id else ()
        for way in ways_of(edge):
            if way not in branches[edge.source]:
                message = _("“{branch}” has no way “{way}”, which its edge to “{node}” is on.")
                yield Problem("unknown_way", message.format(way=way, **said), ids, edges)
        if not ways_of(edge):
            message = _("The edge from “{branch}” to “{node}” is on no way: it is always taken.")
            yield Problem("no_way", message.format(**said), ids, edges, severity="warning")


def _sub_flows(flow: Flow, draft: FlowDraft, jobs: dict[str, Job]) -> Iterator[Problem]:
    for node in _of_jobs(draft):
        job = jobs.get(node.job)
        if job and job.kind in SUB_FLOW_KINDS and (trouble := trouble_with(job, flow)):
            yield Problem("bad_sub_flow", f"“{node.title}”: {trouble}", (node.id,))


def _params(job: Job) -> dict[str, Any]:
    return _object(job.params_text)


def _object(text: str) -> dict[str, Any]:
    return json.loads(text) if text else {}


def _files(project_id: int, draft: FlowDraft, jobs: dict[str, Job]) -> Iterator[Problem]:
    wanted: dict[str, list[NodeDraft]] = {}
    for node in _of_jobs(draft):
        for path in _paths(jobs[node.job]) if node.job in jobs else ():
            wanted.setdefault(path, []).append(node)
    for look in looks_at(project_id, wanted):
        # A store that does not answer may do so when the flow runs.
        if look.is_sure:
            nodes = wanted[look.path]
            names = ", ".join(f"“{node.title}”" for node in nodes[:3])
            said = _("{names}: {path} cannot be fetched: {why}.")
            said = said.format(names=names, path=look.path, why=look.why)
            yield Problem("unknown_resource", said, tuple(node.id for node in nodes), severity="warning")


def _paths(job: Job) -> list[str]:
    """What an attempt of the job fetches; what parameters will be part of is not known yet."""
    tokens = tokens_in([job.content]) if "ossref://" in job.content else []
    return [*(resource.path for resource in job.resources.all()), *map(masked, tokens)]
