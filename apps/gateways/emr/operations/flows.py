"""Flows: drawn as a Graph or written as an Application."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.drawings.locks import lock_of
from apps.engine.application import read_application, with_jobs
from apps.engine.drafts import UnreadableGraph
from apps.engine.layout import draft_to_graph_text
from apps.flows import actions
from apps.flows.models import Flow
from apps.gateways.emr import finding
from apps.gateways.emr.wire import flows as wire
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.paging import read_window, render_page, wrap
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.jobs.models import Job
from apps.projects.models import Project, Tree


def create_flow(asked: Asked) -> dict[str, Any]:
    """For both formats: Graph as CreateFlowForWeb has it, Application as CreateFlow has it."""
    project, p = finding.project(asked, "edit"), asked.p
    name, _ = p.need("Name"), p.need("Description")
    fields = _fields(asked, project) | {"dialect_settings": wire.read_kept(p)}
    schedule = wire.read_schedule(p)
    fields |= {"schedule": schedule, "name": name} | _follows(
        asked, schedule, has_parents=False, fields=fields
    )
    flow = actions.create_flow(project, by=asked.user, **fields)
    return {"Id": spell_id("flow", flow)}


def modify_flow(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked, "edit")
    flow = finding.flow(asked, project)
    fields = _fields(asked, project)
    if kept := wire.read_kept(asked.p):
        fields["dialect_settings"] = flow.dialect_settings | kept
    before = getattr(flow, "schedule", None)
    if schedule := wire.read_schedule(asked.p, before):
        fields["schedule"] = schedule
    says = {"cron": before.cron if before else ""} | (schedule or {})
    fields |= _follows(asked, says, has_parents=flow.dependencies.exists(), fields=fields)
    with transaction.atomic():
        actions.update_flow(flow, by=asked.user, **fields)
        if "graph" in fields and flow.published_id:
            # Callers know no publishing: what they draw is what their schedule runs.
            actions.publish_flow(flow, by=asked.user)
    return {"Data": True}


def delete_flow(asked: Asked) -> dict[str, Any]:
    actions.delete_flow(finding.flow(asked, finding.project(asked, "edit")), by=asked.user)
    return {"Data": True}


def clone_flow(asked: Asked) -> dict[str, Any]:
    clone = actions.clone_flow(finding.flow(asked, finding.project(asked, "edit")), by=asked.user)
    return {"Id": spell_id("flow", clone)}


def describe_flow(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked)
    rows = _flows().prefetch_related("dependencies__parent__project")
    flow = finding.one(rows, "flow", asked.p.need("Id"), project)
    return wire.render_flow_detail(flow, lock_of(flow.edit_subject, asked.now))


def list_flows(asked: Asked) -> dict[str, Any]:
    rows = _filtered(asked, _flows().filter(project__in=finding.projects(asked)))
    window = read_window(asked.p)
    items = [wire.render_flow(row) for row in rows[window.slice]]
    return render_page(window, rows.count(), wrap("Flow", "Flow", items))


def _filtered(asked: Asked, rows: QuerySet[Flow]) -> QuerySet[Flow]:
    p = asked.p
    if text := p.text("Id"):
        rows = rows.filter(uid=finding.uid_of("flow", text))
    if text := p.text("JobId"):
        rows = rows.filter(uses__job__uid=finding.uid_of("job", text))
    if text := p.text("ClusterId"):
        rows = rows.filter(cluster_id_given=text) | rows.filter(cluster__uid=finding.uid_of("cluster", text))
    if name := p.text("Name"):
        rows = rows.filter(name__icontains=name)
    if status := p.choice("Status", (wire.SCHEDULED, wire.STOPPED)):
        follows = Q(follows=True, has_parents=True) & (Q(schedule=None) | Q(schedule__cron=""))
        by_itself = Q(schedule__enabled=True) | follows
        rows = rows.filter(by_itself if status == wire.SCHEDULED else ~by_itself)
    if (periodic := p.flag("Periodic")) is not None:
        rows = rows.filter(schedule__enabled=True) if periodic else rows.exclude(schedule__enabled=True)
    return rows


def _flows() -> QuerySet[Flow]:
    joined = ("project", "folder", "document", "cluster", "schedule")
    rows = Flow.objects.select_related(*joined).defer("source_text", "params").order_by("-id")
    return rows.annotate(has_parents=wire.HAS_PARENTS)


def _fields(asked: Asked, project: Project) -> dict[str, Any]:
    """What the call sets, as both making and changing a flow take it."""
    p = asked.p
    fields = wire.read_flow_fields(p)
    if (text := p.text("ClusterId", finding.LONGEST_ID)) is not None:
        fields |= {"cluster": finding.chosen_cluster(asked, project), "cluster_id_given": text}
    if folder := finding.parent_category(asked, project, (str(Tree.FLOW),)):
        fields["folder"] = folder
    if (ids := wire.read_parent_ids(p)) is not None:
        fields["parents"] = finding.parents(asked, ids)
    if (graph := _graph(asked, project)) is not None:
        fields["graph"] = graph
    return fields


def _follows(
    asked: Asked, schedule: dict[str, Any] | None, *, has_parents: bool, fields: dict[str, Any]
) -> dict[str, Any]:
    """What Status says of a flow that has parents and no cron; `has_parents` is before the call."""
    has_parents = bool(fields["parents"]) if "parents" in fields else has_parents
    has_cron = bool(schedule and schedule.get("cron"))
    follows = wire.read_follows(asked.p, has_cron=has_cron, has_parents=has_parents)
    return {} if follows is None else {"follows": follows}


def _graph(asked: Asked, project: Project) -> str | None:
    """The drawing: Graph as it came, or one made of Application."""
    graph, application = asked.p.text("Graph"), asked.p.text("Application")
    if graph or not application:
        return graph or None
    try:
        draft = read_application(application)
    except UnreadableGraph as error:
        raise invalid_parameter("Application", str(error)) from None
    uids = {finding.uid_of("job", node.job): node.job for node in draft.nodes if node.job}
    jobs = Job.objects.filter(project=project, uid__in=[uid for uid in uids if uid is not None])
    return draft_to_graph_text(with_jobs(draft, {uids[job.uid]: (job.kind, job.name) for job in jobs}))


OPERATIONS: dict[str, Operation] = {
    "CreateFlowForWeb": create_flow,
    "CreateFlow": create_flow,
    "ModifyFlowForWeb": modify_flow,
    "ModifyFlow": modify_flow,
    "DeleteFlow": delete_flow,
    "CloneFlow": clone_flow,
    "DescribeFlow": describe_flow,
    "ListFlow": list_flows,
}
