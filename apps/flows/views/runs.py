"""Lists of runs: of a project, its latest, and of one job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from apps.engine.states import RUN_TRANSITIONS
from apps.flows.models import STATES, Flow, Run
from apps.flows.queries import (
    USUAL_OVER,
    first_failures,
    job_runs,
    latest_runs,
    project_runs,
    usual_durations,
)
from apps.flows.views.reach import job_of, project_of
from apps.flows.why import why_run
from apps.lib.htmx import page_or_fragment
from apps.lib.ids import read
from apps.projects.access import can
from apps.projects.models import Project

RUNS_A_PAGE = 50
RECENT_RUNS = 8
#: What a run can be, in the order of its life.
RUN_STATES = [(state, word) for state, word in STATES if state in RUN_TRANSITIONS]


def runs(request: HttpRequest, project: int) -> HttpResponse:
    found = project_of(request, project)
    context = {
        "project": found,
        "may_run": can(request.user, "run", found),
        "nav": "runs",
        "states": RUN_STATES,
        "triggers": Run.Trigger.choices,
        **_run_table(found, request.GET),
    }
    return page_or_fragment(request, "flows/runs.html", "flows/_run_table.html", context)


def recent(request: HttpRequest, project: int) -> HttpResponse:
    """The last few runs, for the home page of the project."""
    found = project_of(request, project)
    rows = run_rows(latest_runs(found, RECENT_RUNS))
    return render(request, "flows/_recent.html", {"project": found, "rows": rows})


def of_job(request: HttpRequest, job: int) -> HttpResponse:
    """The runs of one job, alone and in flows, for its page."""
    found = job_of(request, job)
    rows = list(job_runs(found)[:20])
    return render(request, "flows/_job_runs.html", {"job": found, "project": found.project, "rows": rows})


def _run_table(project: Project, query: QueryDict) -> dict[str, Any]:
    """A page of runs, and where the next one starts: by id, since new ones come in at the top."""
    rows = filtered(project_runs(project), project, query)
    before = query.get("before", "")
    if before.isdigit():
        rows = rows.filter(pk__lt=int(before))
    window = list(rows[: RUNS_A_PAGE + 1])
    page = window[:RUNS_A_PAGE]
    kept = query.copy()
    kept.pop("before", None)
    return {
        "rows": run_rows(page),
        "filters": {name: query.get(name, "") for name in ("state", "flow", "trigger", "q")},
        "flow": Flow.objects.filter(project=project, uid=read(query.get("flow", "")) or 0).first(),
        "kept": kept.urlencode(),
        "filtered": any(query.get(name) for name in ("state", "flow", "trigger", "q")),
        "older": page[-1].pk if len(window) > len(page) else None,
        "newest": not query.get("before"),
        "first": page[0].pk if page else 0,
    }


def filtered(rows: QuerySet[Run], project: Project, query: QueryDict) -> QuerySet[Run]:
    if query.get("state") in dict(RUN_STATES):
        rows = rows.filter(state=query["state"])
    if query.get("trigger") in Run.Trigger.values:
        rows = rows.filter(trigger=query["trigger"])
    if query.get("flow"):
        rows = rows.filter(flow__uid=read(query["flow"]) or 0)
    text = query.get("q", "").strip()
    if text:
        uid = read(text.removeprefix("FI-"))
        rows = rows.filter(uid=uid) if uid else rows.filter(name__icontains=text)
    return rows


def run_rows(page: Sequence[Run]) -> list[dict[str, Any]]:
    """Each run with how long it took against the usual, and where it failed."""
    now = timezone.now()
    usual = usual_durations((run.flow_id for run in page if run.flow_id), now - USUAL_OVER)
    failures = first_failures(run.pk for run in page if run.failed)
    return [
        _run_row(run, usual.get(run.flow_id or 0), next(iter(failures.get(run.pk, ())), None), now)
        for run in page
    ]


def _run_row(run: Run, usual: timedelta | None, failure: Any, now: Any) -> dict[str, Any]:
    took = (run.ended_at or now) - run.started_at if run.started_at else None
    share = min(200, round(100 * took / usual)) if took is not None and usual else None
    return {"run": run, "took": took, "usual": usual, "share": share, "why": why_run(run), "failure": failure}
