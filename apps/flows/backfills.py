"""Backfills: planned as a list that can be looked at, made, driven a step at a time, stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.engine.states import State
from apps.flows.aside import left_for_later
from apps.flows.backfilled import Backfill, BackfillTime
from apps.flows.models import Dependency, Flow, Run, Schedule
from apps.flows.revisions import deployed, freeze_flow
from apps.flows.runs import submit_flow
from apps.flows.schedules import fires_from
from apps.lib.errors import Conflict, DomainError, Invalid
from apps.projects.access import can
from apps.projects.actions import record_audit
from apps.projects.models import User

#: A backfill is of so many runs at most: one that is longer is made in parts.
MOST_TIMES = 1000
MOST_PARALLEL = 50
#: Times that are looked at for the next to start, in one step.
LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Range:
    """Which times, and how."""

    first_at: datetime
    last_at: datetime
    parallel: int = 1
    descending: bool = False
    downstream: bool = False
    stops_on_failure: bool = False
    #: Times for which there is a run that succeeded are left out.
    only_missing: bool = False
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dry:
    """What a backfill would run: (flow, time), in order; which times it leaves out, which flows, and why."""

    times: Sequence[tuple[Flow, datetime]]
    succeeded: Sequence[datetime]
    refused_flows: Sequence[Flow]


def plan_backfill(flow: Flow, wanted: Range, *, by: User) -> Dry:
    """The list, before anything is done. Raises Invalid when it is empty, too long, or upside down."""
    if wanted.last_at < wanted.first_at:
        raise Invalid(_("It ends before it begins."), field="last_at")
    if not 1 <= wanted.parallel <= MOST_PARALLEL:
        raise Invalid(_("Between 1 and %(most)d at once.") % {"most": MOST_PARALLEL}, field="parallel")
    flows, refused = _with_downstream(flow, by) if wanted.downstream else ([flow], [])
    times = _times_of(flow, wanted, MOST_TIMES // len(flows))
    done = set()
    if wanted.only_missing:
        runs = Run.objects.filter(flow=flow, state=State.SUCCEEDED, selection__isnull=True)
        done = set(runs.filter(nominal_at__in=times).values_list("nominal_at", flat=True))
    left = [at for at in times if at not in done]
    if not left:
        what = (
            _("Each of these times has a run that succeeded.")
            if done
            else _("No time of it is in this range.")
        )
        raise Invalid(what, field="first_at")
    if wanted.descending:
        left.reverse()
    return Dry([(each, at) for at in left for each in flows], sorted(done), refused)


def _times_of(flow: Flow, wanted: Range, most: int) -> list[datetime]:
    """By its cron, within no window of the schedule; without one at midnight of each day."""
    schedule = Schedule.objects.filter(flow=flow).exclude(cron="").first()
    if schedule:
        unbound = Schedule(cron=schedule.cron, time_zone=schedule.time_zone)
        fires = fires_from(unbound, wanted.first_at - timedelta(microseconds=1))
        times = []
        for at in takewhile(lambda at: at <= wanted.last_at, fires):
            times.append(at)
            if len(times) > most:
                break
    else:
        zone = ZoneInfo(flow.project.time_zone)
        first, last = wanted.first_at.astimezone(zone).date(), wanted.last_at.astimezone(zone).date()
        days = min((last - first).days + 1, most + 2)
        midnights = (datetime.combine(first + timedelta(days=n), time(), zone) for n in range(days))
        times = [at for at in midnights if wanted.first_at <= at <= wanted.last_at]
    if len(times) > most:
        raise Invalid(
            _("These are more than %(most)d times: make it in parts.") % {"most": most}, field="last_at"
        )
    return times


def _with_downstream(flow: Flow, by: User) -> tuple[list[Flow], list[Flow]]:
    """The flow and all that waits for it, parents first; and those that `by` may not run."""
    children: dict[int, set[int]] = {}
    level = {flow.pk}
    while level:
        rows = Dependency.objects.filter(parent__in=level).exclude(cycle=Dependency.Cycle.PREVIOUS)
        found: set[int] = set()
        for parent, child in rows.values_list("parent_id", "flow_id"):
            assert parent is not None
            children.setdefault(parent, set()).add(child)
            found.add(child)
        level = found - children.keys()
        for pk in level:
            children[pk] = set()
    order = _parents_first(flow.pk, children)
    flows = Flow.objects.select_related("project", "document", "published").in_bulk(order)
    allowed = [pk for pk in order if can(by, "run", flows[pk].project)]
    return [flows[pk] for pk in allowed], [flows[pk] for pk in order if pk not in allowed]


def _parents_first(root: int, children: dict[int, set[int]]) -> list[int]:
    depth, todo = {root: 0}, [root]
    while todo:
        pk = todo.pop()
        for child in children.get(pk, ()):
            # Flows do not wait for each other in a circle: that is refused when they are made to.
            if depth.get(child, -1) < depth[pk] + 1 <= len(children) + 1:
                depth[child] = depth[pk] + 1
                todo.append(child)
    return sorted(depth, key=lambda pk: (depth[pk], pk))


@transaction.atomic
def create_backfill(flow: Flow, wanted: Range, *, by: User) -> Backfill:
    """Make what `plan_backfill` shows. The scheduler starts its runs.

    Raises Conflict while another backfill of the flow goes on.
    """
    Flow.objects.select_for_update().get(pk=flow.pk)
    going_on = Backfill.objects.filter(flow=flow, ended_at=None).first()
    if going_on:
        raise Conflict(_("Backfill %(ref)s of this flow is going on: stop it first.") % {"ref": going_on.ref})
    dry = plan_backfill(flow, wanted, by=by)
    backfill = Backfill.objects.create(
        project=flow.project,
        flow=flow,
        revision=deployed(flow) or freeze_flow(flow, by=by),
        first_at=wanted.first_at,
        last_at=wanted.last_at,
        parallel=wanted.parallel,
        descending=wanted.descending,
        downstream=wanted.downstream,
        stops_on_failure=wanted.stops_on_failure,
        params=wanted.params,
        created_by=by,
    )
    BackfillTime.objects.bulk_create(
        (
            BackfillTime(backfill=backfill, flow=each, nominal_at=at, position=position)
            for position, (each, at) in enumerate(dry.times)
        ),
        batch_size=MOST_TIMES,
    )
    record_audit("backfill", flow, by=by, project=flow.project, backfill=backfill.ref, runs=len(dry.times))
    return backfill


@transaction.atomic
def stop_backfill(backfill: Backfill, *, by: User) -> None:
    """Start no more of its runs; those that go on go on. Raises Conflict when it is over."""
    now, reason = timezone.now(), f"stopped by {by.get_username()}"
    won = Backfill.objects.filter(pk=backfill.pk, ended_at=None).update(ended_at=now, reason=reason)
    if not won:
        raise Conflict(_("The backfill is over: there is nothing to stop."))
    record_audit("stop_backfill", backfill.flow, by=by, project=backfill.project, backfill=backfill.ref)


def drive_backfills(now: datetime) -> None:
    """Start what is next of each, where there is room. Any number of schedulers may do this at once."""
    for pk in list(Backfill.objects.filter(ended_at=None).order_by("id").values_list("pk", flat=True)):
        with left_for_later(f"what is next of backfill {pk}"), transaction.atomic():
            backfill = (
                Backfill.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(pk=pk, ended_at=None)
                .select_related("flow__project", "flow__document", "revision", "created_by")
                .first()
            )
            if backfill:
                _drive(backfill, now)


def _drive(backfill: Backfill, now: datetime) -> None:
    ended = backfill.times.filter(Q(run__ended_at__isnull=False) | ~Q(left_out=""), is_done=False)
    failed = ended.exclude(run__state=State.SUCCEEDED).select_related("run").first()
    ended.update(is_done=True)
    if failed and backfill.stops_on_failure:
        told = failed.left_out or f"the run of {failed.nominal_at:%Y-%m-%d %H:%M} did not succeed"
        _end(backfill, now, told)
        return
    open_times = backfill.times.filter(is_done=False)
    room = backfill.parallel - open_times.filter(run__isnull=False).count()
    waiting = open_times.filter(run=None, left_out="").select_related("flow__project", "flow__document")
    for planned in list(waiting[:LOOKED_AT]) if room > 0 else ():
        if room and _start(backfill, planned):
            room -= 1
    if not backfill.times.filter(is_done=False, left_out="").exists():
        _end(backfill, now, "")


def _start(backfill: Backfill, planned: BackfillTime) -> bool:
    """Whether a run was started; when it never can be, the reason is kept."""
    is_own = planned.flow_id == backfill.flow_id
    if not is_own:
        verdict = _after_parents(backfill, planned)
        if verdict != "go":
            if verdict:
                BackfillTime.objects.filter(pk=planned.pk).update(left_out=verdict)
            return False
    try:
        with transaction.atomic():
            run = submit_flow(
                planned.flow,
                by=backfill.created_by,
                trigger=Run.Trigger.BACKFILL,
                nominal_at=planned.nominal_at,
                revision=backfill.revision if is_own else deployed(planned.flow),
                params=backfill.params if is_own else None,
                priority=backfill.priority,
            )
    except DomainError as error:
        BackfillTime.objects.filter(pk=planned.pk).update(left_out=error.message[:512])
        return False
    BackfillTime.objects.filter(pk=planned.pk).update(run=run)
    return True


def _after_parents(backfill: Backfill, planned: BackfillTime) -> str:
    """Whether it may "go"; if not yet that is empty, and if never it is the reason."""
    parents = Dependency.objects.filter(flow=planned.flow_id).values("parent_id")
    above = backfill.times.filter(flow__in=parents, nominal_at=planned.nominal_at).select_related(
        "run", "flow"
    )
    for parent in above:
        if parent.left_out or (parent.run and parent.run.ended_at and parent.run.state != State.SUCCEEDED):
            return f"{parent.flow.name} did not succeed for this time"
    return "go" if all(each.run and each.run.state == State.SUCCEEDED for each in above) else ""


def _end(backfill: Backfill, now: datetime, reason: str) -> None:
    Backfill.objects.filter(pk=backfill.pk, ended_at=None).update(ended_at=now, reason=reason[:512])
