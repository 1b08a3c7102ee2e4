"""Flow instances: starting, stopping, repeating, looking."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy

from apps.flows import queries, runs
from apps.flows.admission import begin_anyway
from apps.flows.models import Run
from apps.flows.parents import Parents, dependencies_of
from apps.gateways.emr import finding
from apps.gateways.emr.wire import runs as wire
from apps.gateways.emr.wire.flows import read_flow_conf
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.paging import read_window, render_page, wrap
from apps.gateways.emr.wire.projects import read_account_id
from apps.gateways.emr.wire.states import read_flow_statuses
from apps.gateways.emr.wire.times import read_time_range
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.gateways.rpc.parameters import Parameters
from apps.lib.ids import read

#: What OrderBy may name, spelt with or without underscores and capitals.
ORDERS = {
    "id": "id",
    "starttime": "started_at",
    "endtime": "ended_at",
    "gmtcreate": "created_at",
    "gmtmodified": "modified_at",
    "scheduletime": "nominal_at",
    "status": "state",
    "flowname": "name",
}


def submit_flow(asked: Asked) -> dict[str, Any]:
    flow = finding.flow(asked, finding.project(asked, "run"), "FlowId")
    nominal_at, params = read_flow_conf(asked.p)
    run = runs.submit_flow(flow, by=asked.user, trigger=Run.Trigger.API, nominal_at=nominal_at, params=params)
    # InstanceId and Data are the older names of the same value.
    instance = spell_id("run", run)
    return {"Id": instance, "InstanceId": instance, "Data": instance}


def start_flow(asked: Asked) -> dict[str, Any]:
    """Start an instance that waits (PREP) now, whatever it waits for."""
    begin_anyway(finding.run(asked, finding.project(asked, "run")), by=asked.user)
    return {"Data": True}


def kill_flow(asked: Asked) -> dict[str, Any]:
    runs.kill_run(finding.run(asked, finding.project(asked, "run")), by=asked.user)
    return {"Data": True}


def suspend_flow(asked: Asked) -> dict[str, Any]:
    runs.suspend_run(finding.run(asked, finding.project(asked, "run")), by=asked.user)
    return {"Data": True}


def resume_flow(asked: Asked) -> dict[str, Any]:
    runs.resume_run(finding.run(asked, finding.project(asked, "run")), by=asked.user)
    return {"Data": True}


def rerun_flow(asked: Asked) -> dict[str, Any]:
    run = finding.run(asked, finding.project(asked, "run"))
    runs.rerun(run, by=asked.user, failed_only=bool(asked.p.flag("ReRunFail")))
    return {"Data": True}


def describe_instance(asked: Asked) -> dict[str, Any]:
    run = finding.run(asked, finding.project(asked), "Id")
    return wire.render_run_detail(run, list(queries.run_nodes(run)), _dependencies(run), asked.now)


def list_instances(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked)
    rows = Run.objects.filter(project=project, flow__isnull=False, parent=None)
    rows = rows.select_related("flow__cluster", "project", "created_by").defer("params")
    rows = _filtered(asked, rows).order_by(*read_order(asked.p, ORDERS))
    window = read_window(asked.p)
    items = [wire.render_run(row, asked.now) for row in rows[window.slice]]
    return render_page(window, rows.count(), wrap("FlowInstances", "FlowInstance", items))


def _dependencies(run: Run) -> list[dict[str, Any]]:
    """The parents of the run's flow, and whether each is met for the run's time."""
    if run.flow_id is None:
        return []
    parents = Parents(run.flow_id, run.nominal_at, but=run.pk)
    told = []
    for one in dependencies_of(run.flow_id):
        if one.parent is None:
            continue
        unmet = parents.unmet(one)
        runs = Run.objects.filter(flow=one.parent, parent=None).order_by("-nominal_at", "-id")
        latest = runs.filter(uid=read(unmet.run)) if unmet and unmet.run else runs
        told.append(wire.render_dependency(run, one.parent, latest.first(), is_met=unmet is None))
    return told


def _filtered(asked: Asked, rows: QuerySet[Run]) -> QuerySet[Run]:
    p = asked.p
    for name in ("Id", "InstanceId"):
        if text := p.text(name):
            rows = rows.filter(uid=finding.uid_of("run", text))
    if text := p.text("FlowId"):
        rows = rows.filter(flow__uid=finding.uid_of("flow", text))
    if text := p.text("FlowName"):
        rows = rows.filter(name__icontains=text)
    if text := p.text("NodeInstanceId"):
        rows = rows.filter(node_runs__uid=finding.uid_of("node run", text))
    if text := p.text("Owner"):
        rows = rows.filter(created_by__uid=read_account_id(text))
    if words := p.texts("StatusList"):
        rows = rows.filter(state__in=read_flow_statuses(words))
    since, until = read_time_range(p)
    if since:
        rows = rows.filter(started_at__gte=since)
    return rows.filter(started_at__lte=until) if until else rows


def read_order(p: Parameters, known: dict[str, str]) -> list[OrderBy]:
    """OrderBy and OrderType; what has no value comes last either way, the newest first among equals."""
    asked = (p.text("OrderBy") or "").strip()
    column = known.get(asked.replace("_", "").lower() or "id")
    if column is None:
        raise invalid_parameter("OrderBy", f"it must be one of {', '.join(known)}")
    ascending = p.choice("OrderType", ("ASC", "DESC")) == "ASC"
    order = F(column).asc(nulls_last=True) if ascending else F(column).desc(nulls_last=True)
    return [order] if column == "id" else [order, F("id").desc()]


OPERATIONS: dict[str, Operation] = {
    "SubmitFlow": submit_flow,
    "StartFlow": start_flow,
    "KillFlow": kill_flow,
    "ResumeFlow": resume_flow,
    "SuspendFlow": suspend_flow,
    "RerunFlow": rerun_flow,
    "DescribeFlowInstance": describe_instance,
    "ListFlowInstance": list_instances,
}
