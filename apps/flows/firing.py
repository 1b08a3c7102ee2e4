"""Firing schedules: due times become runs, many in one transaction, or are written down as skipped.

Whoever fires holds the rows of the schedules until what they became is committed, and two
never hold the same; one run for each nominal time is also a constraint. So any number of
schedulers may fire, and a clock that is put back fires nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from django.db import connection, transaction
from django.db.models import F, OuterRef, Subquery

from apps.engine.admission import skips_for
from apps.flows.admission import AT_ONCE, BY_ITSELF, RunFacts, is_free
from apps.flows.aside import REFUSED, left_for_later
from apps.flows.frozen import current
from apps.flows.models import Dependency, Flow, Run, Schedule, SkippedFire
from apps.flows.opening import Order, begin, make_runs
from apps.flows.schedules import fires_from, last_fire, last_fires, next_fire
from apps.flows.sql import Batch
from apps.lib.errors import DomainError, Invalid

logger = logging.getLogger(__name__)

BATCH = 100
#: A fire that is later than this was missed.
MISFIRE_GRACE = timedelta(seconds=60)
#: How many missed times of one schedule become runs in one transaction.
AT_A_TIME = 10
#: Skipped times are counted no further.
COUNTED = 100_000
_MOMENT = timedelta(microseconds=1)


@dataclass(slots=True)
class Due:
    """What becomes of a schedule's due times."""

    schedule: Schedule
    fire: list[datetime] = field(default_factory=list)
    skipped: list[SkippedFire] = field(default_factory=list)
    upcoming: datetime | None = None
    trouble: str = ""


def fire_due(now: datetime, most: int = BATCH) -> int:
    """Fire up to `most` schedules that are due; how many."""
    due = list(due_schedules(now)[:most])
    return fire_schedules(due, now) if due else 0


def due_schedules(now: datetime) -> Any:
    rows = Schedule.objects.filter(enabled=True, next_fire_at__lte=now)
    return rows.order_by("next_fire_at").values_list("pk", flat=True)


def fire_schedules(pks: Sequence[int], now: datetime) -> int:
    """Fire these, all at once; one by one when one of them spoils it for the others. How many."""
    try:
        with transaction.atomic():
            _fire(_held(pks, now), now)
    except REFUSED:
        # Somebody made a run of one of these times in this very moment: a fresh look sees it.
        return sum(_fire_alone(pk, now) for pk in pks)
    return len(pks)


def _fire_alone(pk: int, now: datetime) -> bool:
    with left_for_later(f"what schedule {pk} fires"), transaction.atomic():
        _fire(_held([pk], now), now)
        return True
    return False


def _held(pks: Sequence[int], now: datetime) -> list[Schedule]:
    rows = Schedule.objects.filter(pk__in=pks, enabled=True, next_fire_at__lte=now)
    joined = rows.select_related("flow__project", "flow__document", "flow__published")
    # Whole flows: what freezing reads of them one by one would cost a query each.
    return list(joined.select_for_update(skip_locked=True, of=("self",)).order_by("next_fire_at"))


def _fire(schedules: Sequence[Schedule], now: datetime) -> None:
    flows = [schedule.flow for schedule in schedules]
    waiting = _with_parents(flows)
    plans = [_plan(schedule, now, free=_is_free(schedule.flow, schedule, waiting)) for schedule in schedules]
    made = _already_made(plans)
    revisions = current([plan.schedule.flow for plan in plans if plan.fire])
    orders: list[Order] = []
    for plan in plans:
        revision = revisions[plan.schedule.flow_id] if plan.fire else None
        fire = [at for at in plan.fire if (plan.schedule.flow_id, at) not in made]
        for at in fire:
            if isinstance(revision, DomainError):
                _refuse(plan, at, revision.message)
            elif not _is_skipped(plan, at):
                orders.append(_order(plan.schedule.flow, revision, at))
    make(orders, waiting, now)
    for plan in plans:
        _move_on(plan)
    _write([plan.schedule for plan in plans])
    note_skipped([skip for plan in plans for skip in plan.skipped])


def make(orders: Sequence[Order], waiting: set[int], now: datetime) -> list[Run]:
    """Make runs that start by themselves; those that nothing can hold up begin at once.

    `waiting` are the flows that have parents.
    """
    free = [_is_free(order.flow, getattr(order.flow, "schedule", None), waiting) for order in orders]
    runs = make_runs(orders, [None if each else AT_ONCE for each in free])
    begin([run.pk for run, each in zip(runs, free, strict=True) if each], now)
    return runs


def _is_free(flow: Flow | None, schedule: Schedule | None, waiting: set[int]) -> bool:
    assert flow is not None
    return is_free(flow.project, flow, schedule, has_parents=flow.pk in waiting)


def _with_parents(flows: Iterable[Flow]) -> set[int]:
    return set(Dependency.objects.filter(flow__in=[f.pk for f in flows]).values_list("flow_id", flat=True))


def _already_made(plans: Sequence[Due]) -> set[tuple[int, datetime]]:
    runs = Run.objects.filter(
        flow__in=[plan.schedule.flow_id for plan in plans],
        nominal_at__in={at for plan in plans for at in plan.fire},
        trigger__in=BY_ITSELF,
    )
    return set(runs.values_list("flow_id", "nominal_at"))  # type: ignore[arg-type]


# --- which times


def _plan(schedule: Schedule, now: datetime, *, free: bool) -> Due:
    due = Due(schedule)
    assert schedule.next_fire_at is not None
    try:
        kept = kept_times(schedule, schedule.next_fire_at, now)
        if not free:
            kept = kept[:1]  # each is looked at when the one before it is there to be seen
        due.fire = kept[:AT_A_TIME]
        first_kept = due.fire[0] if due.fire else None
        due.skipped = _passed_over(schedule, first_kept or now + _MOMENT)
        due.upcoming = next_fire(schedule, due.fire[-1] if due.fire else now)
    except Invalid as error:
        # It meant something when it was set: a time zone may go with an update. Others must fire still.
        logger.warning("schedule of flow %s cannot be read: %s", schedule.flow.ref, error.message)
        due.trouble = error.message[:512]
    return due


def kept_times(schedule: Schedule, first: datetime, now: datetime) -> list[datetime]:
    """Of the times from `first` until `now` those that become runs, as the misfire policy says."""
    is_all = schedule.misfire == Schedule.Misfire.ALL
    most = max(schedule.catch_up_most, 1) if is_all else 1
    found = last_fires(schedule, first - _MOMENT, now, most)
    if is_all and schedule.catch_up_hours:
        oldest = now - timedelta(hours=schedule.catch_up_hours)
        found = [at for at in found if at >= oldest or now - at <= MISFIRE_GRACE]
    elif schedule.misfire == Schedule.Misfire.NONE:
        found = [at for at in found if now - at <= MISFIRE_GRACE]
    return found


def _passed_over(schedule: Schedule, until: datetime) -> list[SkippedFire]:
    """The due times before `until`, written down as missed."""
    assert schedule.next_fire_at is not None
    return skipped_between(schedule, schedule.next_fire_at - _MOMENT, until, SkippedFire.Reason.MISFIRE)


def skipped_between(schedule: Schedule, after: datetime, until: datetime, reason: str) -> list[SkippedFire]:
    """A row for the fires after `after` and before `until`, if there are any."""
    inside = takewhile(lambda at: at < until, fires_from(schedule, after))
    count, first = 0, None
    for at in islice(inside, COUNTED):
        first = first or at
        count += 1
    if first is None:
        return []
    last = last_fire(schedule, after, until - _MOMENT) or first
    return [SkippedFire(flow=schedule.flow, first_at=first, last_at=last, count=count, reason=reason)]


def _move_on(plan: Due) -> None:
    schedule = plan.schedule
    schedule.last_fire_at = plan.fire[-1] if plan.fire else schedule.next_fire_at
    schedule.next_fire_at = plan.upcoming
    schedule.trouble = plan.trouble


def _write(schedules: Iterable[Schedule]) -> None:
    """In SQL: the ORM's update of many rows costs as much as making their runs."""
    stored = connection.ops.adapt_datetimefield_value
    batch = Batch()
    batch.add(
        "UPDATE flows_schedule SET next_fire_at = %s, last_fire_at = %s, trouble = %s WHERE id = %s",
        [(stored(s.next_fire_at), stored(s.last_fire_at), s.trouble[:512], s.pk) for s in schedules],
    )
    batch.flush()


# --- which of them become runs


def _order(flow: Flow, revision: Any, at: datetime) -> Order:
    return Order(
        revision, flow.project, flow.name, at, flow=flow, trigger=Run.Trigger.SCHEDULE, heeds_parents=True
    )


def _is_skipped(plan: Due, at: datetime) -> bool:
    flow = plan.schedule.flow
    run = Run(project=flow.project, flow=flow, nominal_at=at, trigger=Run.Trigger.SCHEDULE)
    other = skips_for(RunFacts(run, plan.schedule))
    if other is None:
        return False
    detail = {"run": other.ref, "name": other.name}
    plan.skipped.append(
        SkippedFire(flow=flow, first_at=at, last_at=at, reason=SkippedFire.Reason.OVERLAP, detail=detail)
    )
    return True


def _refuse(plan: Due, at: datetime, message: str) -> None:
    plan.trouble = f"{at:%Y-%m-%d %H:%M:%S %Z}: {message}"[:512]
    logger.warning("schedule of flow %s did not fire: %s", plan.schedule.flow.ref, plan.trouble)
    plan.skipped.append(
        SkippedFire(
            flow=plan.schedule.flow,
            first_at=at,
            last_at=at,
            reason=SkippedFire.Reason.REFUSED,
            detail={"message": message[:512]},
        )
    )


def note_skipped(rows: Sequence[SkippedFire]) -> None:
    """Write them down. What is held up by the same again and again is one row that grows."""
    if not rows:
        return
    newest = SkippedFire.objects.filter(flow=OuterRef("pk")).order_by("-last_at", "-pk").values("pk")[:1]
    flows = Flow.objects.filter(pk__in={row.flow_id for row in rows}).order_by()
    latest = {
        row.flow_id: row
        for row in SkippedFire.objects.filter(
            pk__in=list(flows.annotate(newest=Subquery(newest)).values_list("newest", flat=True))
        )
    }
    fresh = []
    for row in rows:
        before = latest.get(row.flow_id)
        if before and row.detail and (before.reason, before.detail) == (row.reason, row.detail):
            SkippedFire.objects.filter(pk=before.pk).update(last_at=row.last_at, count=F("count") + row.count)
        else:
            fresh.append(row)
    SkippedFire.objects.bulk_create(fresh)
