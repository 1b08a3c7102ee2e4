"""Backfills: a list that is looked at before anything is done, and the page of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from apps.engine.states import State
from apps.flows.backfills import MOST_PARALLEL, Range, create_backfill, plan_backfill, stop_backfill
from apps.flows.forms import JsonObjectField
from apps.flows.models import Backfill, Flow
from apps.flows.views.answers import blame, done, gone_to, refused
from apps.flows.views.reach import flow_of, project_of
from apps.lib.errors import DomainError, NotFound
from apps.lib.htmx import page_or_fragment
from apps.projects.access import can, require

SHOWN = 100
LISTED = 100
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class BackfillForm(forms.Form):
    first_at = forms.DateTimeField(label=gettext_lazy("From"), widget=MOMENT)
    last_at = forms.DateTimeField(label=gettext_lazy("Until"), widget=MOMENT)
    parallel = forms.IntegerField(
        label=gettext_lazy("Runs at once"), initial=1, min_value=1, max_value=MOST_PARALLEL
    )
    descending = forms.BooleanField(label=gettext_lazy("Latest first"), required=False)
    only_missing = forms.BooleanField(
        label=gettext_lazy("Only times without a run that succeeded"), required=False, initial=True
    )
    downstream = forms.BooleanField(
        label=gettext_lazy("With the flows that wait for this one"), required=False
    )
    stops_on_failure = forms.BooleanField(label=gettext_lazy("Stop when a run fails"), required=False)
    params = JsonObjectField(label=gettext_lazy("Parameters"), required=False)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, flow: int) -> HttpResponse:
    """GET with dates shows what would run; POST does it."""
    found = flow_of(request, flow, "run")
    given = request.POST if request.method == "POST" else request.GET
    form = BackfillForm(given if "first_at" in given else None)
    context: dict[str, Any] = {"flow": found, "project": found.project, "form": form, "nav": "flows"}
    if form.is_bound and form.is_valid():
        wanted = Range(**form.cleaned_data)
        try:
            if request.method == "POST":
                made = create_backfill(found, wanted, by=request.user)
                return gone_to(request, reverse("flows:backfill", args=[made.ref]))
            context |= _shown(found, wanted, request)
        except DomainError as error:
            blame(form, error)
    return render(request, "flows/backfill_new.html", context, status=422 if form.errors else 200)


def _shown(flow: Flow, wanted: Range, request: HttpRequest) -> dict[str, Any]:
    dry = plan_backfill(flow, wanted, by=request.user)
    return {
        "dry": dry,
        "shown": dry.times[:SHOWN],
        "more": max(0, len(dry.times) - SHOWN),
        "flows": list(dict.fromkeys(each for each, _at in dry.times)),
    }


def detail(request: HttpRequest, backfill: int) -> HttpResponse:
    found = _backfill_of(request, backfill)
    times = found.times.select_related("run", "flow")
    counts = found.times.aggregate(
        total=Count("pk"),
        succeeded=Count("pk", filter=Q(run__state=State.SUCCEEDED)),
        going=Count("pk", filter=Q(run__isnull=False, run__ended_at=None)),
        left_out=Count("pk", filter=~Q(left_out="")),
        ended=Count("pk", filter=Q(run__ended_at__isnull=False)),
    )
    first = int(offset) if (offset := request.GET.get("from", "")).isdigit() else 0
    rows = list(times[first : first + LISTED + 1])
    context = {
        "backfill": found,
        "project": found.project,
        "flow": found.flow,
        "counts": counts | {"failed": counts["ended"] - counts["succeeded"]},
        "share": round(100 * (counts["ended"] + counts["left_out"]) / max(1, counts["total"])),
        "rows": rows[:LISTED],
        "first": first,
        "after": first + LISTED if len(rows) > LISTED else None,
        "may_run": can(request.user, "run", found.project),
        "now": timezone.now(),
        "nav": "runs",
    }
    return page_or_fragment(request, "flows/backfill.html", "flows/_backfill.html", context)


def listed(request: HttpRequest, project: int) -> HttpResponse:
    found = project_of(request, project)
    rows = Backfill.objects.filter(project=found).select_related("flow", "created_by")
    rows = rows.annotate(
        total=Count("times"),
        over=Count("times", filter=Q(times__run__ended_at__isnull=False) | ~Q(times__left_out="")),
    )
    context = {"project": found, "rows": rows.order_by("-id")[:LISTED], "nav": "runs"}
    return render(request, "flows/backfills.html", context)


@require_POST
def stop(request: HttpRequest, backfill: int) -> HttpResponse:
    found = _backfill_of(request, backfill)
    require(request.user, "run", found.project)
    back = reverse("flows:backfill", args=[found.ref])
    try:
        stop_backfill(found, by=request.user)
    except DomainError as error:
        return refused(request, back, error)
    return done(
        request, back, _("No more runs of this backfill start; those that go on go on."), run_again={}
    )


def _backfill_of(request: HttpRequest, uid: int) -> Backfill:
    rows = Backfill.objects.select_related("project", "flow", "revision", "created_by")
    found = rows.filter(uid=uid).first()
    if found is None:
        raise NotFound("There is no such backfill.")
    require(request.user, "view", found.project)
    return found
