from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.flows.models import Run
from apps.flows.runs import submit_job
from apps.gateways.rest.paging import ByName
from apps.gateways.rest.reach import job_for, project_for, run_for
from apps.gateways.rest.views.view import ListView, View, cluster_in, folder_in, given, made, named
from apps.gateways.rest.wire.jobs import NAMES, JobRow, JobRunWire, JobWire
from apps.gateways.rest.wire.runs import RunWire
from apps.jobs.actions import create_job, delete_job, update_job
from apps.jobs.models import Job
from apps.projects.models import Project


class Jobs(ListView):
    """The jobs of a project, without their content."""

    queryset = Job.objects.none()
    serializer_class = JobRow
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Job]:
        project = project_for(self.request.user, self.kwargs["project"])
        return (
            Job.objects.filter(project=project)
            .select_related("project", "folder", "cluster", "created_by", "modified_by")
            .defer("content", "source_text")
        )

    @extend_schema(request=JobWire, responses={201: JobWire})
    def post(self, request: Request, project: int) -> Response:
        found = project_for(request.user, project, "edit")
        fields = _fields(found, given(JobWire, request))
        with named(NAMES):
            job = create_job(found, by=request.user, **fields)
        return made(JobWire, _with_resources(job))


class OneJob(View):
    @extend_schema(responses=JobWire)
    def get(self, request: Request, job: int) -> Response:
        return Response(JobWire(_with_resources(job_for(request.user, job))).data)

    @extend_schema(request=JobWire, responses=JobWire)
    def patch(self, request: Request, job: int) -> Response:
        """Change what is given. A job's kind stays."""
        found = job_for(request.user, job, "edit")
        fields = _fields(found.project, given(JobWire, request, partial=True))
        with named(NAMES):
            changed = update_job(found, by=request.user, **fields)
        return Response(JobWire(_with_resources(changed)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, job: int) -> Response:
        """Delete the job. Refused while a flow uses it or a run of it goes on."""
        delete_job(job_for(request.user, job, "edit"), by=request.user)
        return Response(status=204)


class RunJob(View):
    @extend_schema(request=JobRunWire, responses={201: RunWire})
    def post(self, request: Request, job: int) -> Response:
        """Run the job alone. While a run of it goes on, that run is the answer."""
        found = job_for(request.user, job, "run")
        how = given(JobRunWire, request)
        if how.get("content") is not None:
            job_for(request.user, job, "edit")  # other content is another job
        how["cluster"] = cluster_in(found.project, how.get("cluster"))
        run = submit_job(found, by=request.user, trigger=Run.Trigger.API, **how)
        return made(RunWire, run_for(request.user, run.uid))


def _fields(project: Project, found: dict[str, Any]) -> dict[str, Any]:
    """What was read as the actions want it: rows for ids, pairs for resources."""
    if "folder" in found:
        found["folder"] = folder_in(project, found["folder"])
    if "cluster" in found:
        found["cluster"] = cluster_in(project, found["cluster"])
    if "resource_list" in found:
        resources = found.pop("resource_list")
        found["resources"] = [(resource["path"], resource.get("alias", "")) for resource in resources]
    return found


def _with_resources(job: Job) -> Job:
    job.resource_list = list(job.resources.all())  # type: ignore[attr-defined]
    return job
