"""Flow instances, and the node and job instances that share one shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.engine.rules import OnFailure
from apps.engine.states import ENDED, State
from apps.flows.models import Flow, NodeRun, Run
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.projects import account_id
from apps.gateways.emr.wire.states import EXTERNAL_STATUS, FLOW_STATUS, node_status
from apps.gateways.emr.wire.times import duration, millis
from apps.jobs.outside import Container

NODE_TYPES = {"START": "START", "END": "END", "CLUSTER": "CLUSTER"}


def render_run(run: Run, now: datetime) -> dict[str, Any]:
    """A flow instance as ListFlowInstance tells it."""
    cluster = run.flow.cluster if run.flow else None
    return {
        "Id": spell_id("run", run),
        "FlowId": spell_id("flow", run.flow) if run.flow else "",
        "FlowName": run.name,
        "ProjectId": spell_id("project", run.project),
        "ClusterId": spell_id("cluster", cluster) if cluster else "",
        "Status": FLOW_STATUS[run.state],
        "HasNodeFailed": run.failed > 0,
        "Owner": account_id(run.created_by),
        "ScheduleTime": millis(run.nominal_at),
        "StartTime": millis(run.started_at),
        "EndTime": millis(run.ended_at),
        "Duration": duration(run.started_at, run.ended_at, now),
        "GmtCreate": millis(run.created_at),
        "GmtModified": millis(run.modified_at),
    }


def render_rows(header: list[str], rows: list[list[str]], start: int) -> dict[str, Any]:
    """Rows of a result; their index is their place in the whole."""
    told = [{"RowIndex": start + n, "RowItemList": {"rowItem": row}} for n, row in enumerate(rows)]
    return {"HeaderList": {"Header": header}, "RowList": {"Row": told}}


def render_dependency(run: Run, parent: Flow, latest: Run | None, *, is_met: bool) -> dict[str, Any]:
    """One parent of a run's flow: `latest` is its run for the time that matters, or its last."""
    return {
        "ProjectId": spell_id("project", run.project),
        "FlowId": spell_id("flow", run.flow) if run.flow else "",
        "FlowInstanceId": spell_id("run", run),
        "DependencyFlowId": spell_id("flow", parent),
        "DependencyInstanceId": spell_id("run", latest) if latest else "",
        "BizDate": millis(run.nominal_at),
        "ScheduleKey": f"{run.nominal_at:%Y%m%d%H%M%S}",
        "Meet": is_met,
    }


def render_run_detail(
    run: Run, nodes: list[NodeRun], dependencies: list[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    reply = render_run(run, now)
    del reply["Owner"]
    settings = run.flow.dialect_settings if run.flow else {}
    schedule = getattr(run.flow, "schedule", None)
    return reply | {
        "Graph": run.revision.drawing,
        "CronExpression": schedule.cron if schedule else "",
        "Lifecycle": settings.get("Lifecycle", ""),
        "Namespace": settings.get("Namespace", ""),
        "LogArchiveLocation": settings.get("LogArchiveLocation", ""),
        "DependencyFlowList": {"ParentFlow": dependencies},
        "NodeInstance": {"NodeInstance": [_texts(_render_node(node, run, now)) for node in nodes]},
    }


def render_node_row(node: NodeRun, now: datetime, applications: Sequence[str] = ()) -> dict[str, Any]:
    """As ListFlowNodeInstance tells it; `run`, its flow and `frozen` come with the node."""
    reply = _texts(_render_node(node, node.run, now)) | _flow_of(node) | _contents(node)
    return reply | {"ExternalChildIds": ",".join(applications)}


def render_node_detail(node: NodeRun, now: datetime, applications: Sequence[str]) -> dict[str, Any]:
    settings = node.frozen.settings if node.frozen else {}
    job = node.job
    return (
        render_node_row(node, now, applications)
        | _settings(node)
        | {
            "Adhoc": job.adhoc if job else False,
            "ClusterName": node.cluster.name if node.cluster else "",
            "Mode": settings.get("mode", ""),
            "MonitorConf": job.monitor_conf_text if job else "",
            "RetryPolicy": job.retry_policy if job else "",
        }
    )


def render_job_run(node: NodeRun, now: datetime) -> dict[str, Any]:
    """As ListFlowJobHistory tells it: numbers are numbers, and `pending` is small."""
    reply = _render_node(node, node.run, now)
    reply["pending"] = reply.pop("Pending")
    del reply["Duration"]
    contents = _contents(node)
    return reply | {"JobParams": contents["JobParams"]} | _settings(node)


def node_run_id(node: NodeRun, run: Run) -> str:
    """A job that ran alone is known by its run, a node of a flow by itself."""
    return spell_id("job run", run) if run.job_id else spell_id("node run", node)


def _render_node(node: NodeRun, run: Run, now: datetime) -> dict[str, Any]:
    return {
        "Id": node_run_id(node, run),
        "ProjectId": spell_id("project", run.project),
        "Type": NODE_TYPES.get(node.kind, "JOB"),
        "NodeName": _node_name(node),
        "JobId": spell_id("job", node.job) if node.job else "",
        "JobName": node.name,
        "JobType": "" if node.kind in NODE_TYPES else node.kind,
        "Status": node_status(node, run),
        "FailAct": "CONTINUE" if node.on_failure == OnFailure.PASS else "STOP",
        "MaxRetry": node.max_retry,
        "Retries": node.retries,
        "RetryInterval": node.retry_interval,
        "ClusterId": spell_id("cluster", node.cluster) if node.cluster else "",
        "HostName": node.host.name if node.host else node.host_name,
        "ExternalId": "",
        "ExternalInfo": _external_info(node),
        "ExternalStatus": "" if node.kind in NODE_TYPES else EXTERNAL_STATUS.get(node.state, ""),
        "Pending": node.state not in ENDED,
        "StartTime": millis(node.started_at),
        "EndTime": millis(node.ended_at),
        "Duration": duration(node.started_at, node.ended_at, now),
        "GmtCreate": millis(run.created_at),
        "GmtModified": millis(node.ended_at or node.started_at or node.ready_at or run.created_at),
    }


def _texts(node: dict[str, Any]) -> dict[str, Any]:
    """In node instances these two are texts, in job histories numbers."""
    return node | {name: str(node[name]) for name in ("MaxRetry", "RetryInterval")}


def _flow_of(node: NodeRun) -> dict[str, Any]:
    run = node.run
    if run.flow is None:
        return {"FlowId": "", "FlowInstanceId": ""}
    return {"FlowId": spell_id("flow", run.flow), "FlowInstanceId": spell_id("run", run)}


def _contents(node: NodeRun) -> dict[str, Any]:
    return {
        "JobParams": node.frozen.content if node.frozen else "",
        "ExternalSubId": "",
        "ExternalChildIds": "",
    }


def render_container(container: Container) -> dict[str, str]:
    return {
        "ApplicationId": container.job,
        "ContainerId": container.id,
        "HostName": container.host,
        "Status": container.state,
    }


def _settings(node: NodeRun) -> dict[str, Any]:
    settings = node.frozen.settings if node.frozen else {}
    names = {"ParamConf": "params", "EnvConf": "env", "RunConf": "run_conf"}
    return {name: settings.get(key, "") for name, key in names.items()}


def _node_name(node: NodeRun) -> str:
    return f":{node.kind.lower()}:" if node.kind in ("START", "END") else node.node


def _external_info(node: NodeRun) -> str:
    if node.reason:
        return str(node.reason)
    failed = node.exit_code is not None and node.state not in (State.SUCCEEDED, State.RUNNING)
    return f"exit code {node.exit_code}" if failed else ""
