"""Starting, stopping and repeating runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.engine.plan import Begun, Happening, ResumeAsked, StopAsked, SuspendAsked
from apps.engine.rerun import reset, roots
from apps.engine.states import ENDED
from apps.flows import revisions
from apps.flows.events import HeldRun, Stale, hold, record
from apps.flows.inputs import check_inputs
from apps.flows.models import Flow, NodeRun, Revision, Run
from apps.jobs.models import Job
from apps.lib.errors import Conflict, Unsupported
from apps.lib.live import announce
from apps.lib.nudge import nudge
from apps.projects.actions import record_audit
from apps.projects.models import Cluster, Host, User

#: How often a step is planned anew when others keep changing its run.
STEP_TRIES = 20
NODE_BATCH = 1000


@transaction.atomic
def submit_flow(
    flow: Flow,
    *,
    by: User | None,
    trigger: str = Run.Trigger.MANUAL,
    nominal_at: datetime | None = None,
    params: dict[str, Any] | None = None,
    node_params: dict[str, dict[str, Any]] | None = None,
    revision: Revision | None = None,
    title: str = "",
) -> Run:
    """Freeze the flow as it is now (or take `revision`) and start a run of it.

    `params` are for every node, `node_params` (by node id) for one; the latter are stronger.

    Raises Invalid when its drawing cannot run and Unsupported when it asks for something
    that is stored but not built.
    """
    if flow.create_cluster:
        raise Unsupported(
            f"Flow {flow.name} asks for a cluster to be made for each run (CreateCluster=true)."
            " This is stored but not built yet: choose an existing cluster.",
            field="create_cluster",
        )
    if flow.dependencies.exists():
        raise Unsupported(
            f"Flow {flow.name} waits for parent flows. Dependencies are stored but not built yet:"
            " remove the parents to run it.",
            field="parents",
        )
    run = _open(
        revision or revisions.freeze_flow(flow, by=by),
        by=by,
        project_id=flow.project_id,
        flow=flow,
        name=flow.name,
        title=title,
        trigger=trigger,
        nominal_at=nominal_at,
        params=params,
        node_params=node_params,
    )
    record_audit("submit", run, by=by, project=flow.project, flow=flow.ref)
    return run


@transaction.atomic
def submit_job(
    job: Job,
    *,
    by: User | None,
    trigger: str = Run.Trigger.MANUAL,
    cluster: Cluster | None = None,
    host_name: str = "",
    content: str | None = None,
    params: dict[str, Any] | None = None,
    nominal_at: datetime | None = None,
) -> Run:
    """Run one job alone. While a run of it goes on, that run is returned instead of a second one."""
    Job.objects.select_for_update().get(pk=job.pk)  # two submits at once find one another
    going_on = Run.objects.filter(job=job, ended_at__isnull=True).first()
    if going_on:
        return going_on
    revision = revisions.freeze_job(job, by=by, cluster=cluster, host_name=host_name, content=content)
    run = _open(
        revision,
        by=by,
        project_id=job.project_id,
        job=job,
        name=job.name,
        trigger=trigger,
        nominal_at=nominal_at,
        params=params,
    )
    record_audit("submit", run, by=by, project=job.project, job=job.ref)
    return run


@transaction.atomic
def kill_run(run: Run, *, by: User | None) -> None:
    """Stop a run: nothing new starts, and what runs is ended. Raises Conflict when it is over."""
    who = f"stopped by {by.get_username()}" if by else "stopped"
    held = step(run.pk, [StopAsked(who)])
    if held is None:
        raise Conflict(f"Run {run.ref} is over: there is nothing to stop.")
    record_audit("kill", run, by=by, project=run.project)


@transaction.atomic
def suspend_run(run: Run, *, by: User | None) -> None:
    """Start nothing more of a run until it is resumed; what runs may finish.

    Raises Conflict when it is not running.
    """
    if step(run.pk, [SuspendAsked()]) is None:
        raise Conflict(f"Run {run.ref} is not running: only a running run can be suspended.")
    record_audit("suspend", run, by=by, project=run.project)


@transaction.atomic
def resume_run(run: Run, *, by: User | None) -> None:
    """Let a suspended run go on. Raises Conflict when it is not suspended."""
    if step(run.pk, [ResumeAsked()]) is None:
        raise Conflict(f"Run {run.ref} is not suspended.")
    record_audit("resume", run, by=by, project=run.project)


@transaction.atomic
def rerun(run: Run, *, by: User | None, failed_only: bool = False, only: Collection[int] = ()) -> None:
    """Run an ended run again under its own id: whole, only what did not succeed, or these nodes.

    Raises Conflict while it goes on, or when everything succeeded and nothing is left to do.
    """
    now = timezone.now()
    held = hold([run.pk])[run.pk]
    if held.run.state not in ENDED:
        raise Conflict(f"Run {run.ref} is still going on: only a run that ended can be run again.")
    graph = held.compiled.graph
    held.snapshot.need(range(len(graph)))
    nodes = [held.snapshot.nodes[ordinal] for ordinal in range(len(graph))]
    begin_with = reset(held.run, graph, nodes, failed_only=failed_only, only=only)
    if not begin_with:
        raise Conflict(f"Every node of run {run.ref} succeeded: there is nothing to run again.")
    # Also those that stay: they count the parents that run again.
    held.plan.changed.update((node.ordinal, node) for node in nodes)
    held.advance([Begun(begin_with)], now)
    record([held], now)
    Run.objects.filter(pk=run.pk).update(generation=F("generation") + 1)
    record_audit("rerun", run, by=by, project=run.project, failed_only=failed_only)
    _wake(run.uid)


def step(run_id: int, happenings: Iterable[Happening]) -> HeldRun | None:
    """One step of one run, planned anew as often as others get in between.

    Returns the run, or None when the happenings changed nothing, or there is no such run any more.
    """
    happenings = list(happenings)
    for _ in range(STEP_TRIES):
        now = timezone.now()
        try:
            with transaction.atomic():
                held = hold([run_id]).get(run_id)
                if held is None:
                    return None
                plan = held.advance(happenings, now)
                record([held], now)
        except Stale:
            continue
        if plan:
            _wake(held.uid)
        return held if plan else None
    raise Stale


def _open(
    revision: Revision,
    *,
    by: User | None,
    nominal_at: datetime | None,
    params: dict[str, Any] | None,
    node_params: dict[str, dict[str, Any]] | None = None,
    **fields: Any,
) -> Run:
    """The run and its nodes, as rows that have not begun, and its first step."""
    now = timezone.now()
    compiled = revisions.compiled(revision.pk, revision.digest)
    check_inputs(compiled.nodes, node_params or {})
    run = Run.objects.create(
        revision=revision,
        nominal_at=nominal_at or now,
        params=params or {},
        total=len(compiled.nodes),
        created_by=by,
        **fields,
    )
    hosts = set(Host.objects.values_list("cluster_id", "name"))
    named = {node["job"] for node in compiled.nodes if node["job"]}
    jobs = set(Job.objects.filter(pk__in=named).values_list("pk", flat=True))
    NodeRun.objects.bulk_create(
        (
            _node_run(
                run, ordinal, compiled, hosts=hosts, jobs=jobs, inputs=(node_params or {}).get(node["id"])
            )
            for ordinal, node in enumerate(compiled.nodes)
        ),
        batch_size=NODE_BATCH,
    )
    held = hold([run.pk])[run.pk]
    held.advance([Begun(roots(compiled.graph))], now)
    record([held], now)
    run.state, run.seq, run.started_at = held.run.state, held.seq, now
    _wake(run.uid)
    return run


def _node_run(
    run: Run,
    ordinal: int,
    compiled: revisions.Compiled,
    *,
    hosts: set[tuple[int, str]],
    jobs: set[int],
    inputs: dict[str, Any] | None,
) -> NodeRun:
    node, spec = compiled.nodes[ordinal], compiled.graph[ordinal]
    return NodeRun(
        run=run,
        project_id=run.project_id,
        ordinal=ordinal,
        node=node["id"],
        name=node["name"],
        kind=node["kind"],
        # A published revision may name a job that was deleted since; it runs what was frozen.
        job_id=node["job"] if node["job"] in jobs else None,
        frozen_id=node["digest"],
        cluster_id=node["cluster"],
        # A host that the cluster does not have (an import names EMR's) must not hold the node back.
        host_name=node["host"] if (node["cluster"], node["host"]) in hosts else "",
        trigger_rule=node["rule"],
        on_failure=node["on_failure"],
        max_retry=node["max_retry"],
        retry_interval=node["retry_interval"],
        timeout=node["timeout"],
        priority=run.priority,
        inputs=inputs,
        unmet=spec.parents,
    )


def _wake(run_uid: int) -> None:
    """Tell the hosts that there is work, and the pages that something changed: hints, both."""
    nudge("flows.wake")
    transaction.on_commit(lambda: announce([run_uid]))
