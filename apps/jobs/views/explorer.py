"""The folders of jobs and what is in them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.jobs import actions
from apps.jobs.checks import JOB_TREES
from apps.jobs.forms import MoveJobForm, NewJobForm
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job
from apps.jobs.queries import job_for, listed_jobs
from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment
from apps.lib.ids import read
from apps.projects.access import granted
from apps.projects.forms import submit
from apps.projects.models import Folder
from apps.projects.queries import Branch, folder_tree, project_for
from apps.projects.views.projects import leave

JOBS_A_PAGE = 100
FOUND = 8


@login_required
def job_list(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project)
    branches = folder_tree(found, *JOB_TREES)
    chosen = _chosen(branches, request.GET.get("folder", ""))
    search, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    # A search looks everywhere: who searches does not know where it is.
    folders = None if search else _below(branches, chosen)
    rows = listed_jobs(found, folders=folders, search=search, kind=kind)
    page = Paginator(rows, JOBS_A_PAGE).get_page(request.GET.get("page"))
    query = {"folder": chosen.folder.ref, "q": search, "kind": kind}
    context = {
        "project": found,
        "granted": granted(request.user, found),
        "branches": branches,
        "chosen": chosen,
        "rows": _rows(page, branches),
        "page": page,
        "page_query": urlencode({name: value for name, value in query.items() if value}) + "&",
        "q": search,
        "nav": "jobs",
    }
    return page_or_fragment(request, "jobs/list.html", "jobs/_explorer.html", context)


@login_required
def job_new(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project, "edit")
    form = NewJobForm(request.POST or None, project=found, initial={"folder": request.GET.get("in")})
    made: list[Job] = []
    if request.method == "POST" and submit(
        form, lambda: made.append(actions.create_job(found, by=request.user, **form.cleaned_data))
    ):
        return leave(request, reverse("jobs:detail", args=[made[0].ref]))
    context = {"project": found, "form": form, "nav": "jobs"}
    return page_or_fragment(request, "jobs/new.html", "jobs/_new.html", context, 422 if form.errors else 200)


@login_required
def move(request: HttpRequest, job: int) -> HttpResponse:
    """Rename a job, or put it into another folder."""
    found = job_for(request.user, job, "edit")
    initial = {"name": found.name, "folder": found.folder}
    form = MoveJobForm(request.POST or None, project=found.project, initial=initial)
    if request.method == "POST" and submit(
        form, lambda: actions.update_job(found, by=request.user, **form.cleaned_data)
    ):
        return leave(request, reverse("jobs:detail", args=[found.ref]))
    context = {"project": found.project, "job": found, "form": form, "nav": "jobs"}
    return page_or_fragment(
        request, "jobs/move.html", "jobs/_move.html", context, 422 if form.errors else 200
    )


@login_required
@require_POST
def clone(request: HttpRequest, job: int) -> HttpResponse:
    found = job_for(request.user, job, "edit")
    made = actions.clone_job(found, by=request.user)
    messages.success(request, _("%(old)s is cloned as %(new)s.") % {"old": found.name, "new": made.name})
    return redirect("jobs:detail", made.ref)


@login_required
def delete(request: HttpRequest, job: int) -> HttpResponse:
    """Ask first, naming the flows that use it; those forbid it."""
    found = job_for(request.user, job, "edit")
    trouble = ""
    if request.method == "POST":
        try:
            actions.delete_job(found, by=request.user)
        except DomainError as error:
            trouble = error.message
        else:
            messages.success(request, _("Job %(name)s is deleted.") % {"name": found.name})
            page = reverse("jobs:list", args=[found.project.ref])
            return leave(request, f"{page}?folder={found.folder.ref}")
    context = {"project": found.project, "job": found, "trouble": trouble, "nav": "jobs"}
    context["flows"] = found.used_by.select_related("flow").order_by("flow__name")
    return page_or_fragment(
        request, "jobs/delete.html", "jobs/_delete.html", context, 422 if trouble else 200
    )


@login_required
def find(request: HttpRequest, project: int) -> HttpResponse:
    """Jobs for the command palette."""
    found = project_for(request.user, project)
    search = request.GET.get("q", "").strip()
    jobs = listed_jobs(found, search=search)[:FOUND] if search else []
    rows = [{"job": job, "kind": KINDS.get(job.kind)} for job in jobs]
    return render(request, "jobs/_find.html", {"rows": rows})


def _chosen(branches: list[Branch], ref: str) -> Branch:
    uid = read(ref)
    return next((branch for branch in branches if branch.folder.uid == uid), branches[0])


def _below(branches: list[Branch], chosen: Branch) -> list[Folder]:
    """The chosen folder and all in it: what follows it in the tree and lies deeper."""
    start = branches.index(chosen)
    folders = [chosen.folder]
    for branch in branches[start + 1 :]:
        if branch.depth <= chosen.depth:
            break
        folders.append(branch.folder)
    return folders


def _rows(jobs: Any, branches: list[Branch]) -> list[dict[str, Any]]:
    paths = {branch.folder.pk: branch.path for branch in branches}
    return [{"job": job, "kind": KINDS.get(job.kind), "path": paths.get(job.folder_id, "")} for job in jobs]
