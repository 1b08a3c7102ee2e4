"""Limits by the clock: of whole runs, and of how long a ready node may wait for a host.

A node's own limit is kept by the warden that runs it. The limits here are kept by the
scheduler, in seconds since what the database says; a step of its clock moves them like
everything else that is planned by the time of day.

A run that is over its limit fails, with the limit as its reason: what runs is stopped, and
whoever is told of failed flows is told. A node that waits too long only raises an event
(EMR's "start timed out"): it may still start, and end well.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from apps.engine.plan import Happening, StartOverdue, TimedOut
from apps.engine.states import State
from apps.flows.models import NodeRun, Run, RunEvent
from apps.flows.revisions import compiled
from apps.flows.steps import step_each

#: Whose limit was passed: the event that says so.
START_TIMED_OUT = {"job": "job.start_timed_out", "flow": "node.start_timed_out"}
BATCH = 500


def end_overdue_runs(now: datetime) -> int:
    """Let every run fail that goes on for longer than its flow allows. Returns how many."""
    limited = open_runs_with("time_limit").filter(started_at__isnull=False)
    overdue = [
        (run_id, limit)
        for run_id, started_at, limit in limited.values_list("pk", "started_at", "revision__time_limit")
        if started_at and limit and now - started_at >= timedelta(seconds=limit)
    ]
    reason = "it ran longer than its time limit of {} s and was stopped"
    return step_each((run_id, [TimedOut(reason.format(limit))]) for run_id, limit in overdue)


def tell_late_starts(now: datetime) -> int:
    """Raise an event for every node that is ready for longer than it may be. Returns how many."""
    limits = open_runs_with("start_limit").order_by().values_list("revision__start_limit", flat=True)
    happenings: dict[int, list[Happening]] = defaultdict(list)
    for shortest in {limit for limit in limits if limit}:
        for node in _waiting_since(now - timedelta(seconds=shortest), shortest)[:BATCH]:
            seconds, whose = _limit_of(node)
            if seconds and node.ready_at and now - node.ready_at >= timedelta(seconds=seconds):
                reason = f"it was ready for {seconds} s and no host has started it"
                happenings[node.run_id].append(StartOverdue(node.ordinal, START_TIMED_OUT[whose], reason))
    step_each(happenings.items())
    return sum(map(len, happenings.values()))


def open_runs_with(limit: str) -> QuerySet[Run]:
    """Runs that go on and whose revision has such a limit."""
    return Run.objects.filter(
        ended_at__isnull=True,
        state__in=(State.RUNNING, State.SUSPENDED),
        **{f"revision__{limit}__isnull": False},
    )


def _waiting_since(since: datetime, shortest: int) -> QuerySet[NodeRun]:
    """Nodes that are ready since then at least, and of which nothing was said since they are."""
    told = RunEvent.objects.filter(
        node_run=OuterRef("pk"), kind__in=START_TIMED_OUT.values(), at__gte=OuterRef("ready_at")
    )
    return (
        NodeRun.objects.filter(~Exists(told), state=State.READY, ready_at__lte=since)
        .filter(run__state=State.RUNNING, run__revision__start_limit=shortest)
        .select_related("run__revision")
        .only("ordinal", "ready_at", "run__revision__digest")
        .order_by("ready_at")
    )


def _limit_of(node: NodeRun) -> tuple[int, str]:
    revision = node.run.revision
    limit = compiled(revision.pk, revision.digest).nodes[node.ordinal].get("start_limit", (0, ""))
    return limit[0], limit[1]
