"""May a run begin? Each line is a situation and what becomes of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from apps.engine.admission import (
    Admit,
    GiveUp,
    Other,
    Overlap,
    Parent,
    Places,
    Replace,
    Verdict,
    Wait,
    Why,
    decide,
    skips_for,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Situation:
    """By its schedule, at noon, with nothing in its way."""

    nominal_at: datetime = NOON
    made_at: datetime = NOON
    by_itself: bool = True
    delay: timedelta = timedelta()
    wait_limit: timedelta = timedelta()
    overlap: Overlap = Overlap.PARALLEL
    project_paused_at: datetime | None = None
    flow_paused_at: datetime | None = None
    unmet: Parent | None = None
    others: Sequence[Other] = ()
    flow_places: Places | None = None
    project_places: Places | None = None


def other(
    pk: int, nominal_at: datetime = NOON - HOUR, *, begun: bool = True, stopping: bool = False
) -> Other:
    return Other(pk, f"R{pk}", "nightly", begun, nominal_at, stopping)


FREE = Situation()
PARENT = Parent("parent:7@noon", "extract", "F7", NOON)
GOING = other(1)
FULL, ROOM = Places(1, [GOING]), Places(2, [GOING])

#: What it is like, and whether it begins or what it waits for first.
CASES: list[tuple[str, Situation, type[Verdict] | Why]] = [
    ("nothing is in its way", FREE, Admit),
    ("its project is paused", replace(FREE, project_paused_at=NOON), Why.PROJECT_PAUSED),
    ("its flow is paused", replace(FREE, flow_paused_at=NOON), Why.FLOW_PAUSED),
    (
        "a pause holds back also what a person starts",
        replace(FREE, flow_paused_at=NOON, by_itself=False),
        Why.FLOW_PAUSED,
    ),
    ("its delay is not over", replace(FREE, delay=MINUTE), Why.DELAY),
    ("its delay is over", replace(FREE, delay=MINUTE, nominal_at=NOON - MINUTE), Admit),
    ("a person does not wait for the delay", replace(FREE, delay=MINUTE, by_itself=False), Admit),
    ("a parent has not succeeded", replace(FREE, unmet=PARENT), Why.PARENT),
    ("nor has it when a person waits for it", replace(FREE, unmet=PARENT, by_itself=False), Why.PARENT),
    (
        "it waited too long for a parent",
        replace(FREE, unmet=PARENT, made_at=NOON - HOUR, wait_limit=HOUR),
        GiveUp,
    ),
    (
        "it may wait a little longer",
        replace(FREE, unmet=PARENT, made_at=NOON - MINUTE, wait_limit=HOUR),
        Why.PARENT,
    ),
    ("parallel: another run goes on", replace(FREE, others=[GOING]), Admit),
    ("wait: another run goes on", replace(FREE, overlap=Overlap.WAIT, others=[GOING]), Why.OVERLAP),
    ("wait: nobody else", replace(FREE, overlap=Overlap.WAIT), Admit),
    (
        "wait: an earlier time waits too and goes first",
        replace(FREE, overlap=Overlap.WAIT, others=[other(1, begun=False)]),
        Why.OVERLAP,
    ),
    (
        "wait: a later time waits too and lets it go first",
        replace(FREE, overlap=Overlap.WAIT, others=[other(1, NOON + HOUR, begun=False)]),
        Admit,
    ),
    ("wait: a person does not", replace(FREE, overlap=Overlap.WAIT, others=[GOING], by_itself=False), Admit),
    (
        "skip: a run that is made already is not skipped",
        replace(FREE, overlap=Overlap.SKIP, others=[GOING]),
        Admit,
    ),
    ("replace: another run goes on", replace(FREE, overlap=Overlap.REPLACE, others=[GOING]), Replace),
    (
        "replace: what it replaces is being stopped",
        replace(FREE, overlap=Overlap.REPLACE, others=[other(1, stopping=True)]),
        Why.REPLACING,
    ),
    (
        "replace: a later time is not its business",
        replace(FREE, overlap=Overlap.REPLACE, others=[other(1, NOON + HOUR)]),
        Admit,
    ),
    ("the flow's places are taken", replace(FREE, flow_places=FULL), Why.FLOW_LIMIT),
    ("also for a person", replace(FREE, flow_places=FULL, by_itself=False), Why.FLOW_LIMIT),
    ("a place is free", replace(FREE, flow_places=ROOM), Admit),
    (
        "a place is free, and somebody goes first",
        replace(FREE, flow_places=Places(2, [GOING], ahead=True)),
        Why.FLOW_LIMIT,
    ),
    ("the project's places are taken", replace(FREE, project_places=FULL), Why.PROJECT_LIMIT),
    # what is told first, when several things are in its way
    ("parents come before places", replace(FREE, unmet=PARENT, flow_places=FULL), Why.PARENT),
    (
        "the flow's places come before the project's",
        replace(FREE, flow_places=FULL, project_places=FULL),
        Why.FLOW_LIMIT,
    ),
    (
        "a pause comes before all",
        replace(FREE, project_paused_at=NOON, unmet=PARENT, delay=HOUR),
        Why.PROJECT_PAUSED,
    ),
]


@pytest.mark.parametrize(("name", "situation", "expected"), CASES, ids=[name for name, _, _ in CASES])
def test_a_run_that_is_made(name: str, situation: Situation, expected: type[Verdict] | Why) -> None:
    verdict = decide(situation, NOON)
    assert (verdict.why if isinstance(verdict, Wait) else type(verdict)) == expected


@pytest.mark.parametrize(
    ("overlap", "others", "expected"),
    [
        (Overlap.SKIP, [GOING], GOING),
        (Overlap.SKIP, [other(2, begun=False), GOING], other(2, begun=False)),
        (Overlap.SKIP, [], None),
        (Overlap.PARALLEL, [GOING], None),
    ],
)
def test_a_time_that_is_just_due_passes_for_another_run(
    overlap: Overlap, others: list[Other], expected: Other | None
) -> None:
    due = replace(FREE, overlap=overlap, others=others)
    assert skips_for(due) == expected
    assert skips_for(replace(due, flow_paused_at=NOON)) == expected
    assert skips_for(replace(due, by_itself=False)) is None


def test_what_only_time_clears_says_when() -> None:
    early = decide(replace(FREE, delay=HOUR), NOON)
    patient = decide(replace(FREE, unmet=PARENT, wait_limit=HOUR), NOON)
    assert isinstance(early, Wait) and early.until == NOON + HOUR
    assert isinstance(patient, Wait) and patient.until == NOON + HOUR


def test_the_first_few_of_many_in_the_way_are_named() -> None:
    verdict = decide(replace(FREE, flow_places=Places(5, [other(pk) for pk in range(5)])), NOON)
    assert isinstance(verdict, Wait)
    assert [run["ref"] for run in verdict.detail["runs"]] == ["R0", "R1", "R2"]
    assert (verdict.detail["count"], verdict.detail["most"]) == (5, 5)
