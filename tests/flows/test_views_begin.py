"""The panel that says when runs may begin: parents, limits, a pause."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from apps.flows.models import Flow, Schedule
from apps.projects.models import Project
from tests.factories import make_flow, make_user
from tests.factories import make_project as make_other
from tests.people import People

GIVEN = {"follows": "on", "max_runs": "2", "delay": "60", "priority": "5"}


def save(client: Client, flow: Flow, **given: str) -> int:
    return client.post(reverse("flows:save_begin", args=[flow.ref]), GIVEN | given).status_code


def parents(flow: Flow) -> list[tuple[str, str]]:
    return list(flow.dependencies.values_list("parent__name", "cycle"))


def test_limits_and_a_parent_are_saved_and_shown(project: Project, flow: Flow, bob: Client) -> None:
    parent = make_flow(project, "extract", a=[])
    assert save(bob, flow, add=parent.ref, add_cycle="previous") == 302
    flow.refresh_from_db()
    assert (flow.max_runs, flow.delay, flow.priority, flow.paused_at) == (2, 60, 5, None)
    assert parents(flow) == [("extract", "previous")]
    page = bob.get(reverse("flows:inspector", args=[flow.ref]), {"tab": "schedule"}).content.decode()
    assert "extract" in page
    page = bob.get(reverse("flows:inspector", args=[parent.ref]), {"tab": "schedule"}).content.decode()
    assert "These wait for it" in page


def test_a_parent_may_be_taken_away_and_the_flow_paused(project: Project, flow: Flow, bob: Client) -> None:
    save(bob, flow, add=make_flow(project, "extract", a=[]).ref)
    row = flow.dependencies.get()
    save(bob, flow, **{f"cycle-{row.pk}": "", "paused": "on"})
    flow.refresh_from_db()
    assert parents(flow) == []
    assert flow.paused_at is not None


def test_a_circle_is_refused_with_its_names(project: Project, flow: Flow, bob: Client) -> None:
    child = make_flow(project, "child", a=[])
    save(bob, child, add=flow.ref)
    answer = bob.post(reverse("flows:save_begin", args=[flow.ref]), GIVEN | {"add": child.ref})
    assert answer.status_code == 422
    assert f"{flow.name} → child → {flow.name}" in answer.content.decode()


def test_only_flows_that_one_may_see_can_be_waited_for(
    people: People, flow: Flow, bob: Client, vera: Client, charlie: Client
) -> None:
    secret = make_flow(make_other(make_user("sam"), "secret"), "hidden", a=[])
    assert save(bob, flow, add=secret.ref) == 422
    assert save(vera, flow) == 403
    assert save(charlie, flow) == 404
    assert parents(flow) == []


def test_the_bounds_of_catching_up_are_saved(flow: Flow, bob: Client) -> None:
    given = {"cron": "0 0 * * * ?", "time_zone": "UTC", "misfire": "all", "overlap": "skip"}
    url = reverse("flows:save_schedule", args=[flow.ref])
    bob.post(url, given | {"catch_up_most": "7", "catch_up_hours": "48"})
    schedule = Schedule.objects.get()
    assert (schedule.catch_up_most, schedule.catch_up_hours, schedule.overlap) == (7, 48, "skip")
