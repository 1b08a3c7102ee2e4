"""Who is told what: the rules of a project and of one flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.alerts import actions
from apps.alerts.events import EVENTS
from apps.alerts.forms import posted_rules, rule_rows
from apps.alerts.queries import project_rules
from apps.alerts.rules import GROUP_KEYS
from apps.flows.views.answers import done, refused
from apps.flows.views.reach import flow_of
from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment
from apps.projects.access import granted
from apps.projects.queries import project_for


@login_required
@require_http_methods(["GET", "POST"])
def of_project(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project, "view" if request.method == "GET" else "edit")
    rules = [_as_dict(rule) for rule in project_rules(found)]
    here = reverse("alerts:index", args=[found.ref])
    if request.method == "POST":
        try:
            actions.set_project_rules(found, posted_rules(request.POST, rules), by=request.user)
        except DomainError as error:
            return refused(request, here, error)
        return done(request, here, _("Saved. It holds for everything that happens from now on."))
    context = {
        "project": found,
        "granted": granted(request.user, found),
        "nav": "alerts",
        "tab": "rules",
        "action": here,
        **_shown(rules),
    }
    return page_or_fragment(request, "alerts/index.html", "alerts/_rules.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def of_flow(request: HttpRequest, flow: int) -> HttpResponse:
    """The rules of one flow, for the inspector of the editor or on a page of their own."""
    found = flow_of(request, flow, "view" if request.method == "GET" else "edit")
    here = reverse("alerts:flow", args=[found.ref])
    if request.method == "POST":
        try:
            actions.set_flow_rules(found, posted_rules(request.POST, found.alert_rules), by=request.user)
        except DomainError as error:
            return refused(request, here, error)
        return done(request, here, _("Saved. It holds from the next run on."))
    context = {
        "project": found.project,
        "flow": found,
        "granted": granted(request.user, found.project),
        "nav": "flows",
        "action": here,
        **_shown(found.alert_rules),
    }
    return page_or_fragment(request, "alerts/flow.html", "alerts/_rules.html", context)


def _as_dict(rule: Any) -> dict[str, Any]:
    return {"event": rule.event, "enabled": rule.enabled, **{key: getattr(rule, key) for key in GROUP_KEYS}}


def _shown(rules: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    events = [EVENTS.get(rule["event"]) for rule in rules]
    kept = [event for event in events if event is not None and not event.is_told]
    rows = rule_rows(rules)
    return {"rows": rows, "kept": kept, "nobody": not any(sort["choices"] for sort in rows[0]["sorts"])}
