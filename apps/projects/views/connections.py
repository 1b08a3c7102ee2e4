"""The databases that a project's jobs may ask."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.lib.htmx import page_or_fragment
from apps.projects.connections import create_connection, delete_connection, update_connection
from apps.projects.forms import ConnectionForm, submit
from apps.projects.queries import project_for
from apps.projects.views.projects import leave
from apps.projects.views.settings import tab_page


@login_required
def connections(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project, "view" if request.method == "GET" else "manage")
    form = ConnectionForm(request.POST or None)
    if request.method == "POST" and submit(
        form, lambda: create_connection(found, by=request.user, **form.cleaned_data)
    ):
        messages.success(request, _("Connection %(name)s is there.") % form.cleaned_data)
        return redirect("projects:connections", found.ref)
    return tab_page(request, found, "connections", form=form, connections=found.connections.all())


@login_required
def connection(request: HttpRequest, project: int, connection: int) -> HttpResponse:
    """Change one connection, or remove it."""
    found = project_for(request.user, project, "manage")
    row = get_object_or_404(found.connections.select_related("project"), pk=connection)
    back = reverse("projects:connections", args=[found.ref])
    if request.POST.get("action") == "remove":
        delete_connection(row, by=request.user)
        messages.success(request, _("Deleted."))
        return leave(request, back)
    form = ConnectionForm(request.POST or None, instance=copy(row))
    if request.method == "POST" and submit(
        form, lambda: update_connection(row, by=request.user, **form.cleaned_data)
    ):
        messages.success(request, _("Saved."))
        return leave(request, back)
    context = {"project": found, "connection": row, "form": form, "nav": "settings"}
    status = 422 if form.errors else 200
    return page_or_fragment(request, "projects/connection.html", "projects/_connection.html", context, status)
