"""The date-parameter lab beside a node: what its parameters become on a date that one chooses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from apps.flows.lab import lab_of
from apps.flows.models import Flow
from apps.flows.views.reach import flow_of
from apps.jobs.checks import read_object
from apps.jobs.models import Job
from apps.lib.errors import Invalid, NotFound
from apps.lib.ids import read


@require_POST
def parameters(request: HttpRequest, flow: int) -> HttpResponse:
    """Of the job `?job=`, with the content and the parameters of the form as they stand unsaved."""
    found = flow_of(request, flow)
    uid = read(request.GET.get("job", ""))
    job = Job.objects.filter(project=found.project, uid=uid or 0).first()
    if job is None:
        raise NotFound("There is no such job.")
    return render(request, "flows/_lab_rows.html", {"flow": found, **_looked_up(request, found, job)})


def _looked_up(request: HttpRequest, flow: Flow, job: Job) -> dict[str, Any]:
    content = request.POST.get("content", job.content)
    lab = lab_of(flow, timezone.now())
    if at := _asked(request.POST.get("lab_at", "")):
        lab = lab_of(flow, at.replace(tzinfo=lab.context.zone) if timezone.is_naive(at) else at)
    try:
        params = read_object(request.POST.get("params_text", job.params_text), field="params_text")
    except Invalid as error:
        return {"trouble": error.message, "lab": lab}
    return {"lab": lab, "rows": lab.rows(job, params, content)}


def _asked(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None
