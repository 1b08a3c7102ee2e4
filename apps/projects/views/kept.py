"""For how long a project keeps what it gathers, and what that would remove now."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.lib.htmx import page_or_fragment
from apps.projects.access import granted
from apps.projects.actions import set_retention
from apps.projects.forms import RetentionForm, submit
from apps.projects.models import Project
from apps.projects.queries import project_for
from apps.projects.retention import cutoff, kept_things


@login_required
def retention(request: HttpRequest, project: int) -> HttpResponse:
    """GET with the fields of the form tells what they would remove, and changes nothing."""
    found = project_for(request.user, project, "view" if request.method == "GET" else "manage")
    asked = request.POST if request.method == "POST" else (request.GET or None)
    form = RetentionForm(asked, project=found)
    if request.method == "POST" and submit(
        form, lambda: set_retention(found, form.cleaned_data, by=request.user)
    ):
        messages.success(request, _("Saved."))
        return redirect("projects:retention", found.ref)
    context = {
        "project": found,
        "granted": granted(request.user, found),
        "nav": "settings",
        "tab": "retention",
        "form": form,
        "rows": _rows(found, form),
    }
    status = 422 if form.errors else 200
    return page_or_fragment(
        request, "projects/settings_retention.html", "projects/_retention.html", context, status
    )


def _rows(project: Project, form: RetentionForm) -> list[dict[str, Any]]:
    """Each thing with its field and how many of it the days in the field would remove."""
    now = timezone.now()
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else project.retention
    rows = []
    for name, kept in kept_things().items():
        days = chosen.get(name)
        before = cutoff(kept.default_days if days is None else days, now)
        count = kept.count(project, before) if before else 0
        rows.append({"kept": kept, "field": form[name], "count": count, "before": before})
    return rows
