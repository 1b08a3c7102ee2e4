"""The schedule page: what was skipped, what will be, and nights on which the clock changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.engine.clocks import changes
from apps.engine.states import State
from apps.flows.actions import set_schedule
from apps.flows.models import Flow, Run, SkippedFire
from apps.flows.runs import submit_flow
from apps.flows.views import timeline
from apps.projects.models import Project
from tests.factories import make_flow
from tests.people import People

HOUR = timedelta(hours=1)


def page(client: Client, flow: Flow, span: str = "24h") -> str:
    return client.get(reverse("flows:schedule", args=[flow.project.ref]), {"span": span}).content.decode()


def skipped(flow: Flow, ago: timedelta, **fields: object) -> None:
    at = timezone.now() - ago
    SkippedFire.objects.create(**{"flow": flow, "first_at": at, "last_at": at, "reason": "overlap", **fields})


def test_a_skipped_time_is_marked_with_its_reason(flow: Flow, vera: Client) -> None:
    set_schedule(flow, cron="0 0 9 * * ?", time_zone="UTC", enabled=True)
    skipped(flow, HOUR)
    skipped(flow, 2 * HOUR, reason="refused", detail={"message": "No host."}, count=3)
    told = page(vera, flow)
    assert told.count('class="missed" style') == 2
    assert "The run before it was still going on" in told
    assert "The flow could not run, 3 times. No host." in told


def test_what_was_skipped_before_the_window_is_not_shown(flow: Flow, vera: Client) -> None:
    set_schedule(flow, cron="0 0 9 * * ?", time_zone="UTC", enabled=True)
    skipped(flow, 7 * HOUR)
    assert 'class="missed" style' not in page(vera, flow)
    assert 'class="missed" style' in page(vera, flow, "7d")


def test_a_time_that_will_be_skipped_is_drawn_in_another_way(
    flow: Flow, people: People, vera: Client
) -> None:
    run = submit_flow(flow, by=people.bob)
    ended = timezone.now() - HOUR
    Run.objects.filter(pk=run.pk).update(state=State.SUCCEEDED, started_at=ended - 1.5 * HOUR, ended_at=ended)
    set_schedule(flow, cron="0 0 * * * ?", time_zone="UTC", enabled=True, overlap="skip")
    told = page(vera, flow)
    assert told.count('class="mark ahead passes" style') in (8, 9)
    assert "Skipped: the run before it will still be going on." in told


def test_a_night_on_which_the_clock_changes_is_marked(flow: Flow) -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = timezone.now()
    change: datetime = changes(zone, now, now + timedelta(days=370))[0].at
    shown = timeline.Span(change - 6 * HOUR, change + 18 * HOUR)
    set_schedule(flow, cron="0 0 9 * * ?", time_zone=zone.key, enabled=True)
    (night,) = timeline._nights(flow.schedule, shown)
    assert night["left"] == "25.000"
    set_schedule(flow, cron="0 0 9 * * ?", time_zone="Asia/Seoul")
    flow.schedule.refresh_from_db()
    assert timeline._nights(flow.schedule, shown) == []


def test_more_flows_cost_no_more_queries(
    project: Project, flow: Flow, vera: Client, django_assert_max_num_queries
) -> None:
    for number in range(12):
        each = make_flow(project, f"flow {number}", a=[])
        set_schedule(each, cron="0 0 9 * * ?", time_zone="UTC", enabled=True, overlap="skip")
        skipped(each, HOUR)
    with django_assert_max_num_queries(14):
        page(vera, flow)
