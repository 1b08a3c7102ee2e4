"""Workflow instances: starting, stopping, repeating, looking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.flows import runs
from apps.flows.models import Flow, Run, Schedule
from apps.gateways.dataworks import finding
from apps.gateways.dataworks.operations import starting
from apps.gateways.dataworks.operations.definitions import MANUAL, of_kind
from apps.gateways.dataworks.storing.foreign import DIALECT
from apps.gateways.dataworks.storing.sources import kind_of
from apps.gateways.dataworks.wire.asynchronous import DONE, FAILED, render_created, render_rerun
from apps.gateways.dataworks.wire.instances import flow_zone, render_run
from apps.gateways.dataworks.wire.parameters import (
    json_or_none,
    need,
    need_whole,
    numbers,
    read_window,
    render_page,
)
from apps.gateways.dataworks.wire.states import states_of
from apps.gateways.dataworks.wire.times import LATEST, read_business_date, scheduled_day
from apps.gateways.models import Operation as OperationRow
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.gateways.rpc.parameters import Parameters
from apps.lib.errors import DomainError, Invalid, Unsupported
from apps.projects.models import Project, User

CREATE, RERUN = "CreateWorkflowInstances", "RerunWorkflowInstances"
TYPES = ("SupplementData", "ManualWorkflow", "Manual", "SmokeTest", "TriggerWorkflow")
SORTS = {
    "triggertime": "nominal_at",
    "startedtime": "started_at",
    "finishedtime": "ended_at",
    "createtime": "created_at",
    "id": "id",
}


def create(asked: Asked) -> dict[str, Any]:
    """Start runs: one of a manual workflow, or those of one business date of a periodic one."""
    project, p = finding.project(asked, "run"), asked.p
    title, kind = need(p, "Name", 128), p.choice("Type", TYPES) or need(p, "Type")
    flow = finding.scheduled_flow(project, need_whole(p, "WorkflowId"))
    row = OperationRow(dialect=DIALECT, kind=CREATE, project=project, key=asked.key)
    row.request = {"name": title, "type": kind, "comment": (p.text("Comment") or "")[:1024], "flow": flow.pk}
    starting.check_properties(p, flow)
    options = {
        "by": asked.user,
        "title": title,
        "revision": flow.published,
        "params": starting.workflow_parameters(p, flow),
        "node_params": starting.task_parameters(p, flow),
    }
    try:
        with transaction.atomic():
            made = _start(asked, flow, kind, options)
    except DomainError as error:
        row.state, row.error = FAILED, {"code": error.code, "message": error.message}
    else:
        row.state, row.result = DONE, {"runs": [run.pk for run in made]}
    row.progress, row.ended_at = 100, timezone.now()
    row.save()
    return {"OperationId": str(row.uid)}


def get_created(asked: Asked) -> dict[str, Any]:
    return {"Result": render_created(finding.operation(asked, CREATE, "OperationId"))}


def get(asked: Asked) -> dict[str, Any]:
    return {"WorkflowInstance": render_run(finding.run(asked, need_whole(asked.p, "Id")))}


def list_all(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked)
    day = read_business_date(_whole_day(asked.p, "BizDate"))
    rows = _filtered(asked, finding.runs().filter(project=project).filter(of_business_date(project, day)))
    window = read_window(asked.p)
    items = [render_run(run) for run in rows.order_by(*_order(asked.p))[window.slice]]
    return render_page(window, rows.count(), "WorkflowInstances", items)


def stop(asked: Asked) -> dict[str, Any]:
    return {"SuccessInfo": each_of(asked, lambda number: _stop(asked, number))}


def rerun(asked: Asked) -> dict[str, Any]:
    """Run instances of a manual workflow again, under their own ids."""
    project, p = finding.project(asked, "run"), asked.p
    if (p.choice("Type", TYPES) or need(p, "Type")) != "ManualWorkflow":
        raise Unsupported("Only instances of manual workflows are run again by this call.")
    flow = finding.scheduled_flow(project, need_whole(p, "WorkflowId"))
    if json_or_none(p, "Filter"):
        raise Unsupported("A workflow runs as a whole: Filter is not supported.")
    rows = finding.runs().filter(flow=flow, parent=None)
    if (ids := numbers(p, "Ids")) is not None:
        rows = rows.filter(pk__in=ids)
    if name := p.text("Name"):
        rows = rows.filter(title=name)
    if status := p.text("Status"):
        rows = rows.filter(state__in=states_of(status))
    if p.text("Bizdate"):
        rows = rows.filter(of_business_date(project, read_business_date(_whole_day(p, "Bizdate"))))
    row = OperationRow(dialect=DIALECT, kind=RERUN, project=project, key=asked.key, request={"flow": flow.pk})
    _rerun(row, list(rows), asked.user)
    return {"OperationId": str(row.uid)}


def get_rerun(asked: Asked) -> dict[str, Any]:
    return {"Result": render_rerun(finding.operation(asked, RERUN, "OperationId"))}


def each_of(asked: Asked, act: Callable[[int], None]) -> dict[str, Any]:
    """Act on each of `Ids`; one that cannot be does not keep the others from it."""
    ids = numbers(asked.p, "Ids")
    if not ids:
        raise invalid_parameter("Ids", "it must name at least one instance")
    told: dict[str, Any] = {}
    for number in ids:
        try:
            act(number)
            told[str(number)] = {"Success": True, "Message": ""}
        except DomainError as error:
            told[str(number)] = {"Success": False, "Message": error.message}
    return told


def of_business_date(project: Project, day: date, prefix: str = "") -> Q:
    """The runs of a business date, each in the zone of its own schedule."""
    zones = set(Schedule.objects.filter(flow__project=project).values_list("time_zone", flat=True))
    start, end = scheduled_day(day, ZoneInfo(project.time_zone))
    asked = {f"{prefix}flow__schedule__isnull": True, **_between(prefix, start, end)}
    wanted = Q(**asked)
    for zone in zones:
        start, end = scheduled_day(day, ZoneInfo(zone))
        wanted |= Q(**{f"{prefix}flow__schedule__time_zone": zone, **_between(prefix, start, end)})
    return wanted


def _between(prefix: str, start: Any, end: Any) -> dict[str, Any]:
    return {f"{prefix}nominal_at__gte": start, f"{prefix}nominal_at__lt": end}


def _start(asked: Asked, flow: Flow, kind: str, options: dict[str, Any]) -> list[Run]:
    period = starting.read_period(asked.p)
    if kind == "SupplementData":
        if period is None:
            raise Invalid("A backfill needs Periods.", field="Periods")
        times = starting.times_of(flow, period)
        return [
            runs.submit_flow(flow, trigger=Run.Trigger.BACKFILL, nominal_at=at, **options) for at in times
        ]
    if kind != "ManualWorkflow":
        raise Unsupported(
            f"Instances of type {kind} are not supported: SupplementData and ManualWorkflow are."
        )
    if kind_of(flow) != MANUAL:
        raise Invalid(f"{flow.name} is not a manual workflow.", field="WorkflowId")
    at = asked.now.replace(microsecond=0)
    if period is not None:
        at = scheduled_day(period.business_date, flow_zone(flow))[0]
    return [runs.submit_flow(flow, trigger=Run.Trigger.API, nominal_at=at, **options)]


def _stop(asked: Asked, number: int) -> None:
    runs.kill_run(finding.run(asked, number, "run"), by=asked.user)


@transaction.atomic
def _rerun(row: OperationRow, rows: list[Run], by: User) -> None:
    try:
        if not rows:
            raise Invalid("There is no such instance of this workflow.", field="Ids")
        with transaction.atomic():
            for run in rows:
                runs.rerun(run, by=by)
    except DomainError as error:
        row.state, row.error = FAILED, {"code": error.code, "message": error.message}
    else:
        row.state, row.result = DONE, {"runs": [run.pk for run in rows]}
    row.progress, row.ended_at = 100, timezone.now()
    row.save()


def _whole_day(p: Parameters, name: str) -> int:
    value = need_whole(p, name)
    if not 0 <= value <= LATEST:
        raise invalid_parameter(name, "it must be epoch milliseconds")
    return value


def _filtered(asked: Asked, rows: QuerySet[Run]) -> QuerySet[Run]:
    p = asked.p
    if (ids := numbers(p, "Ids")) is not None:
        rows = rows.filter(pk__in=ids)
    if (unified := p.whole("UnifiedWorkflowInstanceId")) is not None:
        rows = rows.filter(pk=unified)
    if (workflow := p.whole("WorkflowId")) is not None:
        rows = rows.filter(flow_id=workflow)
    if name := p.text("Name"):
        rows = rows.filter(Q(title__icontains=name) | Q(title="", name__icontains=name))
    if owner := p.text("Owner"):
        rows = rows.filter(created_by__username=owner)
    if (p.text("EnvType") or "Prod").lower() != "prod":
        rows = rows.none()
    status = json_or_none(p, "Filter").get("status")
    if status:
        rows = rows.filter(state__in=states_of(str(status)))
    return _of_type(p, rows)


def _of_type(p: Parameters, rows: QuerySet[Run]) -> QuerySet[Run]:
    kind = p.choice("Type", ("Normal", *TYPES))
    if kind in ("Normal", "SupplementData"):
        return rows.filter(trigger=Run.Trigger.SCHEDULE if kind == "Normal" else Run.Trigger.BACKFILL)
    if kind in ("Manual", "ManualWorkflow"):
        by_hand = rows.exclude(trigger__in=(Run.Trigger.SCHEDULE, Run.Trigger.BACKFILL))
        manual = of_kind(Flow.objects.all(), MANUAL)
        return (
            by_hand.filter(flow__in=manual) if kind == "ManualWorkflow" else by_hand.exclude(flow__in=manual)
        )
    return rows if kind is None else rows.none()


def _order(p: Parameters) -> list[Any]:
    name, _, direction = (p.text("SortBy") or "Id Desc").strip().partition(" ")
    column = SORTS.get(name.lower())
    if column is None or direction.strip().lower() not in ("", "asc", "desc"):
        raise invalid_parameter(
            "SortBy",
            "it must be one of TriggerTime, StartedTime, FinishedTime, CreateTime, Id, and Asc or Desc",
        )
    down = direction.strip().lower() != "asc"
    first = F(column).desc(nulls_last=True) if down else F(column).asc(nulls_last=True)
    return [first, "-id" if down else "id"]


OPERATIONS: dict[str, Operation] = {
    "CreateWorkflowInstances": create,
    "GetCreateWorkflowInstancesResult": get_created,
    "GetWorkflowInstance": get,
    "ListWorkflowInstances": list_all,
    "StopWorkflowInstances": stop,
    "RerunWorkflowInstances": rerun,
    "GetRerunWorkflowInstancesResult": get_rerun,
}
