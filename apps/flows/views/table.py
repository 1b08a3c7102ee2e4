"""What the table of a flow's nodes shows and changes of their jobs."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.flows.models import Flow
from apps.flows.views.reach import flow_of
from apps.jobs.actions import update_job
from apps.jobs.checks import read_object
from apps.jobs.models import MAX_RETRY, MAX_RETRY_INTERVAL, Job
from apps.lib.errors import DomainError, Invalid
from apps.lib.ids import read, spell

COLUMNS = ("run_as", "max_retry", "retry_interval", "max_running_seconds", "fail_act")
TYPES = {"fail_act": str, "run_as": str}
OF_ROW = COLUMNS[1:]
LIMITS = {"max_retry": MAX_RETRY, "retry_interval": MAX_RETRY_INTERVAL}


@require_http_methods(["GET", "POST"])
def job_settings(request: HttpRequest, flow: int) -> JsonResponse:
    """The settings of the jobs that the flow uses, by job; changed all at once or not at all."""
    found = flow_of(request, flow, "edit" if request.method == "POST" else "view")
    if request.method == "POST":
        try:
            with transaction.atomic():
                for job, fields in _changes(request, found):
                    update_job(job, by=request.user, **fields)
        except DomainError as error:
            return JsonResponse({"message": error.message, "field": error.field}, status=422)
    jobs = {
        spell(uid): {"run_as": _run_as(run_conf), **dict(zip(OF_ROW, values, strict=True))}
        for uid, run_conf, *values in _jobs(found).values_list("uid", "run_conf_text", *OF_ROW)
    }
    choices = {"fail_act": [[str(value), str(label)] for value, label in Job.FailAct.choices]}
    return JsonResponse({"jobs": jobs, "choices": choices, "limits": LIMITS})


def _run_as(run_conf: str) -> str:
    try:
        return str(read_object(run_conf, field="run_conf_text").get("userName") or "")
    except Invalid:
        return ""


def _fields(job: Job, changes: dict[str, Any]) -> dict[str, Any]:
    """What is set of the job. Whom it runs as stands among its run settings, which keep all else."""
    if "run_as" not in changes:
        return changes
    user = changes["run_as"].strip()
    kept = read_object(job.run_conf_text, field="run_conf_text")
    if user:
        kept["userName"] = user
    else:
        kept.pop("userName", None)
    rest = {name: value for name, value in changes.items() if name != "run_as"}
    return rest | {"run_conf_text": json.dumps(kept, ensure_ascii=False) if kept else ""}


def _jobs(flow: Flow) -> Any:
    return Job.objects.filter(project=flow.project_id, used_by__flow=flow).distinct()


def _changes(request: HttpRequest, flow: Flow) -> list[tuple[Job, dict[str, Any]]]:
    """The jobs to change, with what to set. Raises Invalid."""
    try:
        wanted = json.loads(request.body)["jobs"]
        fields = {read(ref): dict(changes) for ref, changes in wanted.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid(_("Changes come as {“jobs”: {job: {setting: value}}}.")) from None
    if None in fields or any(set(changes) - set(COLUMNS) for changes in fields.values()):
        raise Invalid(_("Only these settings are changed here: {names}.").format(names=", ".join(COLUMNS)))
    for changes in fields.values():
        for name, value in changes.items():
            if type(value) is not TYPES.get(name, int):
                raise Invalid(
                    _("“{value}” is no value for {name}.").format(value=value, name=name), field=name
                )
    jobs = list(_jobs(flow).filter(uid__in=fields).select_related("project", "folder"))
    if len(jobs) < len(fields):
        raise Invalid(_("A job is not one of this flow."))
    return [(job, _fields(job, fields[job.uid])) for job in jobs]
