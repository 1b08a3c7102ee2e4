"""From a ref in the URL to the row, for whoever may."""

from __future__ import annotations

from django.http import HttpRequest

from apps.flows.models import Flow, NodeRun, Run
from apps.jobs.models import Job
from apps.lib.errors import NotFound
from apps.projects.access import Verb, require
from apps.projects.models import Project


def project_of(request: HttpRequest, uid: int, verb: Verb = "view") -> Project:
    project = Project.objects.filter(uid=uid).first()
    if project is None:
        raise NotFound("There is no such project.")
    require(request.user, verb, project)
    return project


def flow_of(request: HttpRequest, uid: int, verb: Verb = "view") -> Flow:
    flow = Flow.objects.filter(uid=uid).select_related("project", "folder", "document", "cluster").first()
    if flow is None:
        raise NotFound("There is no such flow.")
    require(request.user, verb, flow.project)
    return flow


def job_of(request: HttpRequest, uid: int, verb: Verb = "view") -> Job:
    job = Job.objects.filter(uid=uid).select_related("project", "folder").first()
    if job is None:
        raise NotFound("There is no such job.")
    require(request.user, verb, job.project)
    return job


def run_of(request: HttpRequest, uid: int, verb: Verb = "view") -> Run:
    run = (
        Run.objects.filter(uid=uid)
        .select_related("project", "flow", "job", "revision", "created_by", "parent__run")
        .first()
    )
    if run is None:
        raise NotFound("There is no such run.")
    require(request.user, verb, run.project)
    return run


def node_run_of(request: HttpRequest, run_uid: int, ordinal: int) -> NodeRun:
    run = run_of(request, run_uid)
    node_run = (
        NodeRun.objects.filter(run=run, ordinal=ordinal)
        .select_related("host", "cluster", "job", "frozen")
        .first()
    )
    if node_run is None:
        raise NotFound("There is no such node in the run.")
    node_run.run = run
    return node_run
