"""The tick: fire due schedules, wake due retries, remind the forgotten.

Every part of it may run in any number of processes, twice, late or never: each fire and
each wake-up is claimed by a conditional update in the transaction that acts on it.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, InterfaceError, close_old_connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.engine.plan import Woken
from apps.engine.states import State
from apps.flows.heartbeats import INTERVAL, beat
from apps.flows.losses import HostWatch
from apps.flows.models import NodeRun, Run, Schedule
from apps.flows.revisions import deployed
from apps.flows.runs import step, submit_flow
from apps.flows.schedules import last_fire, next_fire
from apps.flows.timeouts import end_overdue_runs, tell_late_starts
from apps.lib.errors import DomainError, Invalid
from apps.lib.nudge import nudge

logger = logging.getLogger(__name__)

TICK = 0.25
BATCH = 200
#: A ready node that nobody claimed for this long is brought to mind again.
FORGOTTEN_AFTER = timedelta(seconds=2)
#: A fire that is later than this was missed.
MISFIRE_GRACE = timedelta(seconds=60)
#: Seconds between the slower duties.
SLOW_INTERVAL = 2.0
#: Seconds between clearing away what is no longer needed.
PRUNE_INTERVAL = 3600.0


class Scheduler:
    def __init__(self) -> None:
        self.is_stopping = False
        self.hosts = HostWatch()
        self.slow_due = self.beat_due = self.prune_due = 0.0

    def serve(self) -> None:
        while not self.is_stopping:
            try:
                self.round()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("the database does not answer, trying again: %s", error)
                close_old_connections()
            time.sleep(TICK)

    def round(self) -> None:
        tick(timezone.now())
        now = time.monotonic()
        if now >= self.slow_due:
            self.slow_due = now + SLOW_INTERVAL
            remind(timezone.now())
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

    def stop(self, *_: object) -> None:
        self.is_stopping = True


def tick(now: datetime) -> None:
    """Whatever is due by the clock."""
    for schedule in due_schedules(now):
        fire(schedule, now)
    due = retries_due(now).order_by("wake_at").values_list("run_id", "ordinal")
    for run_id, ordinal in list(due[:BATCH]):
        step(run_id, [Woken(ordinal)])


def due_schedules(now: datetime) -> list[Schedule]:
    due = Schedule.objects.filter(enabled=True, next_fire_at__lte=now)
    return list(due.select_related("flow__project", "flow__document").order_by("next_fire_at")[:BATCH])


def retries_due(now: datetime) -> QuerySet[NodeRun]:
    return NodeRun.objects.filter(wake_at__lte=now, state=State.RETRYING)


def forgotten(now: datetime) -> QuerySet[NodeRun]:
    return NodeRun.objects.filter(state=State.READY, ready_at__lte=now - FORGOTTEN_AFTER)


def fire(schedule: Schedule, now: datetime) -> Run | None:
    """Start the run of the schedule's due time and set the next, once whoever else tries.

    A time that was missed is fired or passed over as the schedule says. A flow that cannot
    run leaves the reason at its schedule, which goes on.
    """
    nominal_at = schedule.next_fire_at
    assert nominal_at is not None
    try:
        if schedule.misfire != Schedule.Misfire.ALL:
            nominal_at = last_fire(schedule, nominal_at, now) or nominal_at
        upcoming = next_fire(schedule, nominal_at)
    except Invalid as error:
        # It meant something when it was set: a time zone may go with an update. Others must fire still.
        logger.warning("schedule of flow %s cannot be read: %s", schedule.flow.ref, error.message)
        _move_on(schedule, nominal_at, None, error.message[:512])
        return None
    if schedule.misfire == Schedule.Misfire.NONE and now - nominal_at > MISFIRE_GRACE:
        _move_on(schedule, nominal_at, upcoming, "")
        return None
    try:
        with transaction.atomic():
            won = Schedule.objects.filter(
                pk=schedule.pk, enabled=True, next_fire_at=schedule.next_fire_at
            ).update(next_fire_at=upcoming, last_fire_at=nominal_at, trouble="")
            if not won:
                return None
            return submit_flow(
                schedule.flow,
                by=None,
                trigger=Run.Trigger.SCHEDULE,
                nominal_at=nominal_at,
                revision=deployed(schedule.flow),
            )
    except DomainError as error:
        trouble = f"{nominal_at:%Y-%m-%d %H:%M:%S %Z}: {error.message}"[:512]
        logger.warning("schedule of flow %s did not fire: %s", schedule.flow.ref, trouble)
    except IntegrityError:
        trouble = ""  # the run of this time exists already
    _move_on(schedule, nominal_at, upcoming, trouble)
    return None


def _move_on(schedule: Schedule, fired_at: datetime, upcoming: datetime | None, trouble: str) -> None:
    Schedule.objects.filter(pk=schedule.pk, next_fire_at=schedule.next_fire_at).update(
        next_fire_at=upcoming, last_fire_at=fired_at, trouble=trouble
    )


def remind(now: datetime) -> None:
    """What a lost nudge left lying: ready nodes, and what alerts have to do."""
    if forgotten(now).exists():
        nudge("flows.wake")
    # Events may be new, or a message due for its next try: alerts knows, and looks in two small queries.
    nudge("alerts.drain")
