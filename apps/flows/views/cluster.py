"""What an attempt has on its cluster: its jobs there, what they run in, and the logs of that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.flows.cluster_jobs import cluster_jobs_of, container_log, log_names
from apps.flows.models import NodeRun
from apps.flows.views.reach import node_run_of
from apps.jobs.kinds import KINDS
from apps.jobs.outside.lookout import AFTERGLOW
from apps.lib.errors import Busy, NotFound
from apps.lib.htmx import page_or_fragment

#: So many lines of a log are shown: its last ones.
LINES = 1000


def jobs(request: HttpRequest, run: int, ordinal: int) -> HttpResponse:
    node_run = node_run_of(request, run, ordinal)
    asked = request.GET.get("attempt", "")
    number = int(asked) if asked.isdigit() else node_run.attempt
    context = {"run": node_run.run, "node_run": node_run, **cluster_context(node_run, number)}
    return render(request, "flows/_cluster_jobs.html", context)


def cluster_context(node_run: NodeRun, number: int) -> dict[str, Any]:
    """What the fragment shows of an attempt, and whether it looks again by itself."""
    kind = KINDS.get(node_run.kind)
    if kind is None or not kind.outside or not number:
        return {"on_cluster": None}
    found = list(cluster_jobs_of(node_run, number))
    goes_on = any(not job.end for job in found)
    lately = node_run.ended_at and timezone.now() - node_run.ended_at < timedelta(seconds=AFTERGLOW)
    return {
        "on_cluster": [{"job": job, "logs": log_names(job.system)} for job in found],
        "cluster_attempt": number,
        "cluster_looks": node_run.ended_at is None or (goes_on and lately),
    }


def log(request: HttpRequest, run: int, ordinal: int) -> HttpResponse:
    """The end of one log of a container, as a page or below the list of them."""
    node_run = node_run_of(request, run, ordinal)
    ident, container, name = (request.GET.get(key, "") for key in ("job", "container", "log"))
    context: dict[str, Any] = {
        "run": node_run.run,
        "project": node_run.run.project,
        "node_run": node_run,
        "container": container,
        "name": name,
        "fragment": "flows/_container_log.html",
    }
    try:
        lines, _ = container_log(node_run, ident, container, name)
        context |= {"text": "\n".join(lines[-LINES:]), "left_out": max(0, len(lines) - LINES)}
    except (NotFound, Busy) as error:
        context["trouble"] = error.message
    return page_or_fragment(request, "flows/run_tab.html", "flows/_container_log.html", context)
