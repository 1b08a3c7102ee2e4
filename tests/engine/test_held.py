"""Nodes that wait for a time or for somebody, and for no host."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.engine.control import Approval, Clock, Control, Held, Wait
from apps.engine.control_reading import BadControl, read_control
from apps.engine.plan import Act, Answered, Claimed, Due, ResumeAsked, Spec, StopAsked, SuspendAsked
from apps.engine.rules import OnFailure
from apps.engine.states import State
from tests.engine.simulate import NOW, Simulation


def chain_with(held: Held, on_failure: OnFailure = OnFailure.STOP) -> Simulation:
    """0 → 1 → 2, of which 1 is held."""
    sim = Simulation([Spec([1]), Spec([2], 1, on_failure=on_failure, held=held), Spec([], 1)])
    sim.begin()
    sim.claim(0)
    sim.report(0)
    return sim


def answer(sim: Simulation, ordinal: int, well: bool = True) -> None:
    sim.tell(Answered(ordinal, sim.nodes[ordinal].token, well, "ann said so", {"approved": well}))


def test_a_wait_starts_by_itself_and_is_over_when_its_time_has_come() -> None:
    sim = chain_with(Wait(60))
    assert (sim.state(1), sim.nodes[1].host) == (State.RUNNING, None)
    assert sim.nodes[1].wake_at == NOW + timedelta(seconds=60)
    sim.tell(Due(1, sim.nodes[1].token))
    assert (sim.state(1), sim.state(2)) == (State.SUCCEEDED, State.READY)


def test_no_host_can_claim_it() -> None:
    sim = chain_with(Approval())
    assert not sim.tell(Claimed(1, host=1))


@pytest.mark.parametrize(
    ("well", "state", "after"), [(True, "succeeded", "ready"), (False, "failed", "waiting")]
)
def test_an_answer_lets_it_go_on_or_fail(well: bool, state: str, after: str) -> None:
    sim = chain_with(Approval())
    assert ("node.approval_asked", 1) in sim.kinds
    answer(sim, 1, well)
    assert (sim.state(1), sim.state(2), sim.nodes[1].reason) == (state, after, "ann said so")


@pytest.mark.parametrize(
    ("lapse", "state", "after"),
    [("fail", "failed", "waiting"), ("approve", "succeeded", "ready"), ("skip", "skipped", "ready")],
)
def test_what_nobody_answers_ends_as_it_is_told_to(lapse: Any, state: str, after: str) -> None:
    sim = chain_with(Approval(timeout=30, lapse=lapse))
    sim.tell(Due(1, sim.nodes[1].token))
    assert (sim.state(1), sim.state(2)) == (state, after)
    assert "nobody answered within 30 s" in sim.nodes[1].reason


def test_it_does_not_start_while_its_run_is_suspended() -> None:
    sim = Simulation([Spec([1]), Spec([], 1, held=Approval())])
    sim.begin()
    sim.claim(0)
    sim.tell(SuspendAsked())
    sim.report(0)
    assert sim.state(1) is State.READY
    sim.tell(ResumeAsked())
    assert sim.state(1) is State.RUNNING


@pytest.mark.parametrize(
    ("act", "state", "after"),
    [(Act.SKIP, "skipped", "ready"), (Act.MARK, "succeeded", "ready"), (Act.KILL, "killed", "waiting")],
)
def test_it_can_be_skipped_marked_and_killed_while_it_waits(act: Act, state: str, after: str) -> None:
    sim = chain_with(Wait(60))
    sim.ask(1, act)
    assert (sim.state(1), sim.state(2)) == (state, after)


def test_a_run_that_is_stopped_waits_for_nobody() -> None:
    sim = chain_with(Approval())
    sim.tell(StopAsked("stopped by ann"))
    assert (sim.run.state, sim.state(1)) == (State.KILLED, State.KILLED)


def test_a_run_that_fails_beside_it_waits_for_nobody_and_asks_again_when_it_goes_again() -> None:
    sim = Simulation([Spec([], held=Approval()), Spec()])
    sim.begin()
    assert sim.nodes[0].attempt == 1
    sim.claim(1)
    sim.report(1, 1)
    assert (sim.run.state, sim.state(0), sim.nodes[0].attempt) == (State.FAILED, State.WAITING, 0)
    sim.rerun(failed_only=True)
    assert (sim.state(0), sim.nodes[0].attempt, sim.nodes[0].token) == (State.RUNNING, 1, 2)


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("nominal", "given", "due"),
    [
        # 03:30 UTC is still the day before in New York.
        ("2026-11-21T03:30", {"until": "09:30"}, "2026-11-20T09:30-05:00"),
        ("2026-11-21T15:00", {"until": "02:00", "days": 1}, "2026-11-22T02:00-05:00"),
        # The clocks leave 02:30 out that night.
        ("2026-03-08T06:00", {"until": "02:30"}, "2026-03-08T03:30-04:00"),
    ],
)
def test_a_time_of_day_is_one_of_the_nominal_date_in_the_zone(
    nominal: str, given: dict[str, Any], due: str
) -> None:
    clock = Clock(datetime.fromisoformat(nominal).replace(tzinfo=UTC), NEW_YORK)
    wait = read_control("WAIT", json.dumps(given))
    assert isinstance(wait, Wait)
    assert wait.due_at(lambda: clock, NOW).astimezone(UTC) == datetime.fromisoformat(due).astimezone(UTC)


def test_a_time_of_day_that_is_over_is_not_waited_for() -> None:
    sim = chain_with(Wait(until=datetime(2026, 11, 21, 1, 0).time()))
    assert (sim.state(1), sim.state(2)) == (State.SUCCEEDED, State.READY)


@pytest.mark.parametrize(
    ("kind", "text", "control"),
    [
        ("SHELL", "exit 1", None),
        ("WAIT", '{"seconds": 5}', Wait(5)),
        ("APPROVAL", "", Approval()),
        (
            "APPROVAL",
            '{"members": ["ann", "ann"], "timeout": 9, "on_timeout": "skip"}',
            Approval(members=("ann",), timeout=9, lapse="skip"),
        ),
    ],
)
def test_what_is_set_is_read(kind: str, text: str, control: Control | None) -> None:
    assert read_control(kind, text) == control


@pytest.mark.parametrize(
    ("kind", "text", "field"),
    [
        ("WAIT", "soon", ""),
        ("WAIT", "[]", ""),
        ("WAIT", "{}", ""),
        ("WAIT", '{"seconds": 5, "until": "09:00"}', ""),
        ("WAIT", '{"seconds": -1}', "seconds"),
        ("WAIT", '{"seconds": true}', "seconds"),
        ("WAIT", '{"until": "9 o\'clock"}', "until"),
        ("WAIT", '{"until": "09:00+08:00"}', "until"),
        ("WAIT", '{"minutes": 1}', "minutes"),
        ("APPROVAL", '{"role": "viewer"}', "role"),
        ("APPROVAL", '{"members": "ann"}', "members"),
        ("APPROVAL", '{"on_timeout": "wait"}', "on_timeout"),
    ],
)
def test_what_cannot_be_set_is_named(kind: str, text: str, field: str) -> None:
    with pytest.raises(BadControl) as found:
        read_control(kind, text)
    assert found.value.field == field
