"""Flows that wait for other flows, from the fire of the parent to the run of the child."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.engine.states import State
from apps.flows.actions import clone_flow, set_schedule, update_flow
from apps.flows.dependencies import ParentOf, set_parents
from apps.flows.models import Flow, Run, Schedule
from apps.flows.runs import rerun, submit_flow
from apps.flows.scheduler import tick
from apps.flows.why import why_node, why_run
from apps.lib.errors import Invalid
from apps.projects.models import User
from tests.flows.ending import end_run
from tests.graphs import chain, make_drawn_flow

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY, DAILY = "0 0 * * * ?", "0 0 12 * * ?"


@pytest.fixture
def parent(ann: User) -> Flow:
    return make_drawn_flow(chain(2), by=ann)


@pytest.fixture
def child(ann: User, parent: Flow) -> Flow:
    flow = make_drawn_flow(chain(2), by=ann, project=parent.project)
    set_parents(flow, [parent])
    return flow


def scheduled(flow: Flow, cron: str, at: datetime = NOON) -> None:
    set_schedule(flow, cron=cron, enabled=True, misfire="all")
    Schedule.objects.filter(flow=flow).update(next_fire_at=at)


def run_of(flow: Flow, at: datetime = NOON) -> Run:
    return Run.objects.get(flow=flow, nominal_at=at)


def test_a_flow_without_a_cron_runs_once_for_each_run_of_its_parent(parent: Flow, child: Flow) -> None:
    scheduled(parent, HOURLY)
    tick(NOON)
    assert not child.runs.exists()
    end_run(run_of(parent))
    tick(NOON)
    tick(NOON)
    run = child.runs.get()
    assert (run.nominal_at, run.trigger, run.state) == (NOON, "parent", "running")


def test_a_failed_parent_holds_its_child_until_a_rerun_succeeds(parent: Flow, child: Flow, ann: User) -> None:
    scheduled(parent, HOURLY)
    scheduled(child, HOURLY)
    tick(NOON)
    waiting = run_of(child)
    assert waiting.state == State.WAITING
    failed = end_run(run_of(parent), exit_code=1)
    tick(NOON)
    waiting.refresh_from_db()
    told = why_run(waiting)
    assert told and told.code == "parent"
    assert "it did not succeed" in told.text
    assert failed.ref in told.link
    rerun(failed, by=ann)
    end_run(failed)
    tick(NOON)
    waiting.refresh_from_db()
    assert waiting.state == State.RUNNING


def test_of_several_parents_the_run_says_which_it_waits_for(parent: Flow, child: Flow, ann: User) -> None:
    other = make_drawn_flow(chain(2), by=ann, project=parent.project)
    set_parents(child, [parent, other])
    for flow in (parent, other, child):
        scheduled(flow, DAILY)
    tick(NOON)
    end_run(run_of(parent))
    tick(NOON)
    told = why_run(run_of(child))
    assert told and other.name in told.text and told.text.endswith("it is running.")
    end_run(run_of(other))
    tick(NOON)
    assert run_of(child).state == State.RUNNING


def test_a_daily_child_waits_for_every_run_of_the_day_of_an_hourly_parent(parent: Flow, child: Flow) -> None:
    scheduled(parent, "0 0 12-14 * * ?")
    scheduled(child, DAILY)
    for hours in range(3):
        tick(NOON + hours * HOUR)
        assert run_of(child).state == State.WAITING
        end_run(run_of(parent, NOON + hours * HOUR))
    tick(NOON + 2 * HOUR)
    assert run_of(child).state == State.RUNNING


def test_a_flow_may_wait_for_its_own_previous_cycle_and_the_first_waits_for_nothing(parent: Flow) -> None:
    set_parents(parent, [ParentOf(parent, "previous")])
    scheduled(parent, HOURLY)
    tick(NOON)
    assert run_of(parent).state == State.RUNNING
    tick(NOON + HOUR)
    assert run_of(parent, NOON + HOUR).state == State.WAITING
    end_run(run_of(parent))
    tick(NOON + HOUR)
    assert run_of(parent, NOON + HOUR).state == State.RUNNING


def test_a_parent_that_only_people_start_counts_for_its_day(parent: Flow, child: Flow, ann: User) -> None:
    scheduled(child, DAILY)
    tick(NOON)
    assert run_of(child).state == State.WAITING
    end_run(submit_flow(parent, by=ann, nominal_at=NOON + 3 * HOUR))
    tick(NOON)
    assert run_of(child).state == State.RUNNING


def test_a_run_by_hand_beside_the_times_of_a_parent_starts_no_child(
    parent: Flow, child: Flow, ann: User
) -> None:
    scheduled(parent, HOURLY, NOON + DAY)
    end_run(submit_flow(parent, by=ann))
    tick(timezone.now())
    assert not child.runs.exists()


def test_somebody_chooses_whether_a_run_waits_for_parents(parent: Flow, child: Flow, ann: User) -> None:
    scheduled(parent, DAILY)
    assert submit_flow(child, by=ann, nominal_at=NOON).state == State.RUNNING
    patient = submit_flow(child, by=ann, nominal_at=NOON, heeds_parents=True)
    assert patient.state == State.WAITING
    told = why_run(patient)
    assert told and told.text.endswith("its time has not come.")


def test_a_run_that_waited_as_long_as_it_may_fails_and_says_for_whom(parent: Flow, child: Flow) -> None:
    Flow.objects.filter(pk=child.pk).update(wait_limit=3600)
    scheduled(child, DAILY)
    tick(NOON)
    tick(timezone.now() + timedelta(minutes=59))
    assert run_of(child).state == State.WAITING
    tick(timezone.now() + timedelta(minutes=61))
    run = run_of(child)
    assert run.state == State.FAILED
    assert parent.name in run.reason
    assert run.events.filter(kind="run.failed", pending=True).exists()


def test_a_clone_waits_for_the_same_and_does_not_start_by_itself(
    parent: Flow, child: Flow, ann: User
) -> None:
    clone = clone_flow(child, by=ann)
    assert [each.parent for each in clone.dependencies.all()] == [parent]
    end_run(submit_flow(parent, by=ann))
    tick(timezone.now())
    assert child.runs.exists() and not clone.runs.exists()


def test_flows_that_would_wait_for_each_other_are_refused_by_name(
    parent: Flow, child: Flow, ann: User
) -> None:
    grandchild = make_drawn_flow(chain(2), by=ann, project=parent.project)
    set_parents(grandchild, [child])
    with pytest.raises(Invalid) as refused:
        update_flow(parent, by=ann, parents=[grandchild])
    assert refused.value.code == "cycle"
    names = [parent.name, grandchild.name, child.name, parent.name]
    assert " → ".join(names) in refused.value.message
    set_parents(parent, [ParentOf(grandchild, "previous")])  # last night's may


def test_a_node_of_a_run_that_waits_says_what_the_run_says(parent: Flow, child: Flow) -> None:
    scheduled(child, DAILY)
    tick(NOON)
    run = run_of(child)
    told = why_node(run.node_runs.select_related("run__flow", "run__project", "cluster").first())
    assert told and told.text == why_run(run).text  # type: ignore[union-attr]
