"""The operations on data jobs and their executions.

Not here yet, and answered as an unknown URL: statistics, workflows and triggers.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

from django.db.models import Max, Prefetch, QuerySet

from apps.flows.models import NodeRun, Run
from apps.flows.runs import kill_run, submit_job
from apps.gateways.naver import errors, wire
from apps.gateways.naver.endpoint import Asked
from apps.jobs.actions import create_job as make_job
from apps.jobs.actions import delete_job as remove_job
from apps.jobs.actions import update_job as change_job
from apps.jobs.dataflow.compiling import compile_nodes
from apps.jobs.dataflow.content import content_of
from apps.jobs.models import Job
from apps.projects.access import Verb, require

KIND = "DATAFLOW"


def create_job(asked: Asked) -> dict[str, Any]:
    """createJob."""
    body = asked.body
    name = wire.read_name(body.need("name"))
    body.need("nodes")
    given = wire.read_job(body)
    require(asked.user, "edit", asked.project)
    job = make_job(
        asked.project,
        name=name,
        kind=KIND,
        by=asked.user,
        description=wire.read_description(body) or "",
        content=content_of(given["nodes"]),
        source_dialect="naver",
        source_text=wire.source_text(given.get("type", wire.JOB_TYPES[0]), draft=False),
        **wire.condition_fields(wire.DEFAULTS | given.get("condition", {})),
    )
    return wire.render_job(job, None, made=True)


def verify_job(asked: Asked) -> bool:
    """verifyJob: whether createJob would accept it."""
    wire.read_name(asked.body.need("name"))
    asked.body.need("nodes")
    wire.read_job(asked.body)
    require(asked.user, "view", asked.project)
    return True


def list_jobs(asked: Asked) -> dict[str, Any]:
    """getJobs, newest first."""
    require(asked.user, "view", asked.project)
    page, limit = wire.read_page(asked.query)
    jobs = Job.objects.filter(project=asked.project, kind=KIND).order_by("-id")
    if asked.query.get("name"):
        jobs = jobs.filter(name__icontains=asked.query["name"].replace("\0", ""))
    status = asked.query.get("status", "")
    if not status:
        chosen = list(jobs[page * limit : (page + 1) * limit])
        last = _last_runs(chosen)
        rows = [wire.render_job_row(job, last.get(job.pk)) for job in chosen]
        return wire.render_page(rows, jobs.count(), page, limit)
    # A status follows from the nodes and the last run: it is no column to filter by.
    everything = list(jobs)
    last = _last_runs(everything)
    rows = [wire.render_job_row(job, last.get(job.pk)) for job in everything]
    rows = [row for row in rows if row["status"] == status]
    return wire.render_page(rows[page * limit : (page + 1) * limit], len(rows), page, limit)


def get_job(asked: Asked, job: str) -> dict[str, Any]:
    """getJob."""
    return _told(_job(asked, job))


def update_job(asked: Asked, job: str) -> dict[str, Any]:
    """updateJob, by PUT and by PATCH: what is left out stays as it is."""
    found, body = _job(asked, job, "edit"), asked.body
    draft = body.at("isTemp").value
    if draft not in (None, True, False):
        raise body.at("isTemp").wrong("must be true or false")
    given = wire.read_job(body, loose=bool(draft))
    fields: dict[str, Any] = wire.condition_fields(given.get("condition", {}), found)
    if body.at("name").value is not None:
        fields["name"] = wire.read_name(body.at("name"))
    if (description := wire.read_description(body)) is not None:
        fields["description"] = description
    if "nodes" in given:
        fields["content"] = content_of(given["nodes"])
    elif not draft:
        compile_nodes(wire.job_nodes(found))
    kind = given.get("type", wire.job_type(found))
    fields["source_text"] = wire.source_text(kind, draft=bool(draft))
    return _told(change_job(found, by=asked.user, **fields))


def delete_job(asked: Asked, job: str) -> bool:
    """deleteJob."""
    remove_job(_job(asked, job, "edit"), by=asked.user)
    return True


def execute(asked: Asked, job: str) -> dict[str, Any]:
    """executeJob: the conditions of the call are those of this one execution."""
    found, body = _job(asked, job, "run"), asked.body_or_nothing
    condition = body.at("jobCondition")
    given = wire.read_condition(condition) if condition.value is not None else {}
    parameters = wire.read_parameters(body)
    last = _last_runs([found]).get(found.pk)
    status = wire.job_status(found, last)
    if status in ("RUNNING", "STOPPED") and last is not None:
        raise errors.bad_state(f"Execution {wire.spell_id(last.uid)} of this job is still going on.")
    if status != "RUNNABLE":
        raise errors.bad_state(f"The job is {status}: finish and validate it first.")
    once = copy(found)
    for column, value in wire.condition_fields(given, found).items():
        setattr(once, column, value)
    run = submit_job(once, by=asked.user, trigger=Run.Trigger.API, params=parameters)
    return _execution(asked, found, run.uid)


def update_condition(asked: Asked, job: str) -> dict[str, Any]:
    """updateJobExecutionConfig: the conditions of every later execution."""
    found = _job(asked, job, "edit")
    given = wire.read_condition(asked.body.need("jobCondition"))
    return _told(change_job(found, by=asked.user, **wire.condition_fields(given, found)))


def list_executions(asked: Asked, job: str) -> dict[str, Any]:
    """getJobExecutions, newest first."""
    found = _job(asked, job)
    page, limit = wire.read_page(asked.query)
    runs = _runs(found)
    rows = [_rendered(asked, found, run) for run in runs[page * limit : (page + 1) * limit]]
    return wire.render_page(rows, runs.count(), page, limit)


def get_execution(asked: Asked, job: str, execution: str) -> dict[str, Any]:
    """getJobExecution."""
    found = _job(asked, job)
    return _execution(asked, found, wire.read_id(execution), execution)


def cancel_execution(asked: Asked, job: str, execution: str) -> bool:
    """cancelJobExecution. Raises bad-state when it is over."""
    found = _job(asked, job, "run")
    kill_run(_run(found, wire.read_id(execution), execution), by=asked.user)
    return True


# --- finding and telling


def _job(asked: Asked, text: str, verb: Verb = "view") -> Job:
    """The data job of the key's project that `text` names, if the caller may `verb` there."""
    require(asked.user, verb, asked.project)
    jobs = Job.objects.select_related("project", "folder", "document")
    found: Job | None = jobs.filter(project=asked.project, kind=KIND, uid=wire.read_id(text)).first()
    if found is None:
        raise errors.not_found(f"There is no job {text}.")
    return found


def _told(job: Job) -> dict[str, Any]:
    return wire.render_job(job, _last_runs([job]).get(job.pk))


def _last_runs(jobs: Iterable[Job]) -> dict[int, Run]:
    """The last execution of each job that has one, by the job's key: two queries for any number."""
    last = (
        Run.objects.filter(job__in=[job.pk for job in jobs]).order_by().values("job").annotate(run=Max("id"))
    )
    runs = Run.objects.filter(pk__in=[row["run"] for row in last]).defer("params")
    return {run.job_id: run for run in runs if run.job_id is not None}


def _runs(job: Job) -> QuerySet[Run]:
    nodes = NodeRun.objects.select_related("frozen")
    return Run.objects.filter(job=job).prefetch_related(Prefetch("node_runs", queryset=nodes)).order_by("-id")


def _run(job: Job, uid: int | None, text: str) -> Run:
    found = _runs(job).filter(uid=uid).first()
    if found is None:
        raise errors.not_found(f"There is no execution {text} of this job.")
    return found


def _execution(asked: Asked, job: Job, uid: int | None, text: str = "") -> dict[str, Any]:
    return _rendered(asked, job, _run(job, uid, text))


def _rendered(asked: Asked, job: Job, run: Run) -> dict[str, Any]:
    """An execution with the conditions that it was made with, which its node froze."""
    (node,) = run.node_runs.all()
    run_conf = node.frozen.settings.get("run_conf", "") if node.frozen else ""
    return wire.render_execution(run, node, job, run_conf, asked.now)
