"""The tick: fire due schedules, let waiting runs begin, wake what is due, remind the forgotten.

Every part of it may run in any number of processes, twice, late or never: each fire and
each wake-up is claimed by a conditional update in the transaction that acts on it.
"""

from __future__ import annotations

import logging
import os
import select
import time
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, close_old_connections
from django.db.models import QuerySet
from django.utils import timezone

from apps.engine.control import SUB_FLOW_KINDS
from apps.engine.plan import Due, Woken
from apps.engine.states import State
from apps.flows import wake
from apps.flows.admission import look_at_waiting
from apps.flows.aside import left_for_later
from apps.flows.backfills import drive_backfills
from apps.flows.clock_steps import heed_steps_back
from apps.flows.ends import take_ends
from apps.flows.firing import fire_due
from apps.flows.heartbeats import INTERVAL, beat
from apps.flows.losses import HostWatch
from apps.flows.models import NodeRun
from apps.flows.steps import step_each
from apps.flows.sub_flows import tend
from apps.flows.timeouts import end_overdue_runs, tell_late_starts
from apps.lib.nudge import nudge

logger = logging.getLogger(__name__)

#: Seconds between two looks at what is due.
TICK = 0.5
BATCH = 200
#: How often each duty takes up another batch in one tick.
ROUNDS = 20
#: A ready node that nobody claimed for this long is brought to mind again.
FORGOTTEN_AFTER = timedelta(seconds=2)
#: Seconds between the slower duties.
SLOW_INTERVAL = 2.0
#: Seconds between clearing away what is no longer needed.
PRUNE_INTERVAL = 3600.0


class Scheduler:
    def __init__(self) -> None:
        self.is_stopping = False
        self.hosts = HostWatch()
        self.bell = wake.listen(str(os.getpid()), wake.SCHEDULER)
        self.slow_due = self.beat_due = self.prune_due = 0.0

    def serve(self) -> None:
        while not self.is_stopping:
            try:
                self.round()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("the database does not answer, trying again: %s", error)
                close_old_connections()
            select.select([self.bell], [], [], until_next_tick())
            wake.drain(self.bell)
        self.bell.close()

    def round(self) -> None:
        tick(timezone.now())
        now = time.monotonic()
        if now >= self.slow_due:
            self.slow_due = now + SLOW_INTERVAL
            remind(timezone.now())
            heed_steps_back(timezone.now())
            drive_backfills(timezone.now())
            self.hosts.look(now)
            end_overdue_runs(timezone.now())
            tell_late_starts(timezone.now())
        if now >= self.beat_due:
            self.beat_due = now + INTERVAL
            beat("scheduler")
            nudge("flows.beat")
        if now >= self.prune_due:
            self.prune_due = now + PRUNE_INTERVAL
            nudge("gateways.prune")
            nudge("projects.clear")
            nudge("flows.clear")

    def stop(self, *_: object) -> None:
        self.is_stopping = True


def tick(now: datetime) -> None:
    """Whatever is due by the clock, and what the ends of runs let begin."""
    for duty in (take_ends, fire_due, look_at_waiting):
        for _ in range(ROUNDS):
            if not duty(now):
                break
    for node_run in list(calls_due(now).order_by("wake_at").values_list("pk", flat=True)[:BATCH]):
        with left_for_later(f"the run that node run {node_run} is of"):
            tend(node_run, now)
    due = sleepers_due(now).order_by("wake_at").values_list("run_id", "ordinal", "state", "token")
    step_each(
        (run_id, [Woken(ordinal) if state == State.RETRYING else Due(ordinal, token)])
        for run_id, ordinal, state, token in list(due[:BATCH])
    )


def until_next_tick() -> float:
    """Seconds: ticks fall on whole seconds of the clock, as most of what is due does."""
    return TICK - time.time() % TICK


def sleepers_due(now: datetime) -> QuerySet[NodeRun]:
    """Retries whose time has come, and nodes without a host that wait for no longer."""
    due = NodeRun.objects.filter(wake_at__lte=now, state__in=(State.RETRYING, State.RUNNING))
    return due.exclude(state=State.RUNNING, kind__in=SUB_FLOW_KINDS)


def calls_due(now: datetime) -> QuerySet[NodeRun]:
    """Nodes that are a run of another flow which is to be made, or told to stop."""
    due = NodeRun.objects.filter(wake_at__lte=now, kind__in=SUB_FLOW_KINDS)
    return due.filter(state__in=(State.RUNNING, State.STOPPING)).exclude(
        state=State.RUNNING, run__state=State.SUSPENDED
    )


def forgotten(now: datetime) -> QuerySet[NodeRun]:
    return NodeRun.objects.filter(state=State.READY, ready_at__lte=now - FORGOTTEN_AFTER)


def remind(now: datetime) -> None:
    """What a lost nudge left lying: ready nodes, and what alerts have to do."""
    if forgotten(now).exists():
        nudge("flows.wake")
    # Events may be new, or a message due for its next try: alerts knows, and looks in two small queries.
    nudge("alerts.drain")
