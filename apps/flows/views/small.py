"""Small pieces that the shell asks for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.flows.models import Flow
from apps.flows.queries import open_runs
from apps.flows.views.reach import project_of

FOUND = 8


def find(request: HttpRequest, project: int) -> HttpResponse:
    """Flows for the command palette."""
    found = project_of(request, project)
    text = request.GET.get("q", "").strip()
    flows = Flow.objects.filter(project=found).only("uid", "name")
    if text:
        flows = flows.filter(name__icontains=text)
    return render(request, "flows/_find.html", {"flows": flows.order_by("-modified_at")[:FOUND]})


def running(request: HttpRequest, project: int) -> HttpResponse:
    """How many runs are going on, for the top of every page."""
    found = project_of(request, project)
    return render(request, "flows/_running.html", {"project": found, "count": open_runs(found).count()})
