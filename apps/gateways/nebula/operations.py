"""What each call does: read, ask the domain, render."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.engine.states import ENDED
from apps.flows.inputs import declarations, given_by_task, inputs_of, task_of
from apps.flows.models import Flow, NodeRun, Run
from apps.flows.queries import sample_rows
from apps.flows.revisions import checked_draft, freeze_flow, jobs_of
from apps.flows.runs import kill_run, submit_flow
from apps.gateways.dialect import Call
from apps.gateways.nebula import finding, wire
from apps.gateways.nebula.auth import Caller
from apps.gateways.nebula.errors import BAD_REQUEST, NOT_FOUND, PARAM, NebulaError
from apps.jobs.kinds.ngql import CHOSEN


def add_job(caller: Caller, call: Call, workflow: str) -> dict[str, Any]:
    """A run of the workflow as it is now; nothing is stored when its input is refused."""
    flow = finding.workflow_for(caller, workflow, "run")
    given = wire.read_body(call.body).get("input", {})
    if not isinstance(given, dict):
        raise NebulaError(PARAM, "input must be an object of task ids")
    chosen = finding.connection_name(caller, flow)
    with transaction.atomic():
        revision = freeze_flow(flow, by=caller.user)
        run = submit_flow(
            flow,
            by=caller.user,
            trigger=Run.Trigger.API,
            revision=revision,
            params={CHOSEN: chosen} if chosen else None,
            node_params=given_by_task(revision.nodes, given),
        )
    return {"id": run.pk}


def list_jobs(caller: Caller, call: Call) -> dict[str, Any]:
    jobs = finding.all_jobs().filter(project__in=finding.projects_of(caller))
    return _page_of_jobs(jobs, call)


def list_workflow_jobs(caller: Caller, call: Call, workflow: str) -> dict[str, Any]:
    flow = finding.workflow_for(caller, workflow)
    return _page_of_jobs(finding.all_jobs().filter(flow=flow), call)


def get_job(caller: Caller, call: Call, job: str) -> dict[str, Any]:
    run = finding.job_for(caller, job)
    spelled = finding.spellings([run.flow]) if run.flow else {}
    return {**_job(run, spelled), "tasks": [_task(run, node) for node in finding.tasks_of(run)]}


def get_sample_result(caller: Caller, call: Call, job: str, task: str) -> dict[str, Any]:
    """The first rows of what the task left; a task that left none, or not yet, has no rows."""
    run = finding.job_for(caller, job)
    limit = wire.read_limit(wire.read_query(call.query))
    for node in finding.tasks_of(run):
        if task_of(run.revision.nodes, node.ordinal) == task:
            return {"items": sample_rows(run, node, limit)}
    raise NebulaError(NOT_FOUND, f"job {run.pk} has no task {task[:64]}")


def cancel_job(caller: Caller, call: Call, job: str) -> dict[str, Any]:
    run = finding.job_for(caller, job, "run")
    if run.state in ENDED:
        raise NebulaError(BAD_REQUEST, f"job {run.pk} is over: there is nothing to cancel")
    kill_run(run, by=caller.user)
    return {"success": True}


# --- an addition of ours: the vendor's open API cannot list workflows


def list_workflows(caller: Caller, call: Call) -> dict[str, Any]:
    query = wire.read_query(call.query)
    page, wanted = wire.read_page(query), wire.read_filter(query)
    flows = Flow.objects.filter(project__in=finding.projects_of(caller)).defer("source_text", "params")
    if wanted.name:
        flows = flows.filter(name__icontains=wanted.name)
    window = list(flows.order_by("id" if wanted.ascending else "-id")[page.window])
    spelled = finding.spellings(window)
    return _page([_workflow(flow, spelled) for flow in window], flows.count(), page)


def get_workflow(caller: Caller, call: Call, workflow: str) -> dict[str, Any]:
    """A workflow with the parameters that each of its tasks declares."""
    flow = finding.workflow_for(caller, workflow)
    draft = checked_draft(flow.document.text)
    jobs = jobs_of(flow.project_id, draft)
    kinds = {node.id: jobs[node.job].kind for node in draft.nodes if node.job in jobs}
    declared = declarations(draft, kinds)
    tasks = [
        {
            "id": declared[node.id]["task"] if node.id in declared else node.id,
            "name": node.title,
            "type": kinds[node.id],
            "input": [one.as_json() for one in inputs_of(declared.get(node.id, {}))],
        }
        for node in draft.nodes
        if node.id in kinds
    ]
    return {**_workflow(flow, finding.spellings([flow])), "tasks": tasks}


# --- answers


def _page_of_jobs(jobs: QuerySet[Run], call: Call) -> dict[str, Any]:
    query = wire.read_query(call.query)
    page = wire.read_page(query)
    jobs = finding.matching_jobs(jobs, wire.read_filter(query))
    window = list(jobs.select_related("flow").defer("params", "flow__source_text")[page.window])
    spelled = finding.spellings({run.flow.pk: run.flow for run in window if run.flow}.values())
    return _page([_job(run, spelled) for run in window], jobs.count(), page)


def _page(items: list[dict[str, Any]], total: int, page: wire.Page) -> dict[str, Any]:
    return {"items": items, "total": total, "Page": page.number, "PageSize": page.size}


def _job(run: Run, spelled: dict[int, str]) -> dict[str, Any]:
    assert run.flow is not None
    return {
        "id": run.pk,
        "name": wire.job_name(run.name, run.created_at, timezone.get_default_timezone()),
        "workflowId": spelled[run.flow.pk],
        "workflowName": run.flow.name,
        "status": wire.STATUS[run.state],
        "runBeginTime": wire.milliseconds(run.started_at),
        "runEndTime": wire.milliseconds(run.ended_at),
        "createTime": wire.milliseconds(run.created_at),
    }


def _task(run: Run, node: NodeRun) -> dict[str, Any]:
    zone = timezone.get_default_timezone()
    return {
        "id": task_of(run.revision.nodes, node.ordinal),
        "name": node.name or node.node,
        "runBeginTime": wire.rfc3339(node.started_at, zone),
        "runEndTime": wire.rfc3339(node.ended_at, zone),
        "status": wire.STATUS[node.state],
    }


def _workflow(flow: Flow, spelled: dict[int, str]) -> dict[str, Any]:
    return {
        "id": int(spelled[flow.pk]),
        "name": flow.name,
        "createTime": wire.milliseconds(flow.created_at),
        "updateTime": wire.milliseconds(flow.modified_at),
    }
