"""Jobs, and runs of a job alone."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from apps.drawings.locks import lock_of
from apps.flows import runs
from apps.flows.models import NodeRun, Run
from apps.gateways.emr import finding
from apps.gateways.emr.wire import jobs as wire
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.paging import read_window, render_page, wrap
from apps.gateways.emr.wire.runs import render_job_run
from apps.gateways.emr.wire.states import read_external_statuses
from apps.gateways.emr.wire.times import read_time_range
from apps.gateways.rpc.frame import Asked, Operation
from apps.jobs import actions
from apps.jobs.models import Job
from apps.projects.models import Project, Tree

LONGEST_HOST = 253
JOB_TREES = (str(Tree.JOB), str(Tree.ADHOC))


def create_job(asked: Asked) -> dict[str, Any]:
    project, p = finding.project(asked, "edit"), asked.p
    name, kind, _ = p.need("Name"), p.need("Type"), p.need("Description")
    fields = wire.read_job_fields(p) | _cluster_fields(asked, project)
    fields.pop("name")
    folder = finding.parent_category(asked, project, JOB_TREES)
    job = actions.create_job(project, name=name, kind=kind, by=asked.user, folder=folder, **fields)
    return {"Id": spell_id("job", job)}


def modify_job(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked, "edit")
    job = finding.job(asked, project)
    fields = wire.read_job_fields(asked.p) | _cluster_fields(asked, project)
    fields.pop("adhoc", None)
    actions.update_job(job, by=asked.user, **fields)
    return {"Data": True}


def delete_job(asked: Asked) -> dict[str, Any]:
    actions.delete_job(finding.job(asked, finding.project(asked, "edit")), by=asked.user)
    return {"Data": True}


def clone_job(asked: Asked) -> dict[str, Any]:
    job = finding.job(asked, finding.project(asked, "edit"))
    clone = actions.clone_job(job, by=asked.user, name=asked.p.text("Name") or "")
    return {"Id": spell_id("job", clone)}


def describe_job(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked)
    job = finding.one(_jobs(project), "job", asked.p.need("Id"), project)
    return wire.render_job_detail(job, lock_of(job.edit_subject, asked.now))


def list_jobs(asked: Asked) -> dict[str, Any]:
    rows, p = _jobs(finding.project(asked)), asked.p
    if text := p.text("Id"):
        rows = rows.filter(uid=finding.uid_of("job", text))
    if name := p.text("Name"):
        rows = rows.filter(name__icontains=name)
    if kind := p.text("Type"):
        rows = rows.filter(kind=kind)
    if (adhoc := p.flag("Adhoc")) is not None:
        rows = rows.filter(adhoc=adhoc)
    window = read_window(p)
    items = [wire.render_job(row) for row in rows[window.slice]]
    return render_page(window, rows.count(), wrap("JobList", "Job", items))


def submit_job(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked, "run")
    job = finding.job(asked, project, "JobId")
    run = runs.submit_job(
        job,
        by=asked.user,
        trigger=Run.Trigger.API,
        cluster=finding.cluster_setting(asked, project).cluster,
        host_name=asked.p.text("HostName", LONGEST_HOST) or "",
        content=wire.read_submit_conf(asked.p),
    )
    return {"Id": spell_id("job run", run)}


def kill_job(asked: Asked) -> dict[str, Any]:
    runs.kill_run(finding.job_run(asked, finding.project(asked, "run")), by=asked.user)
    return {"Data": True}


def list_history(asked: Asked) -> dict[str, Any]:
    """Every run of a job, alone or as a node of a flow, newest first."""
    project, p = finding.project(asked), asked.p
    rows = _history(project, finding.job(asked, project))
    if p.text("InstanceId"):
        rows = rows.filter(pk=finding.node_run(asked, project, "InstanceId").pk)
    if kind := p.text("JobType"):
        rows = rows.filter(kind=kind)
    if words := p.texts("StatusList"):
        rows = rows.filter(state__in=read_external_statuses(words))
    since, until = read_time_range(p)
    if since:
        rows = rows.filter(started_at__gte=since)
    if until:
        rows = rows.filter(started_at__lte=until)
    window = read_window(p)
    items = [render_job_run(row, asked.now) for row in rows[window.slice]]
    return render_page(window, rows.count(), wrap("NodeInstances", "NodeInstance", items))


def _history(project: Project, job: Job) -> QuerySet[NodeRun]:
    rows = NodeRun.objects.filter(project=project, job=job)
    return rows.select_related("run__project", "job", "cluster", "host", "frozen").order_by("-id")


def _jobs(project: Project) -> QuerySet[Job]:
    last = Run.objects.filter(job=OuterRef("pk")).order_by("-id").values("uid")[:1]
    rows = project.jobs.select_related("folder").prefetch_related("resources").defer("source_text")
    return rows.annotate(last_run_uid=Subquery(last)).order_by("-id")


def _cluster_fields(asked: Asked, project: Project) -> dict[str, Any]:
    text = asked.p.text("ClusterId", finding.LONGEST_ID)
    if text is None:
        return {}
    return {"cluster": finding.chosen_cluster(asked, project), "cluster_id_given": text}


OPERATIONS: dict[str, Operation] = {
    "CreateFlowJob": create_job,
    "ModifyFlowJob": modify_job,
    "DeleteFlowJob": delete_job,
    "CloneFlowJob": clone_job,
    "DescribeFlowJob": describe_job,
    "ListFlowJob": list_jobs,
    "SubmitFlowJob": submit_job,
    "KillFlowJob": kill_job,
    "ListFlowJobHistory": list_history,
}
