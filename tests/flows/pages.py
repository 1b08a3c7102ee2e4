"""What the tests of the pages start from: people, a project, a flow, runs in all states."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from apps.engine.states import ENDED, State
from apps.flows.models import Attempt, Flow, NodeRun, Run
from apps.flows.runs import submit_flow
from apps.jobs.logs import log_path
from apps.projects.models import Project, User
from tests.factories import make_flow

HTMX = {"HX-Request": "true"}


def diamond(project: Project, name: str = "nightly") -> Flow:
    """extract → (north, south) → report."""
    return make_flow(
        project,
        name,
        jobs={"report": {"content": "echo ${day}", "params_text": '{"day": "${yyyy-MM-dd}"}'}},
        extract=[],
        north=["extract"],
        south=["extract"],
        report=["north", "south"],
    )


def finished(flow: Flow, by: User, **states: str) -> Run:
    """A run that ended, each node as told or succeeded: rows only, nothing was started."""
    run = submit_flow(flow, by=by)
    now = timezone.now()
    for node in run.node_runs.all():
        state = states.get(node.name, State.SUCCEEDED)
        NodeRun.objects.filter(pk=node.pk).update(
            state=state, started_at=now - timedelta(seconds=4), ended_at=now, attempt=1, exit_code=0
        )
        Attempt.objects.create(
            node_run=node,
            number=1,
            token=1,
            started_at=now - timedelta(seconds=4),
            ended_at=now,
            end=state if state in (State.SUCCEEDED, State.FAILED) else "",
        )
    bad = sum(state == State.FAILED for state in states.values())
    state = State.FAILED if bad else State.SUCCEEDED
    assert state in ENDED
    Run.objects.filter(pk=run.pk).update(
        state=state,
        ended=run.total,
        failed=bad,
        active=0,
        started_at=now - timedelta(seconds=9),
        ended_at=now,
    )
    run.refresh_from_db()
    return run


def node_of(run: Run, name: str) -> NodeRun:
    return run.node_runs.get(name=name)


def write_log(node: NodeRun, text: str, attempt: int = 1) -> Path:
    path = log_path(node.run.uid, node.ordinal, attempt)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(text)
    return path
