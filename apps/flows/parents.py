"""What a run waits for of other flows: the first of its parents that has not succeeded yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from apps.engine.admission import Parent
from apps.engine.periods import Cycle, day_of, wanted
from apps.engine.states import State
from apps.flows.calendar import Calendar
from apps.flows.models import Dependency, Flow, NodeRun, Run


def parent_key(flow_id: int, at: datetime | None) -> str:
    """What a run that waits for a parent's time is found by; without a time, for any of its runs."""
    return f"parent:{flow_id}@{at.isoformat() if at else '*'}"


def dependencies_of(flow_id: int) -> QuerySet[Dependency]:
    """What a flow waits for, in the order in which it is asked for."""
    rows = Dependency.objects.filter(flow=flow_id).select_related("parent")
    return rows.defer("parent__source_text").order_by("position", "id")


class Parents:
    """The parents of one run's flow, for its nominal time."""

    def __init__(self, flow_id: int, nominal_at: datetime, *, but: int = 0) -> None:
        self.flow_id, self.nominal_at, self.but = flow_id, nominal_at, but
        self.calendar = Calendar()

    def first_unmet(self) -> Parent | None:
        waits_for = dependencies_of(self.flow_id)
        return next((unmet for one in waits_for if (unmet := self.unmet(one))), None)

    def unmet(self, one: Dependency) -> Parent | None:
        """What is missing of a dependency, or None when it is met."""
        parent = one.parent
        if parent is None:
            return Parent("", one.parent_name, "", comes=False)
        if parent.pk != self.flow_id and not self.calendar.has_times(parent.pk):
            return self._of_day(one, parent)
        times = self.times(one)
        done = self._succeeded(one, parent, times)
        return next((self._missing(one, parent, at) for at in times if at not in done), None)

    def times(self, one: Dependency) -> Sequence[datetime]:
        """The times of the parent that must have succeeded."""
        assert one.parent_id is not None
        if one.parent_id == self.flow_id:
            return self._last_run(self.flow_id, self.nominal_at, is_own=True)
        found = wanted(
            Cycle(one.cycle),
            self.nominal_at,
            self.calendar.zone(self.flow_id),
            self.calendar.times(self.flow_id),
            self.calendar.times(one.parent_id),
            is_chained=self._is_chained(one.parent_id),
        )
        if one.cycle == Cycle.PREVIOUS:
            return self._last_run(one.parent_id, found[0]) if found else ()
        return found

    def _last_run(self, flow_id: int, until: datetime, *, is_own: bool = False) -> Sequence[datetime]:
        """The time of the parent's last run up to then: a cycle that never was is not waited for."""
        runs = Run.objects.filter(flow=flow_id, parent=None).exclude(pk=self.but)
        if is_own:
            runs = runs.filter(nominal_at__lt=until, trigger__in=OF_CYCLES)
        else:
            runs = runs.filter(nominal_at__lte=until)
        return list(runs.order_by("-nominal_at").values_list("nominal_at", flat=True)[:1])

    def _succeeded(self, one: Dependency, parent: Flow, times: Sequence[datetime]) -> set[datetime]:
        if not times:
            return set()
        span = (min(times), max(times))
        if one.parent_node:
            nodes = NodeRun.objects.filter(
                run__flow=parent, run__nominal_at__range=span, node=one.parent_node, state=State.SUCCEEDED
            )
            return set(nodes.values_list("run__nominal_at", flat=True))
        runs = Run.objects.filter(flow=parent, nominal_at__range=span, state=State.SUCCEEDED, parent=None)
        return set(runs.values_list("nominal_at", flat=True))

    def _of_day(self, one: Dependency, parent: Flow) -> Parent | None:
        """A parent that only people start: one of its runs of the day must have succeeded."""
        start, end = day_of(self.nominal_at, self.calendar.zone(self.flow_id))
        runs = Run.objects.filter(flow=parent, nominal_at__gte=start, nominal_at__lt=end, parent=None)
        met = runs.filter(state=State.SUCCEEDED)
        if one.parent_node:
            met = runs.filter(node_runs__node=one.parent_node, node_runs__state=State.SUCCEEDED)
        if met.exists():
            return None
        return self._described(one, parent, None, runs.order_by("-id").first(), comes=False)

    def _missing(self, one: Dependency, parent: Flow, at: datetime) -> Parent:
        run = Run.objects.filter(flow=parent, nominal_at=at, parent=None).order_by("-id").first()
        return self._described(one, parent, at, run, comes=self.calendar.comes(parent, at))

    def _described(
        self, one: Dependency, parent: Flow, at: datetime | None, run: Run | None, *, comes: bool
    ) -> Parent:
        return Parent(
            key=parent_key(parent.pk, at),
            name=parent.name,
            ref=parent.ref,
            at=at,
            node=one.parent_node,
            run=run.ref if run else "",
            state=run.state if run else "",
            comes=comes,
        )

    def _is_chained(self, flow_id: int) -> bool:
        return Dependency.objects.filter(flow=flow_id, parent=flow_id).exists()


#: Runs that stand for a cycle of their flow; one by hand is beside them.
OF_CYCLES = (Run.Trigger.SCHEDULE, Run.Trigger.PARENT, Run.Trigger.BACKFILL)
