"""The judge of the chaos campaigns sees what is wrong: each kind of harm is done here by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.engine.plan import Claimed, Reported
from apps.flows.hosts import register_host
from apps.flows.models import Attempt, NodeRun, Run, RunEvent
from apps.flows.runs import step, submit_flow
from apps.projects.models import User
from tests.chaos.ledger import BEHAVIOURS
from tests.chaos.verdict import Evidence, Verdict, judge
from tests.factories import flow_of, make_job, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    """Of a run of two nodes that went well, the first at its second try."""
    ledger = tmp_path / "ledger"
    host = register_host().pk
    project = make_project(User.objects.create(username="ann", is_superuser=True))
    jobs = {
        name: make_job(project, name, **BEHAVIOURS[name].fields(ledger) | {"retry_interval": 0})
        for name in ("flaky", "quick")
    }
    flow = flow_of({"a": [], "b": ["a"]}, {"a": jobs["flaky"], "b": jobs["quick"]}, project)
    run = submit_flow(flow, by=project.owner)
    now = datetime.now(UTC)
    with ledger.open("a") as file:
        for node, exit_codes in (("a", (3, 0)), ("b", (0,))):
            ordinal = NodeRun.objects.get(run=run, node=node).ordinal
            for number, code in enumerate(exit_codes, 1):
                step(run.pk, [Claimed(ordinal, host)])
                step(run.pk, [Reported(ordinal, number, code, now)])
                file.write(f"{run.ref} {node} {number}\n")
    return Evidence(ledger, {run.uid}, set(), set(), [], [])


def judged_after(evidence: Evidence, harm: Callable[[Evidence], object]) -> Verdict:
    assert judge(evidence).is_clean, str(judge(evidence))
    harm(evidence)
    return judge(evidence)


def write(evidence: Evidence, text: str) -> None:
    evidence.ledger.write_text(text)


def lines(evidence: Evidence) -> list[str]:
    return evidence.ledger.read_text().splitlines(keepends=True)


LOST: dict[str, Callable[[Evidence], object]] = {
    "a command that never ran": lambda e: write(e, "".join(lines(e)[:-1])),
    "an accepted run that is not there": lambda e: e.accepted.add(7),
    "an attempt without a result": lambda e: Attempt.objects.filter(number=2).update(end="", ended_at=None),
    "a run that does not end": lambda e: Run.objects.update(ended_at=None, state="running"),
}
DOUBLED: dict[str, Callable[[Evidence], object]] = {
    "a command that ran twice": lambda e: write(e, "".join([*lines(e), lines(e)[0]])),
    "a command of an attempt that nobody knows": lambda e: write(
        e, "".join([*lines(e), lines(e)[-1].replace(" 1\n", " 2\n")])
    ),
    "two results of one attempt": lambda e: RunEvent.objects.filter(
        kind="node.succeeded", node_run__node="a"
    ).update(detail={"attempt": 1}),
    "a node that succeeded twice": lambda e: Attempt.objects.update(end="succeeded"),
}
WRONG: dict[str, Callable[[Evidence], object]] = {
    "a counter": lambda e: Run.objects.update(ended=1),
    "an event that is gone": lambda e: RunEvent.objects.filter(seq=2).delete(),
    "an attempt too many": lambda e: NodeRun.objects.filter(node="b").update(attempt=2),
    "a node that moved after the end": lambda e: NodeRun.objects.filter(node="b").update(state="running"),
    "an exit code that the job cannot have": lambda e: Attempt.objects.filter(number=2).update(exit_code=1),
    "an attempt that was lost for no reason": lambda e: Attempt.objects.filter(number=1, exit_code=3).update(
        end="lost"
    ),
    "a kill that was accepted and forgotten": lambda e: e.killed.update(e.accepted),
}


@pytest.mark.parametrize("harm", LOST.values(), ids=LOST)
def test_what_is_lost_is_found(evidence: Evidence, harm: Callable[[Evidence], object]) -> None:
    assert judged_after(evidence, harm).lost


@pytest.mark.parametrize("harm", DOUBLED.values(), ids=DOUBLED)
def test_what_ran_twice_is_found(evidence: Evidence, harm: Callable[[Evidence], object]) -> None:
    assert judged_after(evidence, harm).doubled


@pytest.mark.parametrize("harm", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(evidence: Evidence, harm: Callable[[Evidence], object]) -> None:
    assert judged_after(evidence, harm).wrong


def test_a_lost_attempt_is_excused_by_the_death_of_a_shepherd(evidence: Evidence) -> None:
    Attempt.objects.filter(exit_code=3).update(end="lost", exit_code=None)
    assert not judge(evidence).is_clean
    evidence.shepherd_kills.append(1.0)
    assert judge(evidence).is_clean
