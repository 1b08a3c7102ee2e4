"""When flows will fire: the schedule page and the preview beside the cron field."""

from __future__ import annotations

from copy import copy
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.flows.foretold import say, say_catching_up, say_change, say_sum
from apps.flows.forms import ScheduleForm
from apps.flows.models import Run, Schedule
from apps.flows.outlook import catching_up, outlook
from apps.flows.schedules import next_fires
from apps.flows.timing import times_of
from apps.flows.views.reach import flow_of, project_of
from apps.lib.errors import Invalid
from apps.lib.htmx import page_or_fragment
from apps.projects.models import Project

SPANS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
#: Marks a lane can show side by side; a busier schedule is drawn as a band.
MARKS_A_LANE = 80
#: How much of the window lies before now.
PAST_SHARE = 0.25
PREVIEW_FIRES = 30
#: What of a schedule is taken as it is typed, where it can be read.
TYPED = ("enabled", "start_at", "end_at", "misfire", "overlap", "catch_up_most", "catch_up_hours")


def preview(request: HttpRequest, flow: int) -> HttpResponse:
    """What a schedule that is being typed would do."""
    found = flow_of(request, flow)
    form = ScheduleForm(request.GET)
    form.is_valid()  # a half typed date is none yet
    typed = form.cleaned_data
    saved = Schedule.objects.filter(flow=found).first()
    schedule = Schedule(
        flow=found,
        cron=request.GET.get("cron", "").strip(),
        time_zone=request.GET.get("time_zone", "").strip() or found.project.time_zone,
        **{field: typed[field] for field in TYPED if field in typed},
    )
    if saved and times_of(saved) == times_of(schedule):
        schedule.last_fire_at = saved.last_fire_at
        schedule.next_fire_at = saved.next_fire_at if saved.enabled else None
    was_off = saved is not None and not saved.enabled
    return render(request, "flows/_fires.html", {"flow": found, **fires_context(schedule, was_off=was_off)})


def fires_context(schedule: Schedule, *, was_off: bool) -> dict[str, Any]:
    """The next fires, whether the schedule is on or not, or why there are none.

    `was_off` is whether it is saved and off: then switching it on may catch up.
    """
    context: dict[str, Any] = {"schedule": schedule, "fires": [], "trouble": ""}
    flow, now = schedule.flow, timezone.now()
    if not schedule.cron and not (flow.follows and flow.dependencies.exists()):
        return context
    try:
        found = outlook(flow, schedule, now, PREVIEW_FIRES, as_if_on=bool(schedule.cron))
        zone = ZoneInfo(schedule.time_zone) if schedule.cron else ZoneInfo(flow.project.time_zone)
        if was_off and schedule.last_fire_at:
            off = copy(schedule)
            off.enabled = False
            context["catching_up"] = say_catching_up(catching_up(off, now), zone)
    except Invalid as error:
        return context | {"trouble": error.message}
    return context | {
        "zone": zone.key,
        "fires": [{"fire": fire, "said": say(fire, zone)} for fire in found.fires],
        "sum": say_sum(found.fires),
        "usual": found.usual,
        "changes": [say_change(change) for change in found.changes],
    }


def timeline(request: HttpRequest, project: int) -> HttpResponse:
    """A lane for each scheduled flow: what ran, what will."""
    found = project_of(request, project)
    span = request.GET.get("span", "")
    span = span if span in SPANS else "24h"
    now = timezone.now()
    start = now - SPANS[span] * PAST_SHARE
    window = (start, start + SPANS[span])
    context = {
        "project": found,
        "nav": "schedule",
        "span": span,
        "spans": [("24h", _("24 hours")), ("7d", _("7 days")), ("30d", _("30 days"))],
        "now_left": f"{100 * PAST_SHARE:.2f}",
        "ticks": _ticks(*window),
        "lanes": _lanes(found, window, now),
    }
    return page_or_fragment(request, "flows/schedule.html", "flows/_timeline.html", context)


def _lanes(project: Project, window: tuple[datetime, datetime], now: datetime) -> list[dict[str, Any]]:
    schedules = list(
        Schedule.objects.filter(flow__project=project)
        .exclude(cron="")
        .select_related("flow")
        .defer("flow__source_text")
        .order_by("-enabled", "next_fire_at", "flow__name")
    )
    past: dict[int, list[Run]] = {}
    runs = Run.objects.filter(
        flow_id__in=[schedule.flow_id for schedule in schedules],
        parent=None,
        nominal_at__range=(window[0], now),
    ).only("uid", "flow_id", "state", "nominal_at", "trigger")
    for run in runs.order_by("nominal_at"):
        past.setdefault(run.flow_id or 0, []).append(run)
    return [_lane(schedule, past.get(schedule.flow_id, []), window, now) for schedule in schedules]


def _lane(
    schedule: Schedule, runs: list[Run], window: tuple[datetime, datetime], now: datetime
) -> dict[str, Any]:
    ahead = _ahead(schedule, now) if schedule.enabled else []
    inside = [at for at in ahead if at <= window[1]]
    return {
        "schedule": schedule,
        "flow": schedule.flow,
        "runs": [{"run": run, "left": _left(run.nominal_at, window)} for run in runs[-MARKS_A_LANE:]],
        "fires": [{"at": at, "left": _left(at, window)} for at in inside[:MARKS_A_LANE]],
        "dense": len(inside) > MARKS_A_LANE,
        "count": len(inside),
        "next": ahead[0] if ahead else None,
    }


def _ahead(schedule: Schedule, now: datetime) -> list[datetime]:
    try:
        return next_fires(schedule, now, MARKS_A_LANE + 1)
    except Invalid:
        return []


def _left(at: datetime, window: tuple[datetime, datetime]) -> str:
    return f"{100 * ((at - window[0]) / (window[1] - window[0])):.3f}"


def _ticks(start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Round times of the reader's zone, about eight of them."""
    hours = (end - start).total_seconds() / 3600
    step = timedelta(hours=3 if hours <= 24 else 24 if hours <= 168 else 96)
    tick = timezone.localtime(start).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = []
    while tick < end:
        if tick > start:
            ticks.append({"at": tick, "left": _left(tick, (start, end)), "day": step >= timedelta(days=1)})
        tick += step
    return ticks
