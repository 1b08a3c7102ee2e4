"""Doing one thing to many runs of a list: POST shows what it touches, POST again does it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.flows.bulk import FOR, MOST, Operation, do_to_runs, what_is_touched
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
    confirmed = "confirmed" in request.POST
    show = _done if confirmed else _preview
    context = {
        "project": found,
        "operation": operation.value,
        "words": _words(operation),
        "nav": "runs",
        "most": MOST,
        "filter": request.POST.get("filter", ""),
        **show(request, found, operation),
    }
    return render(request, "flows/bulk.html", context)


def _preview(request: HttpRequest, project: Project, operation: Operation) -> dict[str, Any]:
    """What would be touched: the runs that were ticked, or the next of all that the filter finds."""
    data, batch = request.POST, {}
    if "all" in data:
        rows = _matching(project, data)
        wanted = _next_of(rows, operation, data)
        runs = list(wanted.order_by("id")[:MOST])
        total = wanted.count()
        batch = {
            "total": total,
            "others": 0 if data.get("after") else rows.count() - total,
            "after": runs[-1].pk if total > len(runs) else "",
        }
    else:
        runs = _ticked(project, data)
    touched = what_is_touched(operation, runs)
    visible = set(visible_projects(request.user).values_list("pk", flat=True))
    downstream = [flow for flow in touched.downstream if flow.project_id in visible]
    return batch | {
        "touched": touched,
        "shown": touched.runs[:SHOWN],
        "rest": max(0, len(touched.runs) - SHOWN),
        "left_out": touched.left_out[:SHOWN],
        "left_out_rest": max(0, len(touched.left_out) - SHOWN),
        "downstream": downstream,
        "hidden_downstream": len(touched.downstream) - len(downstream),
    }


def _done(request: HttpRequest, project: Project, operation: Operation) -> dict[str, Any]:
    data = request.POST
    touched = what_is_touched(operation, _ticked(project, data))
    results = do_to_runs(operation, touched.runs, by=request.user)
    refused = [(each.run, each.refused) for each in results if each.refused] + list(touched.left_out)
    done = [each.run.pk for each in results if not each.refused]
    shown = project_runs(project).filter(pk__in=done).order_by("id")[:SHOWN]
    after = data.get("after", "")
    return {
        "is_done": True,
        "done": len(done),
        "shown": list(shown),
        "rest": max(0, len(done) - SHOWN),
        "refused": refused,
        "after": after,
        "remaining": _next_of(_matching(project, data), operation, data).count() if after else 0,
    }


def _ticked(project: Project, data: QueryDict) -> list[Run]:
    uids = {uid for text in data.getlist("run") if (uid := read(text))}
    if len(uids) > MOST:
        raise Invalid(_("At most {most} runs are done at a time.").format(most=MOST), field="run")
    return list(project_runs(project).filter(uid__in=uids).order_by("id"))


def _matching(project: Project, data: QueryDict) -> QuerySet[Run]:
    return filtered(project_runs(project), project, QueryDict(data.get("filter", "")))


def _next_of(rows: QuerySet[Run], operation: Operation, data: QueryDict) -> QuerySet[Run]:
    """Those that the operation is for and that were not shown yet: batches go by id, oldest first."""
    after = data.get("after", "")
    rows = rows.filter(state__in=FOR[operation])
    return rows.filter(pk__gt=int(after)) if after.isdecimal() else rows


def _words(operation: Operation) -> dict[str, str]:
    title, verb = {
        Operation.KILL: (_("Kill runs"), _("Kill")),
        Operation.SUSPEND: (_("Suspend runs"), _("Suspend")),
        Operation.RESUME: (_("Resume runs"), _("Resume")),
        Operation.RERUN: (_("Run again"), _("Rerun")),
        Operation.RERUN_FAILED: (_("Run what failed again"), _("Rerun failed")),
    }[operation]
    return {"title": title, "verb": verb}
