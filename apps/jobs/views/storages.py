"""The storages of a project: made, changed and forgotten by those who manage it."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.jobs import storing
from apps.jobs.models import Storage
from apps.jobs.storage_forms import StorageForm
from apps.lib.errors import NotFound
from apps.lib.htmx import page_or_fragment
from apps.projects.forms import submit
from apps.projects.models import Project
from apps.projects.queries import project_for
from apps.projects.views.projects import leave


@login_required
def new(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project, "manage")
    form = StorageForm(request.POST or None, instance=Storage(project=found))
    made: list[Storage] = []
    if request.method == "POST" and submit(
        form, lambda: made.append(storing.create_storage(found, by=request.user, **form.cleaned_data))
    ):
        return leave(request, _page_of(made[0]))
    return _dialog(request, found, form)


@login_required
def edit(request: HttpRequest, project: int, storage: int) -> HttpResponse:
    """Change a storage, or forget it."""
    found = project_for(request.user, project, "manage")
    row = found.storages.filter(uid=storage).first()
    if row is None:
        raise NotFound(_("There is no such storage in this project."))
    if request.POST.get("action") == "delete":
        storing.delete_storage(row, by=request.user)
        messages.success(request, _("The storage is forgotten. What lies in it is still there."))
        return leave(request, reverse("jobs:resources", args=[found.ref]))
    form = StorageForm(request.POST or None, instance=copy(row))
    if request.method == "POST" and submit(
        form, lambda: storing.update_storage(row, by=request.user, **form.cleaned_data)
    ):
        messages.success(request, _("Saved."))
        return leave(request, _page_of(row))
    return _dialog(request, found, form, row)


def _dialog(
    request: HttpRequest, project: Project, form: StorageForm, storage: Storage | None = None
) -> HttpResponse:
    context = {"project": project, "form": form, "storage": storage, "nav": "resources"}
    status = 422 if form.errors else 200
    return page_or_fragment(request, "jobs/storage.html", "jobs/_storage.html", context, status)


def _page_of(storage: Storage) -> str:
    return f"{reverse('jobs:resources', args=[storage.project.ref])}?store={storage.ref}"
