"""The schedule page: a lane for each scheduled flow, with what ran, what was skipped and what will come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.engine.clocks import changes
from apps.engine.fires import Fire, Outcome
from apps.engine.periods import day_of
from apps.flows.foretold import say, say_change, say_sum, say_times
from apps.flows.models import Run, Schedule, SkippedFire
from apps.flows.outlook import outlooks
from apps.flows.schedules import zone_of
from apps.flows.views.reach import project_of
from apps.lib.htmx import page_or_fragment
from apps.projects.models import Project

SPANS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
#: Marks a lane can show side by side; a busier schedule is drawn as a band.
MARKS_A_LANE = 80
#: How much of the window lies before now.
PAST_SHARE = 0.25


class Span(NamedTuple):
    """What is shown: from when to when."""

    start: datetime
    end: datetime

    def left(self, at: datetime) -> str:
        """Where a moment lies, in percent."""
        return f"{100 * ((at - self.start) / (self.end - self.start)):.3f}"


def timeline(request: HttpRequest, project: int) -> HttpResponse:
    """A lane for each scheduled flow: what ran, what will."""
    found = project_of(request, project)
    span = request.GET.get("span", "")
    span = span if span in SPANS else "24h"
    now = timezone.now()
    start = now - SPANS[span] * PAST_SHARE
    shown = Span(start, start + SPANS[span])
    context = {
        "project": found,
        "nav": "schedule",
        "span": span,
        "spans": [("24h", _("24 hours")), ("7d", _("7 days")), ("30d", _("30 days"))],
        "now_left": f"{100 * PAST_SHARE:.2f}",
        "ticks": _ticks(shown),
        "lanes": _lanes(found, shown, now),
    }
    return page_or_fragment(request, "flows/schedule.html", "flows/_timeline.html", context)


def _lanes(project: Project, shown: Span, now: datetime) -> list[dict[str, Any]]:
    schedules = list(
        Schedule.objects.filter(flow__project=project)
        .exclude(cron="")
        .select_related("flow__project")
        .defer("flow__source_text")
        .order_by("-enabled", "next_fire_at", "flow__name")
    )
    flows = [schedule.flow_id for schedule in schedules]
    runs = Run.objects.filter(flow__in=flows, parent=None, nominal_at__range=(shown.start, now))
    runs = runs.only("uid", "flow_id", "state", "nominal_at", "trigger")
    past = _newest(runs, "nominal_at")
    skips = _newest(SkippedFire.objects.filter(flow__in=flows, last_at__range=(shown.start, now)), "last_at")
    ahead = outlooks(schedules, now, shown.end, MARKS_A_LANE + 1)
    return [
        {
            "schedule": schedule,
            "flow": schedule.flow,
            "runs": [
                {"run": run, "left": shown.left(run.nominal_at)} for run in past.get(schedule.flow_id, [])
            ],
            "skips": [_skipped(skip, shown, zone_of(schedule)) for skip in skips.get(schedule.flow_id, [])],
            "nights": _nights(schedule, shown),
            **_coming(schedule, ahead[schedule.flow_id], shown),
        }
        for schedule in schedules
    ]


def _newest(rows: QuerySet[Any], time: str) -> dict[int, list[Any]]:
    """The newest of each flow, in order: no more than a lane can show."""
    place = Window(RowNumber(), partition_by="flow_id", order_by=F(time).desc())
    found: dict[int, list[Any]] = {}
    for row in rows.annotate(place=place).filter(place__lte=MARKS_A_LANE).order_by(time):
        found.setdefault(row.flow_id, []).append(row)
    return found


def _skipped(skip: SkippedFire, shown: Span, zone: ZoneInfo) -> dict[str, Any]:
    """A mark for one time, a bar for several in a row."""
    first = max(skip.first_at, shown.start)
    width = (skip.last_at - first) / (shown.end - shown.start)
    when = say_times(skip, zone)
    return {"skip": skip, "when": when, "left": shown.left(first), "width": f"{100 * width:.3f}"}


def _coming(schedule: Schedule, fires: Sequence[Fire], shown: Span) -> dict[str, Any]:
    is_dense = len(fires) > MARKS_A_LANE
    zone = zone_of(schedule)
    return {
        "fires": [
            {
                "at": fire.at,
                "left": shown.left(fire.at),
                "skipped": fire.outcome is Outcome.SKIPPED,
                "said": say(fire, zone),
            }
            for fire in (() if is_dense else fires)
        ],
        "dense": is_dense,
        "sum": say_sum(fires[:MARKS_A_LANE]),
        "most": MARKS_A_LANE,
        "next": schedule.next_fire_at,
    }


def _nights(schedule: Schedule, shown: Span) -> list[dict[str, Any]]:
    """Where the clock of the schedule's zone is changed."""
    zone = zone_of(schedule)
    days = (day_of(shown.start, zone)[0], day_of(shown.end, zone)[1])  # found again while the day lasts
    return [
        {"left": shown.left(change.at), "said": say_change(change)}
        for change in changes(zone, *days)
        if shown.start <= change.at <= shown.end
    ]


def _ticks(shown: Span) -> list[dict[str, Any]]:
    """Round times of the reader's zone, about eight of them."""
    hours = (shown.end - shown.start).total_seconds() / 3600
    step = timedelta(hours=3 if hours <= 24 else 24 if hours <= 168 else 96)
    tick = timezone.localtime(shown.start).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = []
    while tick < shown.end:
        if tick > shown.start:
            ticks.append({"at": tick, "left": shown.left(tick), "day": step >= timedelta(days=1)})
        tick += step
    return ticks
