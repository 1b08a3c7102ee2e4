"""Letting runs begin: what a waiting run is told, and who tells it.

`engine.admission` decides; here its facts are read, and its verdict is written down.

A run that may not begin keeps what it waits for as a key in its row. Whatever ends a run
leaves a `RunEnd` in the same transaction; the scheduler takes it out and tells those whose
key it is: all that waited for this run of a parent, but only the first that waits for a
place, who passes it on when it does not take it. So an end costs what it changes and
not the number of runs that wait.

A word may be missed: an end that is committed while a run is being told to wait. So each
run that waits is looked at again by the clock, first after a second, then less and less
often, a bounded number at a time.

Counting is safe with any number of schedulers because whoever counts holds the row of
the flow or project whose limit it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

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
    named,
)
from apps.engine.plan import GivenUp, StopAsked
from apps.engine.states import ENDED, State
from apps.flows.aside import left_for_later
from apps.flows.events import hold, record
from apps.flows.models import Flow, Run, Schedule
from apps.flows.opening import begin
from apps.flows.parents import Parents
from apps.flows.steps import step, wake
from apps.lib.errors import Conflict
from apps.lib.live import announce
from apps.projects.actions import record_audit
from apps.projects.models import Project, User

#: Before every time of the clock: to be looked at now.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
SOONEST, LATEST = timedelta(seconds=1), timedelta(seconds=60)
#: A node of a parent may succeed long before its run ends, and nobody tells.
LATEST_FOR_NODE = timedelta(seconds=5)
BATCH = 200
#: How many other runs of a flow are looked at.
OTHERS = 50
BY_ITSELF = (Run.Trigger.SCHEDULE, Run.Trigger.PARENT)


class RunFacts:
    """What `decide` asks about a run that is made, or about to be: read when it is asked for."""

    def __init__(self, run: Run, schedule: Schedule | None) -> None:
        self.run, self.project, self.flow = run, run.project, run.flow
        flow = run.flow
        self.nominal_at = run.nominal_at
        self.made_at = run.created_at or timezone.now()
        #: A run that goes again was asked for, whoever started it the first time.
        self.goes_again = run.generation > 1
        self.by_itself = run.trigger in BY_ITSELF and not self.goes_again
        self.delay = timedelta(seconds=flow.delay if flow else 0)
        self.wait_limit = timedelta(seconds=flow.wait_limit if flow else 0)
        self.overlap = Overlap(schedule.overlap) if schedule else Overlap.PARALLEL

    @property
    def project_paused_at(self) -> datetime | None:
        return self.project.paused_at

    @property
    def flow_paused_at(self) -> datetime | None:
        return self.flow.paused_at if self.flow else None

    @cached_property
    def unmet(self) -> Parent | None:
        if self.flow is None or not self.run.heeds_parents or self.goes_again:
            return None
        return Parents(self.flow.pk, self.nominal_at, but=self.run.pk or 0).first_unmet()

    @cached_property
    def others(self) -> Sequence[Other]:
        if self.flow is None:
            return ()
        return _named(self._open(flow=self.flow).order_by("nominal_at", "id")[:OTHERS])

    @cached_property
    def flow_places(self) -> Places | None:
        if self.flow is None or not self.flow.max_runs:
            return None
        return self._places(self._open(flow=self.flow), self.flow.max_runs, f"flow:{self.flow.pk}")

    @cached_property
    def project_places(self) -> Places | None:
        # A run inside another takes the place of that one: to wait for it would be to wait for itself.
        if not self.project.max_runs or self.run.parent_id is not None:
            return None
        going = self._open(project=self.project, parent=None)
        return self._places(going, self.project.max_runs, f"project:{self.project.pk}")

    def _open(self, **of: Any) -> QuerySet[Run]:
        """Other runs that have not ended."""
        return Run.objects.filter(ended_at=None, **of).exclude(pk=self.run.pk)

    def _places(self, runs: QuerySet[Run], most: int, key: str) -> Places:
        going = runs.exclude(state=State.WAITING).order_by("id")
        return Places(most, _named(going[:most]), ahead=self._is_behind(key))

    def _is_behind(self, key: str) -> bool:
        """Whether somebody who waits for the same goes first."""
        first = queue(key).exclude(pk=self.run.pk).first()
        return first is not None and _turn(first) < _turn(self.run)


def queue(key: str) -> QuerySet[Run]:
    """Who waits for this, in the order of their turn."""
    waiting = Run.objects.filter(wait_key=key, state=State.WAITING)
    return waiting.order_by("-priority", "nominal_at", "id")


def _turn(run: Run) -> tuple[int, datetime, int]:
    return (-run.priority, run.nominal_at, run.pk or 1 << 62)


def _named(runs: Iterable[Run]) -> list[Other]:
    return [
        Other(
            run.pk,
            run.ref,
            run.name,
            begun=run.state != State.WAITING,
            nominal_at=run.nominal_at,
            stopping=run.state == State.STOPPING,
        )
        for run in runs
    ]


# --- one run


def is_free(project: Project, flow: Flow | None, schedule: Schedule | None, *, has_parents: bool) -> bool:
    """Whether nothing can be in the way of a run, so that it begins without being looked at."""
    if project.paused_at or project.max_runs or has_parents:
        return False
    if flow is None:
        return True
    parallel = schedule is None or schedule.overlap == Overlap.PARALLEL
    return not (flow.paused_at or flow.max_runs or flow.delay) and parallel


def consider(run_id: int, now: datetime) -> None:
    """Look at a run that waits: let it begin, or write down what it waits for.

    Runs that it replaces are told to stop once that is written: who holds them holds no
    flow, so the two never wait for each other.
    """
    with transaction.atomic():
        run = (
            Run.objects.filter(pk=run_id, state=State.WAITING)
            .select_related("project", "flow__schedule")
            .defer("flow__source_text", "params")
            .first()
        )
        if run is None:
            Run.objects.filter(pk=run_id).update(check_at=None, wait_key=None)
            return
        _hold_counted(run)
        verdict = decide(RunFacts(run, _schedule(run.flow)), now)
        _apply(run, verdict, now)
    if isinstance(verdict, Replace):
        for other in verdict.runs:
            step(other.pk, [StopAsked(f"replaced by the run of {run.nominal_at:%Y-%m-%d %H:%M:%S %Z}")])


@transaction.atomic
def begin_anyway(run: Run, *, by: User | None) -> None:
    """Let a run begin, whatever it waits for. One that goes on is left alone; Conflict when it is over."""
    run.refresh_from_db()
    if run.state in ENDED:
        raise Conflict(_("Run {ref} is over: only a run that waits can be started.").format(ref=run.ref))
    before = run.wait_key
    if run.state != State.WAITING or not begin([run.pk], timezone.now()):
        return
    _clear([run.pk])
    record_audit("start", run, by=by, project=run.project, waited_for=run.wait_code)
    _pass_on(before)


def _pass_on(key: str | None) -> None:
    """Whoever does not wait for a place any more leaves it to the next."""
    if key and not key.startswith("parent:"):
        tell_first(key)


def _schedule(flow: Flow | None) -> Schedule | None:
    return getattr(flow, "schedule", None) if flow else None


def _hold_counted(run: Run) -> None:
    """Lock whatever's runs will be counted, so that two do not take the last place."""
    # Not against those who only refer to it: whoever makes a run of the flow does.
    if run.project.max_runs:
        Project.objects.select_for_update(no_key=True).get(pk=run.project_id)
    schedule = _schedule(run.flow)
    if run.flow and (run.flow.max_runs or (schedule and schedule.overlap != Overlap.PARALLEL)):
        Flow.objects.select_for_update(no_key=True).only("pk").get(pk=run.flow_id)


def _apply(run: Run, verdict: Verdict, now: datetime) -> None:
    before, run.wait_key = run.wait_key, None
    match verdict:
        case Admit():
            if run.wait_code or run.check_at:  # else its maker looks at it, in the transaction that made it
                _clear([run.pk])
            begin([run.pk], now)
        case GiveUp(parent):
            _clear([run.pk])
            _give_up(run, parent, now)
        case Wait():
            _keep_waiting(run, verdict, before, now)
        case Replace(runs):
            _keep_waiting(run, Wait(Why.REPLACING, detail=named(runs)), before, now)
    if before != run.wait_key:
        _pass_on(before)


def _keep_waiting(run: Run, wait: Wait, before: str | None, now: datetime) -> None:
    key = _key(run, wait) or None
    is_same = (run.wait_code, before) == (wait.why, key)
    since = run.wait_since if is_same and run.wait_since else now
    latest = LATEST_FOR_NODE if wait.detail.get("node") else LATEST
    look_again = now + min(max((now - since) / 2, SOONEST), latest)
    was = (run.wait_code, run.wait_detail)
    run.wait_code, run.wait_key, run.wait_detail, run.wait_since = wait.why, key, wait.detail, since
    run.check_at = min(look_again, wait.until) if wait.until else look_again
    # Not if somebody let it begin or stopped it meanwhile.
    Run.objects.filter(pk=run.pk, state=State.WAITING).update(
        wait_code=run.wait_code,
        wait_key=key,
        wait_detail=wait.detail,
        wait_since=since,
        check_at=run.check_at,
    )
    if was != (run.wait_code, run.wait_detail):
        transaction.on_commit(lambda: announce([run.uid]))


def _key(run: Run, wait: Wait) -> str:
    match wait.why:
        case Why.OVERLAP | Why.REPLACING:
            return f"overlap:{run.flow_id}"
        case Why.FLOW_LIMIT:
            return f"flow:{run.flow_id}"
        case Why.PROJECT_LIMIT:
            return f"project:{run.project_id}"
        case Why.FLOW_PAUSED:
            return f"pause:{run.flow_id}"
        case Why.PROJECT_PAUSED:
            return f"pauses:{run.project_id}"
    return wait.key


def _clear(run_ids: Collection[int]) -> None:
    Run.objects.filter(pk__in=run_ids).update(wait_code="", wait_key=None, wait_detail=None, check_at=None)


def _give_up(run: Run, parent: Parent, now: datetime) -> None:
    held = hold([run.pk])
    when = f" of {parent.at:%Y-%m-%d %H:%M:%S %Z}" if parent.at else ""
    limit = timedelta(seconds=run.flow.wait_limit if run.flow else 0)
    reason = f"gave up after waiting {limit} for flow {parent.name}{when} to succeed"
    held[run.pk].advance([GivenUp(reason)], now)
    record(held.values(), now)
    wake([run.uid])


# --- many


def look_at_waiting(now: datetime, most: int = BATCH) -> int:
    """Look at runs whose time for it has come: first those that were told, then by the clock. How many."""
    return sum(look_at(run_id, now) for run_id in list(to_look_at(now).values_list("pk", flat=True)[:most]))


def look_at(run_id: int, now: datetime) -> bool:
    """Whether the run could be looked at, which keeps no other from it."""
    with left_for_later(f"what run {run_id} waits for"):
        consider(run_id, now)
        return True
    return False


def to_look_at(now: datetime) -> QuerySet[Run]:
    return Run.objects.filter(check_at__lte=now).order_by("check_at")


def tell(keys: Collection[str]) -> None:
    """Have everybody looked at who waits for one of these."""
    Run.objects.filter(wait_key__in=keys, state=State.WAITING).update(check_at=AT_ONCE)


def tell_first(key: str) -> None:
    """Have the first looked at who waits for a place."""
    first = queue(key).values_list("pk", flat=True).first()
    if first is not None:
        Run.objects.filter(pk=first, state=State.WAITING).update(check_at=AT_ONCE)


def place_keys(run: Run) -> list[str]:
    """What a run that ended gives back, where there is somebody who counts it."""
    keys = [f"project:{run.project_id}"] if run.project.max_runs else []
    if run.flow and run.flow.max_runs:
        keys.append(f"flow:{run.flow_id}")
    schedule = _schedule(run.flow)
    if schedule and schedule.overlap != Overlap.PARALLEL:
        keys.append(f"overlap:{run.flow_id}")
    return keys


def limits_changed(flow: Flow) -> None:
    """What says when runs of a flow may begin was changed: those that wait are looked at again."""
    Run.objects.filter(flow=flow, ended_at=None, state=State.WAITING).update(check_at=AT_ONCE)
    limited = bool(flow.max_nodes or flow.project.max_nodes)
    Run.objects.filter(flow=flow, ended_at=None).exclude(limited=limited).update(limited=limited)


def project_limits_changed(project_id: int) -> None:
    """The same for what bounds the runs of a project."""
    tell([f"project:{project_id}", f"pauses:{project_id}"])
    limited = Q(project__max_nodes__gt=0) | Q(flow__max_nodes__gt=0)
    going = Run.objects.filter(project=project_id, ended_at=None)
    marked = list(going.filter(limited).values_list("pk", flat=True))
    Run.objects.filter(pk__in=marked).update(limited=True)
    going.exclude(pk__in=marked).update(limited=False)
