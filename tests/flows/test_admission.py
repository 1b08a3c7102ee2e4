"""Runs that wait: for other runs of their flow, for places, for pauses and delays."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.engine.plan import Claimed, Reported
from apps.engine.states import State
from apps.flows.actions import set_schedule, update_flow
from apps.flows.admission import consider
from apps.flows.dependencies import set_parents
from apps.flows.firing import fire_schedules
from apps.flows.hosts import register_host
from apps.flows.models import Flow, Run, RunEnd, Schedule, SkippedFire
from apps.flows.ready import ready_nodes
from apps.flows.routes import served_by
from apps.flows.runs import kill_run, rerun, step, submit_flow
from apps.flows.scheduler import tick
from apps.projects.models import Project, User
from tests.flows.ending import end_run
from tests.flows.firing import HOUR, HOURLY, NOON, fire
from tests.graphs import chain, fan, make_drawn_flow


@pytest.fixture
def flow(ann: User) -> Flow:
    return make_drawn_flow(chain(2), by=ann)


def states(flow: Flow) -> list[str]:
    return list(Run.objects.filter(flow=flow).order_by("nominal_at", "id").values_list("state", flat=True))


def limit(flow: Flow, **fields: int) -> None:
    Flow.objects.filter(pk=flow.pk).update(**fields)
    flow.refresh_from_db()


# --- overlap


def test_in_parallel_a_second_run_begins_beside_the_first(flow: Flow) -> None:
    fire(flow, NOON, overlap="parallel")
    fire(flow, NOON + HOUR)
    assert states(flow) == ["running", "running"]


def test_a_run_that_waits_for_the_one_before_begins_when_that_has_ended(flow: Flow) -> None:
    first = fire(flow, NOON, overlap="wait")
    second = fire(flow, NOON + HOUR)
    third = fire(flow, NOON + 2 * HOUR)
    assert first and second and third
    assert states(flow) == ["running", "waiting", "waiting"]
    assert (second.wait_code, second.wait_detail["runs"][0]["ref"]) == ("overlap", first.ref)
    end_run(first, exit_code=1)
    tick(NOON + 2 * HOUR)
    assert states(flow) == ["failed", "running", "waiting"]
    end_run(second)
    tick(NOON + 2 * HOUR)
    assert states(flow) == ["failed", "succeeded", "running"]


def test_a_time_that_comes_while_a_run_goes_on_is_skipped_and_seen(flow: Flow) -> None:
    first = fire(flow, NOON, overlap="skip")
    assert first
    for hours in (1, 2):
        assert fire(flow, NOON + hours * HOUR) is None
    skipped = SkippedFire.objects.get()
    assert (skipped.first_at, skipped.last_at, skipped.count) == (NOON + HOUR, NOON + 2 * HOUR, 2)
    assert (skipped.reason, skipped.detail["run"]) == ("overlap", first.ref)
    assert Schedule.objects.get().next_fire_at == NOON + 3 * HOUR
    end_run(first)
    assert fire(flow, NOON + 3 * HOUR)


def test_a_run_that_replaces_another_has_it_stopped_and_begins_when_it_is_gone(flow: Flow) -> None:
    first = fire(flow, NOON, overlap="replace")
    second = fire(flow, NOON + HOUR)
    assert first and second
    first.refresh_from_db()
    assert first.state == State.KILLED  # its node was only ready
    assert "replaced by the run of 2026-11-21 13:00:00" in first.reason
    tick(NOON + HOUR)
    assert states(flow) == ["killed", "running"]


def test_those_that_wait_for_others_begin_when_they_need_not_any_more(flow: Flow, ann: User) -> None:
    fire(flow, NOON, overlap="wait")
    fire(flow, NOON + HOUR)
    assert states(flow) == ["running", "waiting"]
    update_flow(flow, by=ann, schedule={"overlap": "parallel"})
    tick(NOON + HOUR)
    assert states(flow) == ["running", "running"]
    set_parents(flow, [make_drawn_flow(chain(2), by=ann, project=flow.project)])
    submit_flow(flow, by=ann, heeds_parents=True)
    assert states(flow) == ["running", "running", "waiting"]
    update_flow(flow, by=ann, parents=[])
    tick(NOON + HOUR)
    assert states(flow) == ["running"] * 3


def test_a_run_by_hand_begins_beside_any_other(flow: Flow, ann: User) -> None:
    fire(flow, NOON, overlap="wait")
    assert submit_flow(flow, by=ann).state == State.RUNNING


def test_a_run_that_is_stopped_while_it_waits_is_over(flow: Flow, ann: User) -> None:
    fire(flow, NOON, overlap="wait")
    second = fire(flow, NOON + HOUR)
    assert second
    kill_run(second, by=ann)
    tick(NOON + HOUR)
    assert states(flow) == ["running", "killed"]


# --- places


def test_a_flow_has_no_more_runs_at_once_than_its_limit(flow: Flow, ann: User) -> None:
    limit(flow, max_runs=2)
    runs = [submit_flow(flow, by=ann) for _ in range(4)]
    assert states(flow) == ["running", "running", "waiting", "waiting"]
    assert (runs[2].wait_code, runs[2].wait_detail["most"]) == ("flow_limit", 2)
    end_run(runs[1])
    tick(timezone.now())
    assert states(flow) == ["running", "succeeded", "running", "waiting"]


def test_a_project_has_no_more_runs_at_once_than_its_limit(flow: Flow, ann: User) -> None:
    other = make_drawn_flow(chain(2), by=ann, project=flow.project)
    Project.objects.update(max_runs=1)
    first = submit_flow(Flow.objects.get(pk=flow.pk), by=ann)
    second = submit_flow(Flow.objects.get(pk=other.pk), by=ann)
    assert (second.state, second.wait_code) == ("waiting", "project_limit")
    end_run(first)
    tick(timezone.now())
    assert states(other) == ["running"]


def test_the_higher_priority_takes_the_next_place(flow: Flow, ann: User) -> None:
    limit(flow, max_runs=1)
    going, patient = submit_flow(flow, by=ann), submit_flow(flow, by=ann)
    limit(flow, priority=5)
    urgent = submit_flow(flow, by=ann)
    end_run(going)
    tick(timezone.now())
    patient.refresh_from_db()
    urgent.refresh_from_db()
    assert (patient.state, urgent.state) == ("waiting", "running")
    assert set(urgent.node_runs.values_list("priority", flat=True)) == {5}


def test_whoever_leaves_the_queue_passes_the_place_on(flow: Flow, ann: User) -> None:
    limit(flow, max_runs=1)
    going, second, third = (submit_flow(flow, by=ann) for _ in range(3))
    kill_run(second, by=ann)
    end_run(going)
    tick(timezone.now())
    third.refresh_from_db()
    assert third.state == State.RUNNING


def test_raising_a_limit_lets_those_begin_who_waited(flow: Flow, ann: User) -> None:
    limit(flow, max_runs=1)
    for _ in range(3):
        submit_flow(flow, by=ann)
    update_flow(flow, by=ann, max_runs=3)
    tick(timezone.now())
    assert states(flow) == ["running"] * 3


def test_a_word_that_was_missed_costs_a_moment(flow: Flow, ann: User) -> None:
    limit(flow, max_runs=1)
    going, waiting = submit_flow(flow, by=ann), submit_flow(flow, by=ann)
    end_run(going)
    RunEnd.objects.all().delete()
    tick(timezone.now() + timedelta(seconds=2))
    waiting.refresh_from_db()
    assert waiting.state == State.RUNNING


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_once_do_not_take_more_places_than_there_are(ann: User) -> None:
    flow = make_drawn_flow(chain(2), by=ann)
    limit(flow, max_runs=1)
    going = submit_flow(flow, by=ann)
    waiting = [submit_flow(flow, by=ann).pk for _ in range(4)]
    end_run(going)
    together = threading.Barrier(4)

    def race(run_id: int) -> None:
        together.wait()
        consider(run_id, timezone.now())
        connection.close()

    racers = [threading.Thread(target=race, args=(run_id,)) for run_id in waiting]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(states(flow)) == ["running", "succeeded", "waiting", "waiting", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_schedulers_that_fire_many_flows_at_once_make_one_run_of_each(ann: User) -> None:
    flows = [make_drawn_flow(chain(2), by=ann) for _ in range(6)]
    for flow in flows:
        set_schedule(flow, cron=HOURLY, enabled=True)
    Schedule.objects.update(next_fire_at=NOON)
    due = list(Schedule.objects.values_list("pk", flat=True))
    together = threading.Barrier(3)

    def race() -> None:
        together.wait()
        fire_schedules(due, NOON)
        connection.close()

    racers = [threading.Thread(target=race) for _ in range(3)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert [flow.runs.count() for flow in flows] == [1] * 6


# --- runs that go again


def test_a_run_that_goes_again_takes_a_place_like_any_other(flow: Flow, ann: User) -> None:
    limit(flow, max_runs=1)
    first = end_run(submit_flow(flow, by=ann), exit_code=1)
    second = submit_flow(flow, by=ann)
    rerun(first, by=ann)
    first.refresh_from_db()
    assert (first.state, first.generation, first.wait_code) == ("waiting", 2, "flow_limit")
    assert first.wait_detail["runs"][0]["ref"] == second.ref
    end_run(second)
    tick(timezone.now())
    assert end_run(first).state == "succeeded"


def test_what_stays_of_a_run_that_goes_again_still_stands_when_its_turn_comes(flow: Flow, ann: User) -> None:
    run = end_run(submit_flow(flow, by=ann))
    before = {node.node: node.attempt for node in run.node_runs.all()}
    last = run.node_runs.exclude(job=None).latest("ordinal")
    update_flow(flow, by=ann, paused_at=NOON)
    rerun(run, by=ann, only=[last.ordinal])
    run.refresh_from_db()
    assert (run.state, run.wait_code) == ("waiting", "flow_paused")
    update_flow(flow, by=ann, paused_at=None)
    tick(timezone.now())
    assert end_run(run).state == "succeeded"
    assert {node.node: node.attempt for node in run.node_runs.all()} == {**before, last.node: 2}


def test_a_run_that_goes_again_waits_neither_for_its_delay_nor_for_others(flow: Flow, ann: User) -> None:
    run = fire(flow, NOON, overlap="wait")
    assert run
    end_run(run, exit_code=1)
    fire(flow, NOON + HOUR)
    limit(flow, delay=10**8)
    rerun(run, by=ann)
    assert states(flow) == ["running", "running"]


# --- pauses and delays


def test_nothing_of_a_paused_flow_begins_until_it_goes_on(flow: Flow, ann: User) -> None:
    update_flow(flow, by=ann, paused_at=NOON)
    run = submit_flow(flow, by=ann)
    assert (run.state, run.wait_code) == ("waiting", "flow_paused")
    update_flow(flow, by=ann, paused_at=None)
    tick(timezone.now())
    assert states(flow) == ["running"]


def test_of_a_paused_flow_that_skips_only_one_time_waits(flow: Flow, ann: User) -> None:
    update_flow(flow, by=ann, paused_at=NOON)
    for hours in range(3):
        fire(flow, NOON + hours * HOUR, overlap="skip")
    assert states(flow) == ["waiting"]
    update_flow(flow, by=ann, paused_at=None)
    tick(NOON + 2 * HOUR)
    assert states(flow) == ["running"]
    assert sum(skip.count for skip in SkippedFire.objects.filter(reason="overlap")) == 2


def test_a_delay_holds_back_what_the_schedule_starts(flow: Flow, ann: User) -> None:
    limit(flow, delay=600)
    run = fire(flow, NOON)
    assert run
    run.refresh_from_db()
    assert (run.wait_code, run.check_at) == ("delay", NOON + timedelta(seconds=1))
    tick(NOON + timedelta(minutes=9))
    assert states(flow) == ["waiting"]
    tick(NOON + timedelta(minutes=10))
    assert states(flow) == ["running"]
    assert submit_flow(flow, by=ann).state == State.RUNNING


# --- what it costs


def test_an_end_tells_only_who_goes_next_however_many_wait(flow: Flow, ann: User) -> None:
    limit(flow, max_runs=1)
    going = submit_flow(flow, by=ann)
    for _ in range(30):
        submit_flow(flow, by=ann)
    end_run(going)
    Run.objects.filter(state=State.WAITING).update(check_at=timezone.now() + HOUR)
    tick(timezone.now())
    told = Run.objects.filter(state=State.WAITING, check_at__lt=timezone.now() + HOUR / 2)
    assert told.count() == 1  # the next one was asked, and found the place taken
    assert states(flow).count("running") == 1


# --- nodes at once


def test_no_more_nodes_of_a_flow_run_at_once_than_its_limit(ann: User) -> None:
    flow = make_drawn_flow(fan(3), by=ann)
    limit(flow, max_nodes=1)
    run, host = submit_flow(flow, by=ann), register_host()
    ((_, first),) = ready_nodes(served_by(host), 8)[0]
    step(run.pk, [Claimed(first, host.pk)])
    step(run.pk, [Reported(first, 1, 0, timezone.now(), "")])
    found, is_cut = ready_nodes(served_by(host), 8)
    assert (len(found), is_cut) == (1, True)
    step(run.pk, [Claimed(found[0][1], host.pk)])
    assert ready_nodes(served_by(host), 8) == ([], False)
    Flow.objects.filter(pk=flow.pk).update(max_nodes=2)
    assert len(ready_nodes(served_by(host), 8)[0]) == 1
