"""What happened and what is connected: the audit, counts of runs, who uses what."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.engine.states import State
from apps.flows.models import Dependency, Flow, FlowJob, NodeRun, Run
from apps.gateways.emr import finding
from apps.gateways.emr.wire import entities as wire
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.paging import read_window, render_page, wrap
from apps.gateways.emr.wire.projects import read_account_id
from apps.gateways.emr.wire.states import FLOW_STATUS, NODE_STATUS
from apps.gateways.emr.wire.times import read_millis
from apps.gateways.rpc.frame import Asked, Operation
from apps.gateways.rpc.parameters import Parameters
from apps.jobs.models import Job
from apps.projects.access import visible_projects
from apps.projects.models import AuditEntry, Project

ORDERS = ("ASC", "DESC")
#: How far back numbers go when the caller does not say.
SLA_DAYS = timedelta(days=30)


def list_audit(asked: Asked) -> dict[str, Any]:
    """The audit of the projects that the caller is a member of, newest first."""
    rows = AuditEntry.objects.filter(project__in=visible_projects(asked.user))
    rows = _filtered(asked, rows.select_related("project__owner", "user"))
    ascending = asked.p.choice("OrderMode", ORDERS) == "ASC"
    window = read_window(asked.p)
    page = rows.order_by("id" if ascending else "-id")[window.slice]
    items = [wire.render_audit_entry(entry) for entry in page]
    return render_page(window, rows.count(), wrap("Items", "Item", items), "TotalCount")


def _filtered(asked: Asked, rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    p = asked.p
    if text := p.text("EntityGroupId"):
        rows = rows.filter(project__uid=finding.uid_of("project", text))
    if text := p.text("EntityId"):
        kind = wire.kind_of(text)
        rows = rows.filter(subject_uid=(finding.uid_of(kind, text) if kind else None) or 0)
    if text := p.text("EntityType"):
        rows = rows.filter(subject_kind__in=wire.subject_kinds(text))
    if text := p.text("OperatorId"):
        rows = rows.filter(user__uid=read_account_id(text))
    if text := p.text("Operation"):
        rows = rows.filter(verb__iexact=text.strip())
    if (p.text("Status") or "SUCCESS").strip().upper() != "SUCCESS":
        return rows.none()  # what was refused is not in the audit
    return rows


def describe_job_statistic(asked: Asked) -> dict[str, Any]:
    """How many jobs of each type there are, and how their runs stand: one JSON text."""
    projects = finding.projects(asked)
    kinds = Job.objects.filter(project__in=projects).order_by("kind").values_list("kind")
    by_kind = dict(kinds.annotate(count=Count("pk")))
    states = NodeRun.objects.filter(project__in=projects, job__isnull=False).order_by().values_list("state")
    by_status: dict[str, int] = {}
    for state, count in states.annotate(count=Count("pk")):
        by_status[NODE_STATUS[state]] = by_status.get(NODE_STATUS[state], 0) + count
    told = {"total": sum(by_kind.values()), "type": by_kind, "status": by_status}
    return {"StatisticInfo": json.dumps(told, separators=(",", ":"))}


def describe_sla(asked: Asked) -> dict[str, Any]:
    """How many flow instances ended how between From and To; the reference types no answer."""
    asked.p.need("Metrics")
    since = read_millis(asked.p, "From") or asked.now - SLA_DAYS
    until = read_millis(asked.p, "To") or asked.now
    rows = Run.objects.filter(project__in=finding.projects(asked), flow__isnull=False)
    rows = rows.filter(created_at__gte=since, created_at__lte=until)
    counted: dict[str, int] = {}
    for state, count in rows.order_by().values_list("state").annotate(count=Count("pk")):
        counted[FLOW_STATUS[state]] = counted.get(FLOW_STATUS[state], 0) + count
    ended = sum(count for status, count in counted.items() if status in ("SUCCEEDED", "FAILED", "KILLED"))
    told: dict[str, Any] = {"total": sum(counted.values()), "status": counted}
    if ended:
        told["successRate"] = round(counted.get(FLOW_STATUS[State.SUCCEEDED], 0) / ended, 4)
    return {"Data": json.dumps(told, separators=(",", ":"))}


def describe_relations(asked: Asked) -> dict[str, Any]:
    """Which flows use a job, which jobs and parents a flow has, and who waits for it."""
    thing = finding.entity(asked)
    seen = visible_projects(asked.user)
    uses = FlowJob.objects.select_related("flow__project", "job__project").order_by("pk")
    waits = Dependency.objects.filter(parent__isnull=False, parent__project__in=seen, flow__project__in=seen)
    waits = waits.select_related("flow__project", "parent__project").order_by("pk")
    if isinstance(thing, Job):
        uses, waits = uses.filter(job=thing), waits.none()
    elif isinstance(thing, Flow):
        uses, waits = uses.filter(flow=thing), waits.filter(Q(flow=thing) | Q(parent=thing))
    else:
        uses, waits = uses.filter(flow__project=thing), waits.filter(flow__project=thing)
    return {"Data": _graph(asked.p, thing, list(uses), list(waits))}


def _graph(p: Parameters, thing: Flow | Job | Project, uses: list[FlowJob], waits: list[Dependency]) -> str:
    nodes: dict[str, Flow | Job] = {}
    edges: list[tuple[str, str, str]] = []

    def known(found: Flow | Job) -> str:
        entity_id = spell_id("job" if isinstance(found, Job) else "flow", found)
        nodes[entity_id] = found
        return entity_id

    if not isinstance(thing, Project):
        known(thing)
    for use in uses:
        edges.append((known(use.flow), known(use.job), "USES"))
    for wait in waits:
        assert wait.parent is not None
        edges.append((known(wait.flow), known(wait.parent), "DEPENDS_ON"))
    wanted = (p.text("Relationship") or "").strip().upper()
    return wire.render_relations(nodes, [edge for edge in edges if not wanted or edge[2] == wanted])


OPERATIONS: dict[str, Operation] = {
    "GetFlowAuditLogs": list_audit,
    "DescribeFlowJobStatistic": describe_job_statistic,
    "DescribeFlowSLA": describe_sla,
    "GetFlowEntityRelationGraph": describe_relations,
}
