"""What the end of a run means to other runs: some may begin now, and children are made.

A flow that has no cron runs for each run of the parent that leads it (see
`engine.periods`), once that has succeeded. Runs that a person started of a parent with
times of its own lead nothing, and a backfill leads nothing: whoever backfills chooses what.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.engine.plan import Answered
from apps.engine.states import State
from apps.flows.admission import BY_ITSELF, place_keys, tell, tell_first
from apps.flows.aside import REFUSED, left_for_later
from apps.flows.calendar import Calendar
from apps.flows.firing import make, note_skipped
from apps.flows.frozen import current
from apps.flows.models import Dependency, Flow, NodeRun, Run, RunEnd, Schedule, SkippedFire
from apps.flows.opening import Order
from apps.flows.parents import parent_key
from apps.flows.steps import step
from apps.lib.errors import DomainError

logger = logging.getLogger(__name__)

BATCH = 200


def take_ends(now: datetime, most: int = BATCH) -> int:
    """Tell those who may wait for runs that ended; how many ends there were."""
    found = list(RunEnd.objects.order_by("pk").values_list("pk", flat=True)[:most])
    if not found:
        return 0
    # Each steps the run that it is in: one by one, so that their locks are.
    inner = list(RunEnd.objects.filter(pk__in=found, run__parent__isnull=False).values_list("pk", flat=True))
    taken = sum(_take_inner(pk) for pk in inner)
    outer = [pk for pk in found if pk not in set(inner)]
    try:
        with transaction.atomic():
            _take(outer, now)
    except REFUSED:
        # Another made the run of a child in this moment. One by one, then, and with a fresh look.
        return taken + sum(_take_alone(pk, now) for pk in outer)
    return taken + len(outer)


def _take_inner(pk: int) -> bool:
    """Tell the node whose run this was how it ended, and those who waited for its place."""
    with left_for_later(f"the end {pk} of an inner run"), transaction.atomic():
        rows = RunEnd.objects.select_for_update(skip_locked=True, of=("self",))
        end = rows.select_related("run__project", "run__flow__schedule", "run__parent").filter(pk=pk).first()
        if end is None or end.run.parent is None:
            return False
        step(end.run.parent.run_id, [_answer(end.run, end.run.parent)])
        for key in sorted(place_keys(end.run)):
            tell_first(key)
        end.delete()
        return True
    return False


def _answer(run: Run, node: NodeRun) -> Answered:
    name = f"run {run.ref} of flow {run.name}"
    killed = run.state in (State.KILLED, State.KILL_FAILED)
    reason = "" if run.state == State.SUCCEEDED else f"{name} {'was killed' if killed else 'failed'}"
    if reason and run.reason:
        reason += f": {run.reason}"
    return Answered(
        node.ordinal,
        run.iteration,
        run.state == State.SUCCEEDED,
        reason,
        {"run": run.ref, "state": run.state},
        killed=killed,
        retryable=True,
    )


def _take_alone(pk: int, now: datetime) -> bool:
    with left_for_later(f"the end {pk} of a run"), transaction.atomic():
        _take([pk], now)
        return True
    return False


def _take(pks: Sequence[int], now: datetime) -> None:
    rows = RunEnd.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=pks)
    ends = list(rows.select_related("run__project", "run__flow__schedule"))
    runs = [end.run for end in ends]
    flows = [run for run in runs if run.flow_id is not None]
    if flows:
        keys = {parent_key(run.flow_id or 0, at) for run in flows for at in (run.nominal_at, None)}
        tell(keys)
    # A set in order: two who tell the same runs in another order would wait for each other.
    for key in sorted({key for run in runs for key in place_keys(run)}):
        tell_first(key)
    _make_children([run for run in flows if run.state == State.SUCCEEDED], now)
    RunEnd.objects.filter(pk__in=[end.pk for end in ends]).delete()


def _make_children(parents: Sequence[Run], now: datetime) -> None:
    rows = (
        Dependency.objects.filter(parent__in={run.flow_id for run in parents}, flow__follows=True)
        .exclude(flow__in=Schedule.objects.exclude(cron="").values("flow"))
        .order_by("flow")
        .values_list("parent_id", "flow_id")
        .distinct()
    )
    below: dict[int, set[int]] = {}
    for parent, child in rows:
        below.setdefault(parent, set()).add(child)
    if not below:
        return
    calendar = Calendar()
    wanted = {
        (child, run.nominal_at)
        for run in parents
        for child in below.get(run.flow_id or 0, ())
        if child != run.flow_id and _leads(run, child, calendar)
    }
    made = Run.objects.filter(flow__in={child for child, _ in wanted}, trigger__in=BY_ITSELF)
    wanted -= set(made.values_list("flow_id", "nominal_at"))
    _make(sorted(wanted, key=lambda each: (each[1], each[0])), now)


def _leads(run: Run, child: int, calendar: Calendar) -> bool:
    """Whether this run is what makes one of the child."""
    assert run.flow_id is not None
    if run.trigger == Run.Trigger.BACKFILL:
        return False
    if run.trigger not in BY_ITSELF and calendar.has_times(run.flow_id):
        return False
    return calendar.leader(child, run.nominal_at) == run.flow_id


def _make(wanted: Sequence[tuple[int, datetime]], now: datetime) -> None:
    rows = Flow.objects.filter(pk__in={child for child, _ in wanted})
    flows = {flow.pk: flow for flow in rows.select_related("project", "document", "published")}
    revisions = current(list(flows.values()))
    orders, refused = [], []
    for child, at in wanted:
        flow, revision = flows[child], revisions[child]
        if isinstance(revision, DomainError):
            logger.warning("flow %s did not run after its parents: %s", flow.ref, revision.message)
            detail = {"message": revision.message[:512]}
            reason = SkippedFire.Reason.REFUSED
            refused.append(SkippedFire(flow=flow, first_at=at, last_at=at, reason=reason, detail=detail))
        else:
            orders.append(Order(revision, flow.project, flow.name, at, flow=flow, trigger=Run.Trigger.PARENT))
    if orders:
        make(orders, set(flows), now)
    note_skipped(refused)
