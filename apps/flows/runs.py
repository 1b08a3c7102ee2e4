"""Starting, stopping and repeating runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.engine.control import SUB_FLOW_KINDS
from apps.engine.plan import Node, ResumeAsked, Spec, StopAsked, SuspendAsked
from apps.engine.rerun import reset, runs_anything
from apps.engine.states import ENDED, State
from apps.flows import revisions
from apps.flows.admission import consider
from apps.flows.events import hold, record
from apps.flows.latest import take_latest
from apps.flows.models import Flow, NodeRun, Revision, Run
from apps.flows.opening import Order, make_runs
from apps.flows.selections import Selection
from apps.flows.steps import step
from apps.jobs.models import Job
from apps.lib.errors import Conflict
from apps.projects.actions import record_audit
from apps.projects.models import Cluster, User

__all__ = ["kill_run", "rerun", "resume_run", "step", "submit_flow", "submit_job", "suspend_run"]


#: A query may name so many values.
IN_CHUNK = 500


@transaction.atomic
def submit_flow(  # noqa: PLR0913 - each is the caller's own choice, and named
    flow: Flow,
    *,
    by: User | None,
    trigger: str = Run.Trigger.MANUAL,
    nominal_at: datetime | None = None,
    params: dict[str, Any] | None = None,
    node_params: dict[str, dict[str, Any]] | None = None,
    revision: Revision | None = None,
    title: str = "",
    heeds_parents: bool = False,
    selection: Selection | None = None,
    priority: int | None = None,
) -> Run:
    """Freeze the flow as it is now (or take `revision`) and make a run of it, which begins when it may.

    `params` are for every node, `node_params` (by node id) for one; the latter are stronger.
    With `heeds_parents` it waits until what its flow waits for has succeeded. With a `selection`
    only the nodes it stands for run; the others are passed by.

    Raises Invalid when its drawing cannot run and Unsupported when it asks for something
    that is stored but not built.
    """
    revisions.check_built(flow)
    run = _open(
        Order(
            revision or revisions.freeze_flow(flow, by=by),
            flow.project,
            flow.name,
            nominal_at or timezone.now(),
            flow=flow,
            title=title,
            trigger=trigger,
            params=params or {},
            node_params=node_params or {},
            by=by,
            heeds_parents=heeds_parents,
            selection=selection,
            priority=priority,
        )
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
    order = Order(
        revision,
        job.project,
        job.name,
        nominal_at or timezone.now(),
        job=job,
        trigger=trigger,
        params=params or {},
        by=by,
    )
    run = _open(order)
    record_audit("submit", run, by=by, project=job.project, job=job.ref)
    return run


@transaction.atomic
def kill_run(run: Run, *, by: User | None) -> None:
    """Stop a run: nothing new starts, and what runs is ended. Raises Conflict when it is over."""
    who = f"stopped by {by.get_username()}" if by else "stopped"
    held = step(run.pk, [StopAsked(who)])
    if held is None:
        raise Conflict(_("Run {ref} is over: there is nothing to stop.").format(ref=run.ref))
    record_audit("kill", run, by=by, project=run.project)


@transaction.atomic
def suspend_run(run: Run, *, by: User | None) -> None:
    """Start nothing more of a run until it is resumed; what runs may finish.

    Raises Conflict when it is not running.
    """
    if step(run.pk, [SuspendAsked()]) is None:
        raise Conflict(
            _("Run {ref} is not running: only a running run can be suspended.").format(ref=run.ref)
        )
    for child in _inner_runs(run):
        step(child, [SuspendAsked()])
    record_audit("suspend", run, by=by, project=run.project)


@transaction.atomic
def resume_run(run: Run, *, by: User | None) -> None:
    """Let a suspended run go on. Raises Conflict when it is not suspended."""
    if step(run.pk, [ResumeAsked()]) is None:
        raise Conflict(_("Run {ref} is not suspended.").format(ref=run.ref))
    for child in _inner_runs(run):
        step(child, [ResumeAsked()])
    record_audit("resume", run, by=by, project=run.project)


@transaction.atomic
def rerun(
    run: Run,
    *,
    by: User | None,
    failed_only: bool = False,
    only: Collection[int] = (),
    marked: Collection[int] = (),
    latest: bool = False,
) -> None:
    """Run an ended run again under its own id: whole, only what did not succeed, or these nodes.

    It begins when it may: somebody wants it now, but a pause and the limits are for every run.
    Nodes that are `marked` become succeeded without running, and the run goes on from there.
    With `latest` it takes the contents as they are now, not as they were frozen.

    Raises Conflict while it goes on, when everything succeeded and nothing is left to do, or
    when the drawing has other nodes by now.
    """
    now = timezone.now()
    if latest:
        take_latest(run, by=by)
    held = hold([run.pk])[run.pk]
    if held.run.state not in ENDED:
        raise Conflict(
            _("Run {ref} is still going on: only a run that ended can be run again.").format(ref=run.ref)
        )
    graph = held.compiled.graph
    held.snapshot.need(range(len(graph)))
    nodes = [held.snapshot.nodes[ordinal] for ordinal in range(len(graph))]
    ways = _ways_taken(run, graph)
    reset(held.run, graph, nodes, failed_only=failed_only, only=only, marked=marked, ways=ways)
    if not marked and not runs_anything(nodes):
        raise Conflict(
            _("Every node of run {ref} succeeded: there is nothing to run again.").format(ref=run.ref)
        )
    _forget_ways(run, graph, nodes, marked)
    if not failed_only:
        _begin_anew(run, nodes)
    # Also those that stay: they count the parents that run again.
    held.plan.changed.update((node.ordinal, node) for node in nodes)
    record([held], now)
    Run.objects.filter(pk=run.pk).update(generation=F("generation") + 1, wait_code="")
    consider(run.pk, now)
    if not marked:
        record_audit("rerun", run, by=by, project=run.project, failed_only=failed_only, latest=latest)


def _inner_runs(run: Run) -> list[int]:
    """The runs that go on within this one, at any depth, the outer before the inner."""
    found: list[int] = []
    within = [run.pk]
    while within:
        rows = Run.objects.filter(parent__run__in=within, ended_at__isnull=True).order_by("pk")
        within = list(rows.values_list("pk", flat=True))
        found += within
    return found


def _begin_anew(run: Run, nodes: Sequence[Node]) -> None:
    """The runs of other flows, of nodes that go again, are not to go on where they broke."""
    again = [node.ordinal for node in nodes if node.state is State.WAITING]
    for start in range(0, len(again), IN_CHUNK):
        some = NodeRun.objects.filter(
            run=run, kind__in=SUB_FLOW_KINDS, ordinal__in=again[start : start + IN_CHUNK]
        )
        Run.objects.filter(parent__in=some, iteration__gt=0).update(iteration=0)


def _ways_taken(run: Run, graph: Sequence[Spec]) -> dict[int, list[str]]:
    branches = [ordinal for ordinal, spec in enumerate(graph) if spec.ways]
    rows = NodeRun.objects.filter(run=run, ordinal__in=branches, state=State.SUCCEEDED, ports__isnull=False)
    return {o: taken or [] for o, taken in rows.values_list("ordinal", "ports")} if branches else {}


def _forget_ways(run: Run, graph: Sequence[Spec], nodes: Sequence[Node], marked: Collection[int]) -> None:
    """What a branch took before it was reset, or marked as done, counts no more."""
    again = [o for o, spec in enumerate(graph) if spec.ways and (nodes[o].state not in ENDED or o in marked)]
    if again:
        NodeRun.objects.filter(run=run, ordinal__in=again).update(ports=None)


def _open(order: Order) -> Run:
    """The run and its nodes as rows, and its first step when nothing is in its way."""
    now = timezone.now()
    run = make_runs([order])[0]
    consider(run.pk, now)
    run.refresh_from_db(fields=("state", "seq", "started_at", "wait_code", "wait_detail", "wait_since"))
    return run
