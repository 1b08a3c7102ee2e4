"""Flows: what a call may set, and how one is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from apps.drawings.models import Lock
from apps.engine.application import write_application
from apps.engine.drafts import UnreadableGraph, read_graph
from apps.flows.models import Dependency, Flow, Schedule
from apps.gateways.emr.wire.alert_conf import read_alert_conf, render_alert_conf
from apps.gateways.emr.wire.entities import render_lock_detail
from apps.gateways.emr.wire.ids import PREFIXES, spell_id
from apps.gateways.emr.wire.times import millis, parse_millis, read_millis
from apps.gateways.rpc.errors import invalid_parameter, missing_parameter
from apps.gateways.rpc.parameters import Parameters, read_list

SCHEDULED, STOPPED = "UNDER_SCHEDULE", "STOP_SCHEDULE"
LONGEST_NAME, LONGEST_DESCRIPTION = 64, 256

#: Kept with the flow and given back; nothing here acts on them.
KEPT = (
    "AlertUserGroupBizId",
    "AlertDingDingGroupBizId",
    "Lifecycle",
    "Namespace",
    "LogArchiveLocation",
)

#: What every query adds, as `has_parents`, to the flows that are told.
HAS_PARENTS = Exists(Dependency.objects.filter(flow=OuterRef("pk")))


def read_flow_fields(p: Parameters) -> dict[str, Any]:
    """What the call sets of a flow but its graph, schedule, cluster, folder and parents."""
    fields: dict[str, Any] = {
        "name": p.text("Name", LONGEST_NAME),
        "description": p.text("Description", LONGEST_DESCRIPTION),
        "host_name": p.text("HostName"),
        "create_cluster": p.flag("CreateCluster"),
        "alert_rules": read_alert_conf(p),
    }
    if fields["name"] is not None and not fields["name"].strip():
        raise invalid_parameter("Name", "it must not be empty")
    return {name: value for name, value in fields.items() if value is not None}


def read_kept(p: Parameters) -> dict[str, Any]:
    """The settings that are only given back, and whether the flow is periodic."""
    kept: dict[str, Any] = {name: p.text(name) for name in KEPT}
    kept["Periodic"] = p.flag("Periodic")
    return {name: value for name, value in kept.items() if value is not None}


def read_schedule(p: Parameters, before: Schedule | None = None) -> dict[str, Any] | None:
    """What the call sets of the schedule, or None when it says nothing about it.

    A new schedule is on: CreateFlow has no other word for "run at these times".
    """
    cron = p.text("CronExpr")
    start_at, end_at = read_millis(p, "StartSchedule"), read_millis(p, "EndSchedule")
    status, periodic = p.choice("Status", (SCHEDULED, STOPPED)), p.flag("Periodic")
    if cron and start_at is None and not (before and before.start_at):
        raise missing_parameter("StartSchedule")
    if before:
        _check_order(start_at or before.start_at, end_at or before.end_at)
    else:
        _check_order(start_at, end_at)
    schedule: dict[str, Any] = {"cron": cron, "start_at": start_at, "end_at": end_at}
    if status is not None or periodic is not None:
        schedule["enabled"] = status != STOPPED and periodic is not False
    elif cron and before is None:
        schedule["enabled"] = True
    given = {name: value for name, value in schedule.items() if value is not None}
    has_cron = bool(cron or (before and before.cron))
    return given if given and (has_cron or cron == "") else None


def read_follows(p: Parameters, *, has_cron: bool, has_parents: bool) -> bool | None:
    """Whether a flow without a cron runs after its parents, or None when the call says nothing about it.

    The protocol has one status for both: of a flow with a cron it is about that.
    """
    status = p.choice("Status", (SCHEDULED, STOPPED))
    if has_cron or status is None:
        return None
    if status == SCHEDULED and not has_parents:
        raise invalid_parameter("Status", f"{SCHEDULED} needs a CronExpr or a ParentFlowList")
    return status == SCHEDULED


def _check_order(start_at: datetime | None, end_at: datetime | None) -> None:
    if start_at and end_at and start_at >= end_at:
        raise invalid_parameter("StartSchedule", "it must be before EndSchedule")


def read_parent_ids(p: Parameters) -> list[str] | None:
    text = p.text("ParentFlowList")
    return None if text is None else read_list("ParentFlowList", text)


def read_flow_conf(p: Parameters) -> tuple[datetime | None, dict[str, str]]:
    """`Conf` of a run: its nominal time, and the other keys as parameters."""
    conf = p.json_object("Conf") or {}
    params = {name: str(value) for name, value in conf.items() if isinstance(value, str | int | float)}
    cyctime = params.pop("cyctime", "")
    if not cyctime:
        return None, params
    nominal_at = parse_millis(cyctime)
    if nominal_at is None:
        raise invalid_parameter("Conf", "cyctime must be epoch milliseconds")
    return nominal_at, params


def render_flow(flow: Flow) -> dict[str, Any]:
    """A flow as ListFlow tells it."""
    schedule: Schedule | None = getattr(flow, "schedule", None)
    kept = flow.dialect_settings
    return {
        "Id": spell_id("flow", flow),
        "Name": flow.name,
        "Type": "EMR",
        "Description": flow.description,
        "ProjectId": spell_id("project", flow.project),
        "CategoryId": spell_id("folder", flow.folder),
        "ClusterId": flow.cluster_id_given or (spell_id("cluster", flow.cluster) if flow.cluster else ""),
        "CreateCluster": flow.create_cluster,
        "HostName": flow.host_name,
        "Graph": flow.document.text,
        "CronExpr": schedule.cron if schedule else "",
        "StartSchedule": millis(schedule.start_at) if schedule else None,
        "EndSchedule": millis(schedule.end_at) if schedule else None,
        "Status": SCHEDULED if _runs_by_itself(flow, schedule) else STOPPED,
        "Periodic": bool(kept.get("Periodic", schedule is not None and bool(schedule.cron))),
        "AlertConf": render_alert_conf(flow.alert_rules),
        "AlertUserGroupBizId": kept.get("AlertUserGroupBizId", ""),
        "AlertDingDingGroupBizId": kept.get("AlertDingDingGroupBizId", ""),
        "GmtCreate": millis(flow.created_at),
        "GmtModified": millis(flow.modified_at),
    }


def _runs_by_itself(flow: Flow, schedule: Schedule | None) -> bool:
    """`has_parents` comes with the query, see HAS_PARENTS."""
    if schedule and schedule.cron:
        return schedule.enabled
    return flow.follows and flow.has_parents  # type: ignore[attr-defined]


def render_flow_detail(flow: Flow, lock: Lock | None = None) -> dict[str, Any]:
    """A flow as DescribeFlow tells it; `dependencies` come with parent and its project."""
    reply = render_flow(flow)
    del reply["ProjectId"]
    return reply | {
        "Application": _application(flow.document.text),
        "EditLockDetail": render_lock_detail(lock),
        "Lifecycle": flow.dialect_settings.get("Lifecycle", ""),
        "Namespace": flow.dialect_settings.get("Namespace", ""),
        "LogArchiveLocation": flow.dialect_settings.get("LogArchiveLocation", ""),
        "ParentFlowList": {"ParentFlow": [_render_parent(parent) for parent in _parents(flow)]},
    }


def _parents(flow: Flow) -> list[Flow]:
    return [dependency.parent for dependency in flow.dependencies.all() if dependency.parent]


def _render_parent(parent: Flow) -> dict[str, Any]:
    return {
        "ParentFlowId": spell_id("flow", parent),
        "ParentFlowName": parent.name,
        "ProjectId": spell_id("project", parent.project),
        "ProjectName": parent.project.name,
    }


def _application(graph: str) -> str:
    # A drawing may be unfinished in the editor; then there is no other form of it.
    try:
        return write_application(read_graph(graph))
    except UnreadableGraph:
        return ""


def is_template(cluster_id: str) -> bool:
    return cluster_id.startswith(PREFIXES["template"])
