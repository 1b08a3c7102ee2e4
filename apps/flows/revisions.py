"""Freezing a flow (or one job) into a revision, and reading a revision as the engine does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext

from apps.engine.business import BUSINESS
from apps.engine.comparison import without_places
from apps.engine.control import SUB_FLOW_KINDS
from apps.engine.declared import is_disabled
from apps.engine.graph import FlowDraft, NodeDraft, UnreadableGraph, children_of, read_graph, validate
from apps.engine.plan import Spec
from apps.engine.retry import RetryPolicy
from apps.engine.rules import OnFailure, TriggerRule
from apps.flows.called import trouble_with
from apps.flows.controls import control_of, control_spec, put_edges
from apps.flows.inputs import declarations
from apps.flows.models import Flow, Revision
from apps.flows.routes import default_clusters
from apps.jobs.models import Frozen, Job
from apps.lib.errors import Busy, Conflict, Invalid, Unsupported
from apps.lib.ids import read as read_ref
from apps.projects.models import Cluster, User

#: What a failed job does to the rest of its run, by EMR's FailAct.
ON_FAILURE = {
    Job.FailAct.STOP: OnFailure.STOP,
    Job.FailAct.CONTINUE: OnFailure.PASS,
    Job.FailAct.BLOCK: OnFailure.BLOCK,
}

#: A label may be as long as one likes; a node run shows this much of it.
NAME_LENGTH = 128
#: How often a revision is numbered anew when others freeze at the same moment.
NUMBER_TRIES = 20
#: Revisions that are kept compiled: as many flows may be due in one moment.
COMPILED_KEPT = 1024
#: The kind of the nodes that run nothing.
INSTANT_KINDS = frozenset({"START", "END", "VIRTUAL"})


@dataclass(frozen=True, slots=True)
class Compiled:
    """A revision as the engine and the warden use it: immutable, so it may be cached."""

    graph: Sequence[Spec]
    nodes: Sequence[dict[str, Any]]


@lru_cache(maxsize=COMPILED_KEPT)
def compiled(revision_id: int, digest: str) -> Compiled:
    """The revision, found by its content: a number alone may come again after a rollback."""
    nodes = Revision.objects.values_list("nodes", flat=True).get(pk=revision_id)
    return Compiled(_specs(nodes), nodes)


def _specs(nodes: Sequence[dict[str, Any]]) -> list[Spec]:
    parents = [0] * len(nodes)
    for node in nodes:
        for child in node["children"]:
            parents[child] += 1
    return [
        Spec(
            children=node["children"],
            parents=parents[ordinal],
            rule=TriggerRule(node["rule"]),
            on_failure=OnFailure(node["on_failure"]),
            retry=RetryPolicy(node["max_retry"], timedelta(seconds=node["retry_interval"])),
            instant=node["kind"] in INSTANT_KINDS or node.get("skips", False),
            **control_spec(node),
        )
        for ordinal, node in enumerate(nodes)
    ]


def freeze_flow(flow: Flow, *, by: User | None, message: str = "") -> Revision:
    """The revision of `flow` as it is now; an existing one when nothing changed since.

    Raises Invalid when the drawing cannot run.
    """
    draft = checked_draft(flow.document.text)
    jobs = jobs_of(flow.project_id, draft)
    _check_called(flow, jobs.values())
    frozen = {job.pk: _frozen(job) for job in jobs.values()}
    nodes = _flow_nodes(flow, draft, jobs, frozen)
    return _revision(
        {"flow": flow},
        drawing=flow.document.text,
        nodes=nodes,
        frozen=frozen.values(),
        settings=settings_of(flow),
        alert_rules=flow.alert_rules,
        message=message,
        by=by,
    )


def _check_called(flow: Flow, jobs: Iterable[Job]) -> None:
    """Raise Invalid when a node is to run a flow that is not there, or that would run this one."""
    for job in jobs:
        if job.kind in SUB_FLOW_KINDS and (trouble := trouble_with(job, flow)):
            raise Invalid(f"{job.name}: {trouble}", field="graph", code="bad_sub_flow")


def settings_of(flow: Flow) -> dict[str, Any]:
    """What is set of the flow itself, as a revision keeps it."""
    settings = {"cluster": flow.cluster_id, "host": flow.host_name, "params": flow.params}
    # Only where there are some: the digests of those without must not change.
    limits = {name: getattr(flow, name) for name in ("run_timeout", "start_timeout")}
    return settings | {name: limit for name, limit in limits.items() if limit}


def unfrozen(flow: Flow) -> tuple[list[dict[str, Any]], dict[str, Frozen]]:
    """The nodes of the flow as it is now and what would be frozen of their jobs, by digest; saved nowhere.

    A node whose job is missing is there without one. Raises UnreadableGraph.
    """
    draft = read_graph(flow.document.text)
    jobs = known_jobs(flow.project_id, draft)
    frozen = {job.pk: _frozen(job) for job in jobs.values()}
    return _flow_nodes(flow, draft, jobs, frozen), {one.digest: one for one in frozen.values()}


def freeze_job(
    job: Job,
    *,
    by: User | None,
    cluster: Cluster | None = None,
    host_name: str = "",
    content: str | None = None,
    message: str = "",
) -> Revision:
    """A revision of one node, so that a job that runs alone runs as everything else does."""
    if content is not None:
        job.content = content
    frozen = _frozen(job)
    drawn = NodeDraft(id=job.ref[:8].lower(), name=job.name, kind=job.kind)
    node = _node(drawn, job, frozen)
    node["cluster"] = cluster.pk if cluster else job.cluster_id or default_cluster(job.project_id)
    node["host"] = host_name
    node |= control_of(drawn, job)
    node |= _start_limit(0, job)
    node |= declarations(FlowDraft((drawn,)), {drawn.id: job.kind}).get(drawn.id, {})
    drawing = json.dumps({"nodes": [], "edges": []})
    return _revision(
        {"job": job},
        drawing=drawing,
        nodes=[node],
        frozen=[frozen],
        settings={},
        alert_rules=[],
        message=message,
        by=by,
    )


def check_built(flow: Flow) -> None:
    """Raise Unsupported when the flow asks for something that is stored but not built."""
    if flow.create_cluster:
        raise Unsupported(
            f"Flow {flow.name} asks for a cluster to be made for each run (CreateCluster=true)."
            " This is stored but not built yet: choose an existing cluster.",
            field="create_cluster",
        )


def deployed(flow: Flow) -> Revision | None:
    """What a schedule runs: what is published, so that editing disturbs nothing; None is the draft."""
    return flow.published


def checked_draft(text: str) -> FlowDraft:
    """The draft that `text` draws. Raises Invalid, naming the first thing that is wrong with it."""
    try:
        draft = read_graph(text)
    except UnreadableGraph as error:
        raise Invalid(str(error), field="graph", code=error.problem.code) from None
    for problem in validate(draft):
        if problem.severity == "error":
            raise Invalid(problem.message, field="graph", code=problem.code)
    return draft


def jobs_of(project_id: int, draft: FlowDraft) -> dict[str, Job]:
    """The jobs that the drawing names, by the text it names them with.

    Raises Invalid when a node names none, or one that is not in the project.
    """
    by_uid: dict[int, list[str]] = {}
    for node in draft.nodes:
        if node.kind in INSTANT_KINDS and not node.job:
            continue
        uid = read_ref(node.job.rpartition("-")[2]) if node.job else None
        if uid is None:
            raise Invalid(
                f"Node {node.title} names no job that exists here: {node.job or 'its jobId is empty'}.",
                field="graph",
                code="no_job",
            )
        by_uid.setdefault(uid, []).append(node.job)
    found = {job.uid: job for job in Job.objects.filter(project_id=project_id, uid__in=by_uid)}
    for uid, texts in by_uid.items():
        if uid not in found:
            raise Invalid(
                gettext("There is no job {job} in this project.").format(job=texts[0]),
                field="graph",
                code="no_job",
            )
    return {text: found[uid] for uid, texts in by_uid.items() for text in texts}


def known_jobs(project_id: int, draft: FlowDraft) -> dict[str, Job]:
    """The jobs that the drawing names and that are there, by the text it names them with."""
    texts = {node.job: read_ref(node.job.rpartition("-")[2]) for node in draft.nodes if node.job}
    uids = {uid for uid in texts.values() if uid is not None}
    rows = Job.objects.filter(project_id=project_id, uid__in=uids).prefetch_related("resources")
    found = {job.uid: job for job in rows}
    return {text: found[uid] for text, uid in texts.items() if uid in found}


def _frozen(job: Job) -> Frozen:
    settings: dict[str, Any] = {
        "name": job.name,
        "params": job.params_text,
        "env": job.env_text,
        "run_conf": job.run_conf_text,
        "mode": job.mode,
        "loss": job.loss_policy,
        "resources": [[resource.path, resource.alias] for resource in job.resources.all()] if job.pk else [],
    }
    # Only where they differ from what every job had before there was a choice: digests must not change.
    if job.recurrence == Job.Recurrence.PAUSE:
        settings["paused"] = True
    if job.source_dialect == BUSINESS:
        settings["notation"] = BUSINESS
    body = json.dumps([job.kind, job.content, settings], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return Frozen(digest=digest, kind=job.kind, content=job.content, settings=settings)


def _flow_nodes(
    flow: Flow, draft: FlowDraft, jobs: dict[str, Job], frozen: dict[int, Frozen]
) -> list[dict[str, Any]]:
    children = children_of(draft)
    declared = declarations(draft, {node.id: jobs[node.job].kind for node in draft.nodes if node.job in jobs})
    default = default_cluster(flow.project_id)
    drawn_clusters = clusters_of(draft)
    nodes = []
    for ordinal, drawn in enumerate(draft.nodes):
        job = jobs.get(drawn.job)
        node = _node(drawn, job, frozen[job.pk] if job else None)
        node["children"] = children[ordinal]
        node["cluster"] = (
            drawn_clusters.get(drawn.cluster)
            or flow.cluster_id
            or (job.cluster_id if job else None)
            or default
        )
        node["host"] = drawn.host or flow.host_name
        node |= _start_limit(flow.start_timeout, job)
        node |= control_of(drawn, job)
        nodes.append(node | declared.get(drawn.id, {}))
    put_edges(draft, nodes)
    return nodes


def _start_limit(of_flow: int, job: Job | None) -> dict[str, Any]:
    """How long the node may be ready and not started: the job's own limit, or else its flow's."""
    if job is None or not (job.start_timeout or of_flow):
        return {}
    seconds, whose = (job.start_timeout, "job") if job.start_timeout else (of_flow, "flow")
    return {"start_limit": [seconds, whose]}


def _node(drawn: NodeDraft, job: Job | None, frozen: Frozen | None) -> dict[str, Any]:
    node: dict[str, Any] = {
        "id": drawn.id,
        "name": (drawn.name or (job.name if job else ""))[:NAME_LENGTH],
        "kind": job.kind if job else drawn.kind,
        "job": job.pk if job else None,
        "digest": frozen.digest if frozen else None,
        "children": [],
        "cluster": None,
        "host": "",
        "rule": TriggerRule.ALL_SUCCEEDED.value,
        "on_failure": (ON_FAILURE[Job.FailAct(job.fail_act)] if job else OnFailure.STOP).value,
        "max_retry": job.max_retry if job else 0,
        "retry_interval": job.retry_interval if job else 0,
        "timeout": job.max_running_seconds if job else 0,
    }
    if job and job.mode != Job.Mode.LOCAL:
        node["mode"] = job.mode
    skips = is_disabled(drawn) or (job and job.recurrence == Job.Recurrence.SKIP)
    return node | {"skips": True} if skips else node


def _revision(
    owner: dict[str, Any],
    *,
    drawing: str,
    nodes: list[dict[str, Any]],
    frozen: Iterable[Frozen],
    settings: dict[str, Any],
    alert_rules: list[Any],
    message: str,
    by: User | None,
) -> Revision:
    # Where nodes stand makes no new version; it is kept with the latest one.
    body = json.dumps([without_places(drawing), nodes, settings, alert_rules], sort_keys=True)
    digest = hashlib.sha256(body.encode()).hexdigest()
    limits = {
        "time_limit": settings.get("run_timeout"),
        "start_limit": min((node["start_limit"][0] for node in nodes if "start_limit" in node), default=None),
    }
    content = {"drawing": drawing, "nodes": nodes, "settings": settings, "alert_rules": alert_rules}
    for _ in range(NUMBER_TRIES):
        rows = Revision.objects.filter(**owner).annotate(is_as_drawn=Q(drawing=drawing)).defer(*content)
        latest = rows.order_by("-number").first()
        if latest and latest.digest == digest and not message:
            if not latest.is_as_drawn:
                Revision.objects.filter(pk=latest.pk).update(drawing=drawing)
            return latest
        number = latest.number + 1 if latest else 1
        try:
            with transaction.atomic():
                revision = Revision.objects.create(
                    **owner, **content, **limits, number=number, digest=digest, message=message, created_by=by
                )
        except IntegrityError:
            continue  # somebody else took the number at the same moment
        revision.frozen.set(_kept(frozen))
        return revision
    raise Busy(gettext("It is being frozen by too many others at once: try again."))


def _kept(frozen: Iterable[Frozen]) -> list[Frozen]:
    """The copies of jobs, each once, shared with whoever froze the same before."""
    distinct = {one.digest: one for one in frozen}
    # In one order for all: two who froze the same jobs the other way round would wait for each other.
    rows = [distinct[digest] for digest in sorted(distinct)]
    Frozen.objects.bulk_create(rows, ignore_conflicts=True)
    return rows


def clusters_of(draft: FlowDraft) -> dict[str, int]:
    """The clusters that nodes of the drawing name and that are here, by the text they name them with."""
    texts = {node.cluster: read_ref(node.cluster.rpartition("-")[2]) for node in draft.nodes if node.cluster}
    uids = {uid for uid in texts.values() if uid is not None}
    found = dict(Cluster.objects.filter(uid__in=uids).values_list("uid", "pk")) if uids else {}
    return {text: found[uid] for text, uid in texts.items() if uid in found}


def default_cluster(project: int) -> int:
    """Where a node of the project runs that names no cluster. Raises Conflict when there is none at all."""
    pk = default_clusters([project]).get(project)
    if pk is None:
        raise Conflict(
            gettext("There is no cluster to run on yet: start a worker, which registers its host.")
        )
    return pk
