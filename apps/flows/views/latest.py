"""What goes on, for the pages of projects: the latest run of each, and what each host is busy with."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import ngettext

from apps.engine.drafts import read_graph
from apps.engine.states import State
from apps.flows.models import BUSY_STATES, NodeRun, Run
from apps.flows.views.answers import with_events
from apps.flows.views.reach import job_of, project_of
from apps.projects.access import visible_projects
from apps.projects.models import Host

#: How many nodes are named for one host before the rest is counted.
NAMED_A_HOST = 8


@login_required
def last_states(request: HttpRequest) -> HttpResponse:
    """One piece for each row of the list; htmx puts them where they belong."""
    newest = Run.objects.filter(project=OuterRef("pk"), parent=None).order_by("-id").values("pk")[:1]
    ids = (
        visible_projects(request.user).annotate(last_run=Subquery(newest)).values_list("last_run", flat=True)
    )
    runs = Run.objects.filter(pk__in=[pk for pk in ids if pk]).select_related("project")
    return render(request, "flows/_last_states.html", {"runs": runs})


def running_on(request: HttpRequest, project: int) -> HttpResponse:
    """The node runs of the project that each of its hosts is busy with."""
    found = project_of(request, project)
    hosts = list(Host.objects.filter(cluster__settings__project=found))
    # By host, not by project: what hosts are busy with is little, what a project ever ran is not.
    busy = NodeRun.objects.filter(host_id__in=[host.pk for host in hosts], state__in=BUSY_STATES)
    by_host: dict[int, list[NodeRun]] = {}
    for node_run in busy.select_related("run").order_by("started_at"):
        if node_run.project_id == found.pk:
            by_host.setdefault(node_run.host_id, []).append(node_run)
    rows = []
    for host in hosts:
        nodes = by_host.get(host.pk, [])
        rows.append({"host": host, "nodes": nodes[:NAMED_A_HOST], "rest": len(nodes[NAMED_A_HOST:])})
    return render(request, "flows/_running_on.html", {"rows": rows})


def job_rows(request: HttpRequest, job: int) -> HttpResponse:
    """Under each node of a data flow's drawing: the rows that came out of it when it last succeeded."""
    found = job_of(request, job)
    last = (
        NodeRun.objects.filter(job=found, state=State.SUCCEEDED).only("outputs").order_by("-ended_at").first()
    )
    rows = (last.outputs or {}).get("rows", {}) if last else {}
    drawn = read_graph(found.document.text).nodes if found.document else ()
    notes = [
        [ordinal, {"text": _rows_told(rows[node.id].get("written", 0))}]
        for ordinal, node in enumerate(drawn)
        if node.id in rows
    ]
    return with_events(HttpResponse(status=204), dag_remarks={"notes": notes})


def _rows_told(count: int) -> str:
    told = number_format(count, use_l10n=True, force_grouping=True)
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": told}
