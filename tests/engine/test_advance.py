from __future__ import annotations

from datetime import timedelta

import pytest

from apps.engine.plan import (
    GivenBack,
    KillFailed,
    Reported,
    ResumeAsked,
    StartOverdue,
    StopAsked,
    SuspendAsked,
    TimedOut,
    Woken,
)
from apps.engine.rerun import reset
from apps.engine.retry import LOSSES_FORGIVEN, RetryPolicy
from apps.engine.rules import OnFailure, TriggerRule
from apps.engine.states import State
from tests.engine.simulate import NOW, Simulation, specs

#: 0 → (1, 2) → 3
DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3)]


def test_a_node_starts_when_all_its_parents_succeeded() -> None:
    sim = Simulation(specs(DIAMOND, 4))
    sim.begin()
    assert sim.in_state(State.READY) == [0]
    sim.claim(0)
    sim.report(0)
    assert sim.in_state(State.READY) == [1, 2]
    sim.claim(1)
    sim.report(1)
    assert sim.state(3) is State.WAITING
    sim.claim(2)
    sim.report(2)
    assert sim.state(3) is State.READY


def test_a_run_ends_when_nothing_is_going_on() -> None:
    sim = Simulation(specs(DIAMOND, 4))
    sim.begin()
    sim.work_off()
    assert sim.run.state is State.SUCCEEDED
    assert sim.run.ended == 4
    assert sim.run.active == 0
    assert sim.kinds[-1] == ("run.succeeded", None)


def test_nodes_that_run_nothing_succeed_at_once() -> None:
    sim = Simulation(specs([(0, 1), (1, 2)], 3, instant=True))
    sim.begin()
    assert sim.run.state is State.SUCCEEDED
    assert sim.in_state(State.SUCCEEDED) == [0, 1, 2]


def test_a_failed_node_that_stops_lets_its_siblings_finish_and_starts_nothing_new() -> None:
    sim = Simulation(specs(DIAMOND, 4))
    sim.begin()
    sim.claim(0)
    sim.report(0)
    sim.claim(1)
    sim.claim(2)
    sim.report(1, 3)
    assert sim.run.state is State.RUNNING
    sim.report(2)
    assert sim.state(2) is State.SUCCEEDED
    assert sim.state(3) is State.WAITING
    assert sim.run.state is State.FAILED


def test_what_was_ready_goes_back_to_waiting_when_the_run_stops() -> None:
    sim = Simulation(specs(DIAMOND, 4))
    sim.begin()
    sim.claim(0)
    sim.report(0)
    sim.claim(1)
    sim.report(1, 3)
    assert sim.state(2) is State.WAITING
    assert sim.run.state is State.FAILED


def test_a_failed_node_that_is_passed_over_lets_its_children_run_and_the_run_succeed() -> None:
    sim = Simulation(specs(DIAMOND, 4, on_failure={1: OnFailure.PASS}))
    sim.begin()
    sim.work_off({1: 3})
    assert sim.state(1) is State.FAILED
    assert sim.state(3) is State.SUCCEEDED
    assert sim.run.state is State.SUCCEEDED
    assert sim.run.failed == 1


def test_a_failed_node_that_blocks_skips_what_depends_on_it_and_nothing_else() -> None:
    sim = Simulation(
        specs([(0, 1), (0, 2), (1, 3), (3, 4)], 5, on_failure=dict.fromkeys(range(5), OnFailure.BLOCK))
    )
    sim.begin()
    sim.work_off({1: 3})
    assert sim.in_state(State.SKIPPED) == [3, 4]
    assert sim.state(2) is State.SUCCEEDED
    assert sim.run.state is State.FAILED


def test_a_node_that_waits_for_all_to_end_runs_after_a_failure() -> None:
    sim = Simulation(specs(DIAMOND, 4, rules={3: TriggerRule.ALL_ENDED}, on_failure={1: OnFailure.BLOCK}))
    sim.begin()
    sim.work_off({1: 3})
    assert sim.state(3) is State.SUCCEEDED
    assert sim.run.state is State.FAILED


def test_a_failure_is_tried_again_after_the_interval_and_counted() -> None:
    sim = Simulation(specs([], 1, retry=RetryPolicy(2, timedelta(seconds=30))))
    sim.begin()
    sim.claim(0)
    sim.report(0, 1)
    assert sim.state(0) is State.RETRYING
    assert sim.nodes[0].wake_at == NOW + timedelta(seconds=30)
    sim.tell(Woken(0))
    sim.claim(0)
    sim.report(0, 1)
    sim.tell(Woken(0))
    sim.claim(0)
    sim.report(0, 1)
    assert sim.state(0) is State.FAILED
    assert (sim.nodes[0].retries, sim.nodes[0].attempt) == (2, 3)


def test_a_retry_without_interval_is_ready_at_once() -> None:
    sim = Simulation(specs([], 1, retry=RetryPolicy(1)))
    sim.begin()
    sim.claim(0)
    sim.report(0, 1)
    assert sim.state(0) is State.READY


def test_a_failure_that_another_try_cannot_mend_is_not_tried_again() -> None:
    sim = Simulation(specs([], 1, retry=RetryPolicy(5)))
    sim.begin()
    sim.claim(0)
    sim.tell(Reported(0, 1, None, NOW, "no such kind", retryable=False))
    assert sim.state(0) is State.FAILED


def test_a_late_report_changes_nothing() -> None:
    sim = Simulation(specs([], 1, retry=RetryPolicy(1)))
    sim.begin()
    sim.claim(0)
    sim.tell(Reported(0, 1, None, NOW, "host lost", lost=True))
    sim.claim(0)
    assert not sim.report(0, 0, token=1)
    assert sim.state(0) is State.RUNNING


def test_a_report_that_comes_twice_changes_nothing_the_second_time() -> None:
    sim = Simulation(specs([(0, 1)], 2))
    sim.begin()
    sim.claim(0)
    sim.report(0)
    assert not sim.report(0, token=1)


def test_only_a_ready_node_can_be_claimed() -> None:
    sim = Simulation(specs([(0, 1)], 2))
    sim.begin()
    sim.claim(0)
    assert not sim.claim(0)
    assert not sim.claim(1)


def test_stopping_a_run_ends_what_runs_and_starts_nothing() -> None:
    sim = Simulation(specs(DIAMOND, 4))
    sim.begin()
    sim.claim(0)
    sim.report(0)
    sim.claim(1)
    sim.tell(StopAsked("stopped by ann"))
    assert sim.state(1) is State.STOPPING
    assert sim.state(2) is State.WAITING
    assert sim.run.state is State.STOPPING
    sim.report(1, 143)
    assert sim.state(1) is State.KILLED
    assert sim.run.state is State.KILLED


def test_a_run_that_waits_for_a_retry_is_stopped_at_once() -> None:
    sim = Simulation(specs([], 1, retry=RetryPolicy(1, timedelta(seconds=30))))
    sim.begin()
    sim.claim(0)
    sim.report(0, 1)
    sim.tell(StopAsked())
    assert sim.state(0) is State.KILLED
    assert sim.run.state is State.KILLED


def test_what_ended_well_before_the_signal_reached_it_succeeded() -> None:
    sim = Simulation(specs([], 1))
    sim.begin()
    sim.claim(0)
    sim.tell(StopAsked())
    sim.report(0, 0)
    assert sim.state(0) is State.SUCCEEDED
    assert sim.run.state is State.KILLED


def test_what_cannot_be_killed_is_not_called_killed() -> None:
    sim = Simulation(specs([], 1))
    sim.begin()
    sim.claim(0)
    sim.tell(StopAsked())
    sim.tell(KillFailed(0, 1, "processes 12, 13 are left"))
    assert sim.state(0) is State.KILL_FAILED
    assert sim.run.state is State.KILL_FAILED


def test_a_suspended_run_finishes_what_runs_and_starts_nothing_until_it_is_resumed() -> None:
    sim = Simulation(specs(DIAMOND, 4))
    sim.begin()
    sim.claim(0)
    sim.tell(SuspendAsked())
    sim.report(0)
    assert sim.in_state(State.READY) == [1, 2]
    assert not sim.claim(1)
    assert sim.run.state is State.SUSPENDED
    sim.tell(ResumeAsked())
    sim.work_off()
    assert sim.run.state is State.SUCCEEDED


def test_a_suspended_run_whose_last_node_ends_is_over() -> None:
    sim = Simulation(specs([], 1))
    sim.begin()
    sim.claim(0)
    sim.tell(SuspendAsked())
    sim.report(0)
    assert sim.run.state is State.SUCCEEDED
    assert not sim.tell(ResumeAsked())


def test_a_run_that_ended_cannot_be_stopped() -> None:
    sim = Simulation(specs([], 1))
    sim.begin()
    sim.work_off()
    assert not sim.tell(StopAsked())


@pytest.mark.parametrize(("failed_only", "again"), [(True, [1, 3]), (False, [0, 1, 2, 3])])
def test_a_rerun_repeats_everything_or_what_did_not_succeed(failed_only: bool, again: list[int]) -> None:
    sim = Simulation(specs(DIAMOND, 4, on_failure={1: OnFailure.BLOCK}))
    sim.begin()
    sim.work_off({1: 3})
    attempts = {ordinal: node.attempt for ordinal, node in sim.nodes.items()}
    nodes = [sim.nodes[ordinal] for ordinal in range(4)]
    begin_with = reset(sim.run, sim.graph, nodes, failed_only=failed_only)
    assert begin_with == again[:1]
    assert sim.in_state(State.WAITING) == again
    from_here = [node.ordinal for node in nodes if node.state is State.WAITING and not node.unmet]
    assert from_here == begin_with
    assert {ordinal: node.attempt for ordinal, node in sim.nodes.items()} == attempts


def test_a_claim_that_is_given_back_is_as_if_it_had_not_been_made() -> None:
    sim = Simulation(specs([], 1))
    sim.begin()
    sim.claim(0)
    sim.tell(GivenBack(0, token=1))
    node = sim.nodes[0]
    assert (node.state, node.attempt, node.host, node.started_at) == (State.READY, 0, None, None)
    sim.claim(0)
    assert (node.attempt, node.token) == (1, 2)
    assert not sim.report(0, token=1)
    sim.report(0)
    assert sim.run.state is State.SUCCEEDED


def test_what_is_given_back_after_the_run_stopped_does_not_keep_it_from_ending() -> None:
    sim = Simulation(specs([], 2))
    sim.begin()
    sim.claim(0)
    sim.claim(1)
    sim.report(0, 3)
    sim.tell(GivenBack(1, token=1))
    assert sim.state(1) is State.WAITING
    assert (sim.run.state, sim.run.active) == (State.FAILED, 0)


def test_a_claim_that_was_told_to_stop_is_not_given_back() -> None:
    sim = Simulation(specs([], 1))
    sim.begin()
    sim.claim(0)
    sim.tell(StopAsked())
    assert not sim.tell(GivenBack(0, token=1))
    assert sim.state(0) is State.STOPPING


def test_a_node_that_stays_counts_the_parent_that_runs_again() -> None:
    """A failure that was passed over is repeated while what came after it keeps its success."""
    sim = Simulation(specs([(0, 1)], 2, on_failure={0: OnFailure.PASS}))
    sim.begin()
    sim.work_off({0: 3})
    nodes = [sim.nodes[ordinal] for ordinal in range(2)]
    assert reset(sim.run, sim.graph, nodes, failed_only=True) == [0]
    assert nodes[1].unmet == 1
    sim.begin()
    sim.work_off()
    assert (sim.run.state, nodes[1].unmet, nodes[1].attempt) == (State.SUCCEEDED, 0, 1)


def test_single_nodes_run_again_with_what_never_ran() -> None:
    sim = Simulation(specs([(0, 2), (1, 3)], 4, on_failure=dict.fromkeys(range(4), OnFailure.BLOCK)))
    sim.begin()
    sim.work_off({0: 3, 1: 3})
    nodes = [sim.nodes[ordinal] for ordinal in range(4)]
    assert reset(sim.run, sim.graph, nodes, only=[0]) == [0, 3]
    assert (sim.run.failed, sim.run.broken) == (1, True)
    assert sim.in_state(State.WAITING) == [0, 2, 3]
    assert (nodes[3].unmet, nodes[3].bad) == (0, 1)


def test_a_lost_attempt_is_made_again_a_few_times_where_no_retries_are_allowed() -> None:
    sim = Simulation(specs([], 1))
    sim.begin()
    for token in range(1, 2 + LOSSES_FORGIVEN):
        sim.claim(0)
        sim.tell(Reported(0, token, None, NOW, "host lost", lost=True))
    assert sim.state(0) is State.FAILED
    assert sim.nodes[0].attempt == 1 + LOSSES_FORGIVEN


def test_a_run_that_goes_on_for_too_long_stops_what_runs_and_fails() -> None:
    sim = Simulation(specs([(0, 2), (1, 2)], 3))
    sim.begin()
    sim.claim(0)
    plan = sim.tell(TimedOut("too long"))
    assert [note.kind for note in plan.notes][:2] == ["run.timed_out", "node.held"]
    assert sim.state(0) is State.STOPPING
    sim.report(0, 143)
    assert (sim.run.state, sim.run.reason) == (State.FAILED, "too long")
    assert not sim.tell(TimedOut("again"))


def test_a_run_that_fails_and_still_runs_something_is_stopped_by_its_time_limit() -> None:
    sim = Simulation(specs([], 2))
    sim.begin()
    sim.claim(0)
    sim.claim(1)
    sim.report(0, 1)
    sim.tell(TimedOut("too long"))
    assert sim.state(1) is State.STOPPING


def test_that_a_node_should_have_started_is_said_only_while_it_is_ready() -> None:
    sim = Simulation(specs([], 1))
    sim.begin()
    plan = sim.tell(StartOverdue(0, "node.start_timed_out", "late"))
    assert [note.kind for note in plan.notes] == ["node.start_timed_out"]
    sim.claim(0)
    assert not sim.tell(StartOverdue(0, "node.start_timed_out", "late"))
