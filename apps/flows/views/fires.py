"""The preview beside the cron field: when a flow will fire."""

from __future__ import annotations

from copy import copy
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.flows.foretold import say, say_catching_up, say_change, say_sum, say_times
from apps.flows.forms import ScheduleForm
from apps.flows.models import Schedule, SkippedFire
from apps.flows.outlook import catching_up, outlook
from apps.flows.schedules import zone_of
from apps.flows.timing import times_of
from apps.flows.views.reach import flow_of
from apps.lib.errors import Invalid

PREVIEW_FIRES = 30
#: The newest skipped times that are shown.
SKIPPED = 10
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


def skipped_of(schedule: Schedule) -> list[dict[str, Any]]:
    """The times that were skipped lately, newest first."""
    zone = zone_of(schedule)
    rows = SkippedFire.objects.filter(flow=schedule.flow_id)[:SKIPPED]
    return [{"skip": row, "when": say_times(row, zone)} for row in rows]
