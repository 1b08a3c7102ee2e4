"""Doing one thing to many runs of a list: POST shows what it touches, POST again does it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.flows.bulk import MOST, Operation, do_to_runs, what_is_touched
from apps.flows.models import Run
from apps.flows.queries import project_runs
from apps.flows.views.reach import project_of
from apps.flows.views.runs import filtered
from apps.lib.errors import Invalid
from apps.lib.ids import read
from apps.projects.access import visible_projects
from apps.projects.models import Project

SHOWN = 20


@require_POST
def bulk(request: HttpRequest, project: int) -> HttpResponse:
    found = project_of(request, project, "run")
    if request.POST.get("operation") not in set(Operation):
        raise Invalid(_("There is no such operation."), field="operation")
    operation = Operation(request.POST["operation"])
    rows = _chosen(found, request.POST)
    runs = list(rows.order_by("id")[: MOST + 1])
    context: dict[str, Any] = {
        "project": found,
        "operation": operation.value,
        "words": _words(operation),
        "nav": "runs",
        "most": MOST,
        "more": len(runs) > MOST,
    }
    touched = what_is_touched(operation, runs[:MOST])
    if "confirmed" in request.POST:
        context["results"] = do_to_runs(operation, touched.runs, by=request.user)
        context["refused"] = [each for each in context["results"] if each.refused]
        context["done"] = len(context["results"]) - len(context["refused"])
        return render(request, "flows/bulk.html", context)
    visible = set(visible_projects(request.user).values_list("pk", flat=True))
    downstream = [flow for flow in touched.downstream if flow.project_id in visible]
    context |= {
        "touched": touched,
        "shown": touched.runs[:SHOWN],
        "rest": max(0, len(touched.runs) - SHOWN),
        "left_out": touched.left_out[:SHOWN],
        "left_out_rest": max(0, len(touched.left_out) - SHOWN),
        "downstream": downstream,
        "hidden_downstream": len(touched.downstream) - len(downstream),
    }
    return render(request, "flows/bulk.html", context)


def _chosen(project: Project, data: QueryDict) -> QuerySet[Run]:
    """The rows that were ticked, or all that the filter finds."""
    rows = project_runs(project)
    if "all" in data:
        return filtered(rows, project, QueryDict(data.get("filter", "")))
    return rows.filter(uid__in=[uid for text in data.getlist("run") if (uid := read(text))])


def _words(operation: Operation) -> dict[str, str]:
    title, verb = {
        Operation.KILL: (_("Kill runs"), _("Kill")),
        Operation.SUSPEND: (_("Suspend runs"), _("Suspend")),
        Operation.RESUME: (_("Resume runs"), _("Resume")),
        Operation.RERUN: (_("Run again"), _("Rerun")),
        Operation.RERUN_FAILED: (_("Run what failed again"), _("Rerun failed")),
    }[operation]
    return {"title": title, "verb": verb}
