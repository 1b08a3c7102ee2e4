"""The latest run of each project, for the list of projects."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.flows.models import Run
from apps.projects.access import visible_projects


@login_required
def last_states(request: HttpRequest) -> HttpResponse:
    """One piece for each row of the list; htmx puts them where they belong."""
    newest = Run.objects.filter(project=OuterRef("pk"), parent=None).order_by("-id").values("pk")[:1]
    ids = (
        visible_projects(request.user).annotate(last_run=Subquery(newest)).values_list("last_run", flat=True)
    )
    runs = Run.objects.filter(pk__in=[pk for pk in ids if pk]).select_related("project")
    return render(request, "flows/_last_states.html", {"runs": runs})
