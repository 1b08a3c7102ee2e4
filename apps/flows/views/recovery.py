"""What was brought in order after something broke: hosts lost and back, attempts adopted, orphans ended."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from apps.flows.recoveries import Recovery, recoveries_of
from apps.lib.htmx import page_or_fragment
from apps.projects.queries import project_for

PAGE = 50


@login_required
def recoveries(request: HttpRequest, project: int) -> HttpResponse:
    """Acts on the hosts of the project's clusters, and those that touched its runs."""
    found = project_for(request.user, project)
    page = Paginator(recoveries_of(found), PAGE).get_page(request.GET.get("page"))
    rows = [{"act": act, "runs": _own_runs(act, found.pk)} for act in page]
    context = {"project": found, "page": page, "rows": rows, "nav": "clusters"}
    return page_or_fragment(request, "flows/recoveries.html", "flows/_recovery_list.html", context)


def _own_runs(act: Recovery, project_id: int) -> list[dict[str, Any]]:
    """Those of other projects are not for the eyes of this one."""
    return [run for run in act.runs if run["project"] == project_id]
