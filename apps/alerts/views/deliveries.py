"""What was told to whom, and the proof."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.alerts import actions
from apps.alerts.queries import project_deliveries, with_state
from apps.flows.views.answers import done, refused
from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment
from apps.projects.access import granted
from apps.projects.queries import project_for

PAGE = 50


@login_required
def deliveries(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project)
    state = request.GET.get("state", "")
    rows = with_state(project_deliveries(found), state)
    context = {
        "project": found,
        "granted": granted(request.user, found),
        "nav": "alerts",
        "tab": "deliveries",
        "state": state,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "query": f"state={state}&" if state else "",
    }
    return page_or_fragment(request, "alerts/deliveries.html", "alerts/_deliveries.html", context)


@login_required
def delivery(request: HttpRequest, project: int, delivery: int) -> HttpResponse:
    """One message with every try to send it."""
    found = project_for(request.user, project)
    row = get_object_or_404(project_deliveries(found), pk=delivery)
    context = {
        "project": found,
        "granted": granted(request.user, found),
        "nav": "alerts",
        "tab": "deliveries",
        "delivery": row,
    }
    return page_or_fragment(request, "alerts/delivery.html", "alerts/_delivery.html", context)


@login_required
@require_POST
def replay(request: HttpRequest, project: int, delivery: int) -> HttpResponse:
    found = project_for(request.user, project, "run")
    row = get_object_or_404(project_deliveries(found), pk=delivery)
    here = reverse("alerts:deliveries", args=[found.ref])
    try:
        actions.replay(row, by=request.user)
    except DomainError as error:
        return refused(request, here, error)
    said = _("The message to %(name)s is sent again.") % {"name": row.receiver_name}
    return done(request, here, said, alerts_changed={})
