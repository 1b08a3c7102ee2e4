"""Why is a node not running? Each line is a situation and the first thing in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from apps.engine.states import State
from apps.engine.why import Cause, HostFact, NodeFacts, NodeLimit, ParentNode, why_not_running

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MILL = HostFact("mill-1", 4, 4)
READY = NodeFacts(State.READY, State.RUNNING, cluster="local", hosts=[MILL])
WAITING = NodeFacts(State.WAITING, State.RUNNING, parents=[ParentNode(1, "extract", State.RUNNING, NOON)])

CASES: list[tuple[str, NodeFacts, Cause | None]] = [
    ("it runs", replace(READY, state=State.RUNNING), None),
    ("it has ended", replace(READY, state=State.SUCCEEDED), None),
    ("its run was over before its turn", replace(WAITING, run_state=State.FAILED), Cause.RUN_OVER),
    ("its run has not begun", replace(WAITING, run_state=State.WAITING), Cause.RUN_WAITS),
    ("its run is being killed", replace(READY, run_state=State.STOPPING), Cause.RUN_ENDING),
    ("a node failed and nothing new starts", replace(WAITING, halting=True), Cause.RUN_ENDING),
    ("a parent is running", WAITING, Cause.PARENT_NODE),
    ("its parents have ended and it is about to move", replace(WAITING, parents=()), Cause.ITS_TURN),
    ("it failed and has tries left", replace(READY, state=State.RETRYING, wake_at=NOON), Cause.RETRY),
    ("its run is suspended", replace(READY, run_state=State.SUSPENDED), Cause.RUN_SUSPENDED),
    ("nobody serves its cluster", replace(READY, hosts=()), Cause.NO_HOST),
    (
        "its host is named and gone",
        replace(READY, hosts=[MILL, replace(MILL, name="mill-2")], host_name="mill-9"),
        Cause.HOST_GONE,
    ),
    ("its only host is silent", replace(READY, hosts=[replace(MILL, is_silent=True)]), Cause.HOSTS_SILENT),
    ("another host is alive", replace(READY, hosts=[MILL, replace(MILL, is_silent=True)]), Cause.SLOT),
    ("as many nodes run as may", replace(READY, limit=NodeLimit("nightly", 2)), Cause.NODE_LIMIT),
    ("every slot is taken", READY, Cause.SLOT),
]


@pytest.mark.parametrize(("name", "facts", "cause"), CASES, ids=[name for name, _, _ in CASES])
def test_the_first_thing_in_the_way(name: str, facts: NodeFacts, cause: Cause | None) -> None:
    reason = why_not_running(facts)
    assert (reason.code if reason else None) == cause


def test_of_many_parents_the_one_that_runs_is_named_and_the_others_counted() -> None:
    parents = [ParentNode(1, "a", State.WAITING), ParentNode(2, "b", State.RUNNING, NOON)]
    parents += [ParentNode(3, "c", State.SUCCEEDED), ParentNode(4, "d", State.READY)]
    reason = why_not_running(replace(WAITING, parents=parents))
    assert reason is not None
    assert (reason.detail["name"], reason.detail["more"], reason.since) == ("b", 2, NOON)


def test_slots_are_counted_on_hosts_that_are_alive() -> None:
    reason = why_not_running(replace(READY, hosts=[MILL, HostFact("mill-2", 8, 3, is_silent=True)]))
    assert reason is not None
    assert (reason.detail["busy"], reason.detail["slots"]) == (4, 4)
