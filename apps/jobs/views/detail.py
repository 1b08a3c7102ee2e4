"""One job: its content, its settings, what its parameters become, and its runs."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import reselect, retarget, trigger_client_event

from apps.jobs import actions
from apps.jobs.checks import read_object
from apps.jobs.forms import JobForm, PairsField
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job
from apps.jobs.queries import job_for, preview
from apps.jobs.views.dataflow import editor
from apps.lib.errors import Invalid
from apps.projects.access import granted
from apps.projects.forms import submit
from apps.projects.queries import folder_tree


class SamePost(HttpResponseRedirect):
    """Sends the browser on with the form it has just sent."""

    status_code = 307


@login_required
def detail(request: HttpRequest, job: int) -> HttpResponse:
    found = job_for(request.user, job, "view" if request.method == "GET" else "edit")
    if request.method == "GET" and found.document is not None:
        return editor(request, found)
    form = JobForm(request.POST or None, instance=copy(found))
    if request.method == "POST" and submit(
        form, lambda: actions.update_job(found, by=request.user, **form.cleaned_data)
    ):
        if request.POST.get("then") == "run":
            # Running is the business of flows: the same form goes on to it, once all is saved.
            return SamePost(reverse("flows:run_job", args=[found.ref]))
        return _saved(request, found)
    paths = {branch.folder.pk: branch for branch in folder_tree(found.project, found.folder.tree)}
    context = {
        "project": found.project,
        "granted": granted(request.user, found.project),
        "job": found,
        "kind": KINDS.get(found.kind),
        "form": form,
        "branch": paths[found.folder_id],
        "flows": found.used_by.select_related("flow").order_by("flow__name"),
        "nav": "jobs",
    }
    response = render(request, "jobs/detail.html", context, status=422 if form.errors else 200)
    return reselect(retarget(response, "#main"), "#main > *") if request.htmx else response


def _saved(request: HttpRequest, job: Job) -> HttpResponse:
    """Who writes code keeps the cursor where it is: the page stays, and says so."""
    if request.htmx:
        toast = {"level": "success", "text": _("Saved.")}
        return trigger_client_event(HttpResponse(status=204), "toast", toast)
    messages.success(request, _("Saved."))
    return redirect("jobs:detail", job.ref)


@login_required
@require_POST
def preview_values(request: HttpRequest, job: int) -> HttpResponse:
    """What every `${…}` of the form, as it stands unsaved, would become now."""
    found = job_for(request.user, job)
    trouble, mentions = "", []
    # Who may not edit has a form that sends nothing.
    given = request.POST.get("params_text", found.params_text)
    content = request.POST.get("content", found.content)
    try:
        params = read_object(PairsField().clean(given), field="params_text")
        mentions = preview(found, params, content, timezone.now())
    except Invalid as error:
        trouble = error.message
    except ValidationError as error:
        trouble = " ".join(error.messages)
    context = {"mentions": mentions, "trouble": trouble, "project": found.project}
    return render(request, "jobs/_preview.html", context)
