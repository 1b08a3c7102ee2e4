"""Making runs: rows that have not begun, many in a few statements, and their first step.

Whether a run may begin is for `admission`; here is only how.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.engine.plan import Begun
from apps.engine.rerun import roots, startable
from apps.engine.routing import LOCAL
from apps.flows import revisions
from apps.flows.events import HeldRun, hold, record
from apps.flows.inputs import check_inputs
from apps.flows.models import Flow, NodeRun, Revision, Run
from apps.flows.routes import Fleet, fleet
from apps.flows.selections import Selection
from apps.flows.sql import insert
from apps.flows.steps import wake
from apps.jobs.masks import hide_secrets
from apps.jobs.models import Job
from apps.projects.models import Project, User

NODE_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """A run that is wanted: of a flow, or of one job alone."""

    revision: Revision
    project: Project
    name: str
    nominal_at: datetime
    flow: Flow | None = None
    job: Job | None = None
    title: str = ""
    trigger: str = Run.Trigger.MANUAL
    #: For every node, and by node id for one; the latter are stronger.
    params: dict[str, Any] = field(default_factory=dict)
    node_params: dict[str, dict[str, Any]] = field(default_factory=dict)
    by: User | None = None
    heeds_parents: bool = True
    #: That of its flow by default.
    priority: int | None = None
    #: Which of its nodes run, when not all do.
    selection: Selection | None = None
    #: The node of another run that it is run for, and at which of its tries.
    parent: NodeRun | None = None
    iteration: int = 0


def make_runs(orders: Sequence[Order], check_at: Sequence[datetime | None] = ()) -> list[Run]:
    """The runs and their nodes, as rows that have not begun. Raises Invalid for inputs that cannot be.

    `check_at` says when each is looked at, where its maker does not do so itself.
    """
    look_at = check_at or [None] * len(orders)
    compiled = [revisions.compiled(order.revision.pk, order.revision.digest) for order in orders]
    for order, graph in zip(orders, compiled, strict=True):
        check_inputs(graph.nodes, order.node_params)
    passed_by = [
        order.selection.bypasses(graph.nodes) if order.selection else {}
        for order, graph in zip(orders, compiled, strict=True)
    ]
    runs = Run.objects.bulk_create(
        [_run(*each) for each in zip(orders, compiled, look_at, strict=True)],
        batch_size=NODE_BATCH,
    )
    names_hosts = any(node["host"] for graph in compiled for node in graph.nodes)
    hosts = fleet() if names_hosts else Fleet()
    named = {node["job"] for graph in compiled for node in graph.nodes if node["job"]}
    jobs = set(Job.objects.filter(pk__in=named).values_list("pk", flat=True))
    insert(
        NodeRun,
        (
            _node_run(
                run,
                ordinal,
                graph,
                hosts=hosts,
                jobs=jobs,
                inputs=order.node_params.get(node["id"]),
                bypass=bypass.get(ordinal, ""),
            )
            for run, order, graph, bypass in zip(runs, orders, compiled, passed_by, strict=True)
            for ordinal, node in enumerate(graph.nodes)
        ),
    )
    return runs


def begin(run_ids: Iterable[int], now: datetime) -> list[int]:
    """The first step of runs that wait; those that do not any more are left alone. Who began."""
    held = hold(list(run_ids))
    begun = [pk for pk, run in held.items() if run.advance([Begun(_first(run))], now)]
    record(held.values(), now)
    if begun:
        wake([held[pk].uid for pk in begun])
    return begun


def _first(held: HeldRun) -> Sequence[int]:
    """The nodes to begin with. Only of a run that goes again have some ended: then all are looked at."""
    graph = held.compiled.graph
    if not held.run.ended:
        return roots(graph)
    held.snapshot.need(range(len(graph)))
    return startable(list(held.snapshot.nodes.values()))


def _priority(order: Order) -> int:
    if order.priority is not None:
        return order.priority
    return order.flow.priority if order.flow else 0


def _run(order: Order, compiled: revisions.Compiled, check_at: datetime | None) -> Run:
    flow, project = order.flow, order.project
    params, secret_params = hide_secrets(project, order.params)
    return Run(
        revision=order.revision,
        project=project,
        flow=flow,
        job=order.job,
        name=order.name,
        title=order.title,
        trigger=order.trigger,
        nominal_at=order.nominal_at,
        params=params,
        secret_params=secret_params,
        selection=order.selection.stored() if order.selection else None,
        parent=order.parent,
        iteration=order.iteration,
        priority=_priority(order),
        heeds_parents=order.heeds_parents,
        limited=bool(project.max_nodes or (flow and flow.max_nodes)),
        total=len(compiled.nodes),
        check_at=check_at,
        created_by=order.by,
    )


def _node_run(
    run: Run,
    ordinal: int,
    compiled: revisions.Compiled,
    *,
    hosts: Fleet,
    jobs: set[int],
    inputs: dict[str, Any] | None,
    bypass: str,
) -> dict[str, Any]:
    node, spec = compiled.nodes[ordinal], compiled.graph[ordinal]
    return {
        "run_id": run.pk,
        "project_id": run.project_id,
        "ordinal": ordinal,
        "node": node["id"],
        "name": node["name"],
        "kind": node["kind"],
        # A published revision may name a job that was deleted since; it runs what was frozen.
        "job_id": node["job"] if node["job"] in jobs else None,
        "frozen_id": node["digest"],
        "cluster_id": node["cluster"],
        # The only host of a cluster answers to every name: an import names EMR's.
        "host_name": hosts.host_name(node["cluster"], node["host"]),
        "mode": hosts.mode(node["cluster"], node["host"], node.get("mode", LOCAL)),
        "trigger_rule": node["rule"],
        "on_failure": node["on_failure"],
        "max_retry": node["max_retry"],
        "retry_interval": node["retry_interval"],
        "timeout": node["timeout"],
        "priority": run.priority,
        "inputs": inputs,
        "bypass": bypass,
        "unmet": spec.parents,
    }
