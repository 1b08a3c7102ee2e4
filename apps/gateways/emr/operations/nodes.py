"""Node instances, their logs and results."""

from __future__ import annotations

from typing import Any

from apps.engine.states import ENDED
from apps.flows import queries
from apps.flows.cluster_jobs import container_log, containers_of, idents_of
from apps.flows.models import NodeRun
from apps.gateways.emr import finding
from apps.gateways.emr.operations.instances import read_order
from apps.gateways.emr.wire import runs as wire
from apps.gateways.emr.wire.logs import read_lines_asked, render_log
from apps.gateways.emr.wire.paging import read_window, render_page, wrap
from apps.gateways.emr.wire.states import read_external_statuses
from apps.gateways.emr.wire.times import read_millis
from apps.gateways.rpc.frame import Asked, Operation
from apps.jobs import logs
from apps.jobs.masks import masks_for

MOST_ROWS = 2000
LOG_NAMES = ("stdout", "stderr", "syslog")
ORDERS = {
    "id": "id",
    "starttime": "started_at",
    "endtime": "ended_at",
    "gmtcreate": "id",
    "status": "state",
    "jobname": "name",
    "jobtype": "kind",
}


def list_nodes(asked: Asked) -> dict[str, Any]:
    rows = NodeRun.objects.filter(project__in=finding.projects(asked)).select_related(
        "run__project", "run__flow", "job", "cluster", "host", "frozen"
    )
    if since := read_millis(asked.p, "StartTime"):
        rows = rows.filter(started_at__gte=since)
    if words := asked.p.texts("StatusList"):
        rows = rows.filter(state__in=read_external_statuses(words))
    rows, window = rows.order_by(*read_order(asked.p, ORDERS)), read_window(asked.p)
    nodes = list(rows[window.slice])
    applications = idents_of(nodes)
    items = [wire.render_node_row(node, asked.now, applications.get(node.pk, ())) for node in nodes]
    return render_page(window, rows.count(), wrap("FlowNodeInstances", "FlowNodeInstance", items))


def describe_node(asked: Asked) -> dict[str, Any]:
    node = finding.node_run(asked, finding.project(asked))
    return wire.render_node_detail(node, asked.now, idents_of([node]).get(node.pk, ()))


def describe_launcher_log(asked: Asked) -> dict[str, Any]:
    """Lines of the newest attempt. LogEnd: nothing will follow, so a node that runs has no end."""
    node = finding.node_run(asked, finding.project(asked), "NodeInstanceId")
    wanted = read_lines_asked(asked.p)
    path = logs.log_path(node.run.uid, node.ordinal, node.attempt)
    is_over = node.state in ENDED
    lines, was_last = logs.read_lines(
        path, masks_for(node.project, node.run.secret_params), wanted, ended=is_over
    )
    return render_log(lines, was_last and (wanted.reverse or is_over))


def list_containers(asked: Asked) -> dict[str, Any]:
    """In what the applications of the newest attempt ran, as it was last seen."""
    node = finding.node_run(asked, finding.project(asked), "NodeInstanceId")
    found, window = containers_of(node), read_window(asked.p)
    items = [wire.render_container(container) for container in found[window.slice]]
    return render_page(window, len(found), wrap("ContainerStatusList", "ContainerStatus", items))


def describe_container_log(asked: Asked) -> dict[str, Any]:
    """Lines of it, asked for where the container ran. LogEnd: nothing will follow."""
    node = finding.node_run(asked, finding.project(asked), "NodeInstanceId")
    application, container, name = (asked.p.need(each) for each in ("AppId", "ContainerId", "LogName"))
    wanted, known = read_lines_asked(asked.p), asked.p.choice("LogName", LOG_NAMES) or name
    lines, may_grow = container_log(node, application, container, known)
    chosen = lines[wanted.start : wanted.start + wanted.count]
    return render_log(chosen, wanted.start + wanted.count >= len(lines) and not may_grow)


def list_sql_result(asked: Asked) -> dict[str, Any]:
    """Rows of what a statement of the node found: SqlIndex counts those that found some."""
    node = finding.node_run(asked, finding.project(asked), "NodeInstanceId")
    start = asked.p.whole("Offset", low=0) or 0
    count = asked.p.whole("Length", low=1, high=MOST_ROWS) or MOST_ROWS
    index = asked.p.whole("SqlIndex", low=0) or 0
    header, rows, was_last = queries.result_rows(node.run, node, start, count, index)
    return wire.render_rows(header, rows, start) | {"End": was_last}


OPERATIONS: dict[str, Operation] = {
    "ListFlowNodeInstance": list_nodes,
    "DescribeFlowNodeInstance": describe_node,
    "DescribeFlowNodeInstanceLauncherLog": describe_launcher_log,
    "ListFlowNodeInstanceContainerStatus": list_containers,
    "DescribeFlowNodeInstanceContainerLog": describe_container_log,
    "ListFlowNodeSqlResult": list_sql_result,
}
