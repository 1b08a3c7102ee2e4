"""Task instances: the nodes of workflow instances, and their logs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from apps.engine.plan import Act
from apps.engine.states import ENDED, State
from apps.flows import runs
from apps.flows.acts import act_on_node
from apps.flows.models import NodeRun, Output
from apps.gateways.dataworks import finding
from apps.gateways.dataworks.operations.instances import each_of, of_business_date
from apps.gateways.dataworks.wire.instances import render_task_detail, render_task_row
from apps.gateways.dataworks.wire.parameters import need_whole, numbers, read_window, render_page
from apps.gateways.dataworks.wire.states import states_of
from apps.gateways.dataworks.wire.times import LATEST, read_business_date
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.jobs import logs
from apps.jobs.masks import masks_for
from apps.lib.errors import DomainError, NotFound

LARGEST_PAGE = 500
#: As much of the end of a log as one answer carries.
LONGEST_LOG = 1 << 20
SORTS = {
    "triggertime": "run__nominal_at",
    "startedtime": "started_at",
    "finishedtime": "ended_at",
    "createtime": "run__created_at",
    "id": "id",
}


def list_all(asked: Asked) -> dict[str, Any]:
    project, value = finding.project(asked), need_whole(asked.p, "Bizdate")
    if not 0 <= value <= LATEST:
        raise invalid_parameter("Bizdate", "it must be epoch milliseconds")
    rows = finding.node_runs().filter(project=project)
    rows = _filtered(asked, rows.filter(of_business_date(project, read_business_date(value), "run__")))
    window = read_window(asked.p, LARGEST_PAGE)
    items = [render_task_row(node) for node in rows.order_by(*_order(asked))[window.slice]]
    return render_page(window, rows.count(), "TaskInstances", items)


def get(asked: Asked) -> dict[str, Any]:
    node = finding.node_run(asked, need_whole(asked.p, "Id"))
    names = Output.objects.filter(flow=node.run.flow_id, node=node.node).values_list("name", flat=True)
    return {"TaskInstance": render_task_detail(node, list(names))}


def get_log(asked: Asked) -> dict[str, Any]:
    node = finding.node_run(asked, need_whole(asked.p, "Id"))
    attempt = asked.p.whole("RunNumber", low=1)
    if attempt is not None and attempt > max(node.attempt, 1):
        raise NotFound(f"Task instance {node.pk} ran {node.attempt} times; there is no run {attempt}.")
    path = logs.log_path(node.run.uid, node.ordinal, attempt or node.attempt)
    size = logs.size_of(path)
    is_over = node.state in ENDED or (attempt or node.attempt) < node.attempt
    text, _ = logs.tail(
        path,
        masks_for(node.project, node.run.secret_params),
        offset=max(0, size - LONGEST_LOG),
        limit=LONGEST_LOG,
        ended=is_over,
    )
    return {"TaskInstanceLog": text}


def rerun(asked: Asked) -> dict[str, Any]:
    """Run nodes of ended instances again, and what never ran for their failure. Each run at once."""
    ids = numbers(asked.p, "Ids")
    if not ids:
        raise invalid_parameter("Ids", "it must name at least one instance")
    told: dict[str, Any] = {}
    by_run: dict[int, list[NodeRun]] = {}
    for number in ids:
        try:
            node = finding.node_run(asked, number, "run")
            by_run.setdefault(node.run_id, []).append(node)
        except DomainError as error:
            told[str(number)] = {"Success": False, "Message": error.message}
    for nodes in by_run.values():
        success, message = True, ""
        try:
            only = {node.ordinal for node in nodes}
            runs.rerun(nodes[0].run, by=asked.user, only=only, latest=bool(asked.p.flag("UseLatestConfig")))
        except DomainError as error:
            success, message = False, error.message
        told |= {str(node.pk): {"Success": success, "Message": message} for node in nodes}
    return {"SuccessInfo": told}


def stop(asked: Asked) -> dict[str, Any]:
    """End task instances; their workflow instances go on without them, as their policies say."""
    return {"SuccessInfo": each_of(asked, lambda number: _act(asked, number, Act.KILL))}


def set_success(asked: Asked) -> dict[str, Any]:
    """Call task instances succeeded: an instance that failed for them goes on from there."""
    return {"SuccessInfo": each_of(asked, lambda number: _act(asked, number, Act.MARK))}


def _act(asked: Asked, number: int, act: Act) -> None:
    act_on_node(finding.node_run(asked, number, "run"), act, by=asked.user)


def _filtered(asked: Asked, rows: QuerySet[NodeRun]) -> QuerySet[NodeRun]:
    p = asked.p
    for name, column in (
        ("Id", "pk"),
        ("TaskId", "job_id"),
        ("WorkflowId", "run__flow_id"),
        ("WorkflowInstanceId", "run_id"),
        ("UnifiedWorkflowInstanceId", "run_id"),
    ):
        if (value := p.whole(name)) is not None:
            rows = rows.filter(**{column: value})
    for name, column in (("Ids", "pk__in"), ("TaskIds", "job_id__in")):
        if (values := numbers(p, name)) is not None:
            rows = rows.filter(**{column: values})
    for name, column in (
        ("TaskName", "name__icontains"),
        ("TaskType", "kind"),
        ("Owner", "run__created_by__username"),
    ):
        if text := p.text(name):
            rows = rows.filter(**{column: text})
    if (p.text("ProjectEnv") or "Prod").lower() != "prod":
        return rows.none()
    return _of_status(rows, p.text("Status") or "")


def _of_status(rows: QuerySet[NodeRun], status: str) -> QuerySet[NodeRun]:
    if not status:
        return rows
    held_back = rows.filter(state=State.SKIPPED, bad__gt=0)
    wanted = rows.filter(state__in=states_of(status)).exclude(state=State.SKIPPED, bad__gt=0)
    return wanted | held_back if status.lower() == "notrun" else wanted


def _order(asked: Asked) -> list[str]:
    name, _, direction = (asked.p.text("SortBy") or "Id Desc").strip().partition(" ")
    column = SORTS.get(name.lower())
    if column is None or direction.strip().lower() not in ("", "asc", "desc"):
        raise invalid_parameter("SortBy", f"it must be one of {', '.join(SORTS)}, and Asc or Desc")
    sign = "" if direction.strip().lower() == "asc" else "-"
    return [sign + column, sign + "id"]


OPERATIONS: dict[str, Operation] = {
    "ListTaskInstances": list_all,
    "GetTaskInstance": get,
    "GetTaskInstanceLog": get_log,
    "RerunTaskInstances": rerun,
    "StopTaskInstances": stop,
    "SetSuccessTaskInstances": set_success,
}
