"""Bringing runs to an end without a host: each node claimed and reported, as a warden would."""

from __future__ import annotations

from datetime import UTC, datetime

from apps.engine.plan import Claimed, Reported
from apps.engine.states import State
from apps.flows.hosts import register_host
from apps.flows.models import NodeRun, Run
from apps.flows.runs import step, submit_flow
from apps.jobs.models import Job
from apps.projects.models import User
from tests.graphs import chain, make_drawn_flow


def end_run(run: Run, exit_code: int = 0) -> Run:
    """Every node ends with `exit_code` as long as there are ready ones."""
    host = register_host().pk
    while ready := NodeRun.objects.filter(run=run, state=State.READY).first():
        step(run.pk, [Claimed(ready.ordinal, host)])
        ready.refresh_from_db()
        step(run.pk, [Reported(ready.ordinal, ready.token, exit_code, datetime.now(UTC), "")])
    run.refresh_from_db()
    return run


def waits_for_a_retry(by: User) -> NodeRun:
    """The first node of a run of two, after it failed and before it is tried again."""
    flow = make_drawn_flow(chain(2), by=by)
    Job.objects.update(max_retry=1, retry_interval=30)
    run = submit_flow(flow, by=by)
    node = NodeRun.objects.get(run=run, state=State.READY)
    step(run.pk, [Claimed(node.ordinal, register_host().pk)])
    step(run.pk, [Reported(node.ordinal, 1, 1, datetime.now(UTC), "it broke")])
    node.refresh_from_db()
    return node
