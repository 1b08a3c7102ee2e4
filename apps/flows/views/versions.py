"""The versions of a flow: publishing one, comparing two, taking one back."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.flows.actions import follow_draft, publish_flow
from apps.flows.forms import PublishForm
from apps.flows.models import Flow, Schedule
from apps.flows.versions import (
    DRAFT,
    Version,
    changes,
    compared,
    jobs_since,
    restore,
    restore_jobs,
    restoring,
    unpublished,
    version_of,
)
from apps.flows.views.answers import blame, done, form_or_page, refused
from apps.flows.views.reach import flow_of
from apps.lib.errors import DomainError, NotFound
from apps.projects.access import can

CHOICES = 200
#: More changes than this are painted, and not told one by one.
TOLD = 300


@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, flow: int) -> HttpResponse:
    found = flow_of(request, flow, "edit")
    form = PublishForm(request.POST or None)
    back = reverse("flows:edit", args=[found.ref])
    if request.method == "POST" and form.is_valid():
        try:
            revision = publish_flow(found, by=request.user, message=form.cleaned_data["message"])
        except DomainError as error:
            blame(form, error)
        else:
            said = _("Version %(number)d is published.") % {"number": revision.number}
            return done(request, back, said, flow_published={"number": revision.number}, modal_close={})
    context = {"flow": found, "project": found.project, "form": form, **publishing(found)}
    return form_or_page(request, "flows/_publish.html", _("Publish"), context)


@require_GET
def unpublished_changes(request: HttpRequest, flow: int) -> HttpResponse:
    """How the draft differs from what is published, in a few words."""
    found = flow_of(request, flow)
    return render(request, "flows/_unpublished.html", {"flow": found, **publishing(found)})


def publishing(flow: Flow) -> dict[str, Any]:
    found = unpublished(flow)
    return {
        "published": flow.published,
        "differs": found is not None,
        "changed_nodes": sum(sort != "moved" for sort in found.nodes.values()) if found else 0,
        "scheduled": Schedule.objects.filter(flow=flow, enabled=True).exists(),
    }


@require_GET
def compare(request: HttpRequest, flow: int) -> HttpResponse:
    """Two versions on one drawing, and what differs in words: ?from=3&to=draft."""
    found = flow_of(request, flow)
    numbers = list(found.revisions.values_list("number", "message")[:CHOICES])
    before, after = _chosen(request, found, [number for number, _message in numbers])
    context = {
        "nav": "flows",
        "flow": found,
        "project": found.project,
        "may_edit": can(request.user, "edit", found.project),
        "versions": numbers,
        "before": before,
        "after": after,
    }
    if before and after:
        context |= _difference(before, after)
        # What is frozen in two versions can be looked at only.
        if before.revision and after.key == DRAFT:
            context["jobs_since"] = jobs_since(found, before)
    return render(request, "flows/compare.html", context)


def _chosen(request: HttpRequest, flow: Flow, numbers: list[int]) -> tuple[Version | None, Version | None]:
    """The two asked for; else what is published, or the latest, and the draft.

    When there is nothing new in the draft, what was new in that version is told.
    """
    if not numbers:
        return None, None
    usual = flow.published.number if flow.published else numbers[0]
    before = version_of(flow, request.GET.get("from", "") or str(usual))
    after = version_of(flow, request.GET.get("to", "") or DRAFT)
    earlier = next((number for number in numbers if number < usual), None)
    asked = request.GET.keys() & {"from", "to"}
    if not asked and earlier and not changes(before, after, compared(before, after)):
        return version_of(flow, str(earlier)), before
    return before, after


def _difference(before: Version, after: Version) -> dict[str, Any]:
    found = compared(before, after)
    told = changes(before, after, found)
    order = {"removed": 0, "added": 1, "changed": 2, "moved": 3}
    told.sort(key=lambda change: (bool(change.id), order[change.sort]))
    counts = Counter(found.nodes.values())
    return {
        "counts": [(sort, counts[sort]) for sort in ("added", "removed", "changed", "moved") if counts[sort]],
        "edge_count": len(found.edges),
        "changes": told[:TOLD],
        "rest": max(0, len(told) - TOLD),
        "drawing": {"version": 0, "text": json.dumps(found.union), "problems": []},
        "remarks": {"paint": {"nodes": found.nodes, "edges": found.edges}},
    }


@require_POST
def restore_version(request: HttpRequest, flow: int, number: int) -> HttpResponse:
    """Take the drawing of a version back: in an open editor as a step that can be undone."""
    found = flow_of(request, flow, "edit")
    version = version_of(found, str(number))
    back = reverse("flows:edit", args=[found.ref])
    if "HX-Request" in request.headers:
        ops = restoring(found, version)
        label = _("Restore version {number}").format(number=number)
        events = {"dag_apply": {"ops": ops, "label": label}} if ops else {}
        said = _("The drawing is that of version %(number)d again.") if ops else _("The drawing is the same.")
        return done(request, back, said % {"number": number} if ops else said, **events)
    restore(found, version, by=request.user)
    return done(request, back, _("The drawing is that of version %(number)d again.") % {"number": number})


@require_POST
def restore_version_jobs(request: HttpRequest, flow: int, number: int) -> HttpResponse:
    """Make the jobs of a version what they were; with `node` only the job of that one."""
    found = flow_of(request, flow, "edit")
    version = version_of(found, str(number))
    back = f"{reverse('flows:compare', args=[found.ref])}?from={number}"
    try:
        count = restore_jobs(found, version, by=request.user, node=request.POST.get("node", ""))
    except DomainError as error:
        return refused(request, back, error)
    said = ngettext(
        "%(count)d job is as in version %(number)d again.",
        "%(count)d jobs are as in version %(number)d again.",
        count,
    )
    return done(request, back, said % {"count": count, "number": number})


@require_POST
def run_the_draft(request: HttpRequest, flow: int) -> HttpResponse:
    """From now on the schedule runs the flow as it is, not a published version."""
    found = flow_of(request, flow, "edit")
    if found.published is None:
        raise NotFound(_("Nothing of this flow is published."))
    follow_draft(found, by=request.user)
    back = reverse("flows:edit", args=[found.ref])
    return done(request, back, _("The schedule runs the flow as it is drawn."), flow_published={})
