"""Backfills: which times, in which order, how many at once, and when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.engine.states import State
from apps.flows.backfills import Range, create_backfill, drive_backfills, plan_backfill, stop_backfill
from apps.flows.models import Backfill, Dependency, Flow, Run, Schedule
from apps.lib.errors import Conflict, Invalid
from apps.projects.models import User
from tests.flows.pages import diamond
from tests.people import People, signed_in

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def days(count: int, **how: object) -> Range:
    return Range(FIRST, FIRST + timedelta(days=count - 1), **how)  # type: ignore[arg-type]


def drive() -> None:
    drive_backfills(timezone.now())


def end_run(run: Run, state: State = State.SUCCEEDED) -> None:
    Run.objects.filter(pk=run.pk).update(state=state, ended_at=timezone.now())


def open_times(backfill: Backfill) -> list[int]:
    """The days of the month whose runs go on."""
    rows = backfill.times.filter(run__isnull=False, run__ended_at=None).select_related("run")
    return [row.nominal_at.day for row in rows]


def work_off(backfill: Backfill) -> None:
    for _ in range(20):
        drive()
        for run in Run.objects.filter(backfill_times__backfill=backfill, ended_at=None):
            end_run(run)


def test_times_are_those_of_the_cron_or_each_midnight(flow: Flow, ann: User) -> None:
    assert [at for _flow, at in plan_backfill(flow, days(2), by=ann).times] == [
        FIRST,
        FIRST + timedelta(days=1),
    ]
    Schedule.objects.create(flow=flow, cron="0 0 6,18 * * ?", start_at=FIRST + timedelta(days=300))
    planned = plan_backfill(flow, days(2, descending=True), by=ann)
    assert [at.hour for _flow, at in planned.times] == [18, 6]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Range(FIRST, FIRST - timedelta(days=1)), "last_at"),
        (Range(FIRST + timedelta(hours=1), FIRST + timedelta(hours=2)), "first_at"),
        (Range(FIRST, FIRST + timedelta(days=4000)), "last_at"),
        (Range(FIRST, FIRST, parallel=0), "parallel"),
    ],
)
def test_a_range_that_means_nothing_is_refused(flow: Flow, ann: User, wanted: Range, field: str) -> None:
    with pytest.raises(Invalid) as error:
        create_backfill(flow, wanted, by=ann)
    assert error.value.field == field


def test_one_run_follows_the_other(flow: Flow, ann: User) -> None:
    backfill = create_backfill(flow, days(3), by=ann)
    for day in (1, 2, 3):
        drive()
        drive()
        assert open_times(backfill) == [day]
        run = Run.objects.get(ended_at=None)
        assert (run.trigger, run.priority, run.revision_id) == (
            Run.Trigger.BACKFILL,
            -10,
            backfill.revision_id,
        )
        end_run(run)
    drive()
    backfill.refresh_from_db()
    assert backfill.ended_at and not backfill.reason
    assert Run.objects.count() == 3


def test_so_many_run_at_once_and_the_latest_first(flow: Flow, ann: User) -> None:
    backfill = create_backfill(flow, days(5, parallel=2, descending=True), by=ann)
    drive()
    assert open_times(backfill) == [5, 4]
    work_off(backfill)
    assert Run.objects.count() == 5


def test_times_that_have_succeeded_may_be_left_out(flow: Flow, ann: User) -> None:
    work_off(create_backfill(flow, days(2), by=ann))
    assert len(plan_backfill(flow, days(4, only_missing=True), by=ann).times) == 2
    with pytest.raises(Invalid, match="succeeded"):
        plan_backfill(flow, days(2, only_missing=True), by=ann)


def test_it_stops_when_a_run_fails_if_it_is_told_to(flow: Flow, ann: User) -> None:
    backfill = create_backfill(flow, days(3, stops_on_failure=True), by=ann)
    drive()
    end_run(Run.objects.get(), State.FAILED)
    drive()
    backfill.refresh_from_db()
    assert backfill.ended_at and "did not succeed" in backfill.reason
    assert Run.objects.count() == 1


def test_it_is_stopped_once_and_what_runs_goes_on(flow: Flow, ann: User) -> None:
    backfill = create_backfill(flow, days(3), by=ann)
    with pytest.raises(Conflict, match="going on"):
        create_backfill(flow, days(1), by=ann)
    drive()
    stop_backfill(backfill, by=ann)
    with pytest.raises(Conflict, match="over"):
        stop_backfill(backfill, by=ann)
    drive()
    assert Run.objects.get().ended_at is None
    assert create_backfill(flow, days(1), by=ann)


def test_flows_that_wait_for_it_follow_for_the_same_time(flow: Flow, ann: User) -> None:
    below = diamond(flow.project, "below")
    Dependency.objects.create(flow=below, parent=flow)
    backfill = create_backfill(flow, days(2, downstream=True, parallel=4), by=ann)
    drive()
    assert {run.flow_id for run in Run.objects.all()} == {flow.pk}
    first, second = Run.objects.order_by("nominal_at")
    end_run(first)
    end_run(second, State.FAILED)
    drive()
    assert Run.objects.get(flow=below).nominal_at == first.nominal_at
    assert (
        backfill.times.get(flow=below, nominal_at=second.nominal_at).left_out
        == "nightly did not succeed for this time"
    )


def test_the_page_shows_the_list_first_and_then_the_progress(
    flow: Flow, people: People, vera: Client
) -> None:
    otto = signed_in(people.otto)
    new = reverse("flows:new_backfill", args=[flow.ref])
    asked = {"first_at": "2026-03-01T00:00", "last_at": "2026-03-03T00:00", "parallel": "2"}
    assert "3 runs" in otto.get(new, asked).content.decode()
    assert not Backfill.objects.exists()
    assert vera.post(new, asked).status_code == 403
    page = otto.post(new, asked, follow=True).content.decode()
    assert "0 of 3 succeeded" in page
    backfill = Backfill.objects.get()
    drive()
    assert "2 go on" in vera.get(reverse("flows:backfill", args=[backfill.ref])).content.decode()
    stop = reverse("flows:stop_backfill", args=[backfill.ref])
    assert vera.post(stop).status_code == 403
    assert signed_in(people.charlie).post(stop).status_code == 404
    assert "stopped by otto" in otto.post(stop, follow=True).content.decode()
    assert flow.name in vera.get(reverse("flows:backfills", args=[flow.project.ref])).content.decode()
    assert otto.get(new, asked | {"last_at": "2026-02-03T00:00"}).status_code == 422
