"""For which parent the runs of times to come will wait the longest: a forecast of `parents`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F

from apps.engine.fires import Awaited
from apps.engine.periods import Cycle, day_of, wanted
from apps.engine.states import State
from apps.flows.calendar import Calendar
from apps.flows.models import Dependency, Flow, Run
from apps.flows.parents import dependencies_of

#: How many times that are past are looked up: the newest decide.
PAST = 500


class AwaitedTimes:
    """The parents of one flow and their times; what they are depends on the calendar it is given."""

    def __init__(self, flow: Flow, calendar: Calendar, zone: ZoneInfo, now: datetime) -> None:
        self.flow, self.calendar, self.zone, self.now = flow, calendar, zone, now
        self.dependencies = list(dependencies_of(flow.pk))
        self.parent_ids = list(
            {row.parent_id for row in self.dependencies if row.parent_id and row.parent_id != flow.pk}
        )
        if self.parent_ids:
            calendar.load(self.parent_ids)
        self._usual: Mapping[int, timedelta] = {}
        self._chained: set[int] = set()
        #: (flow, time) -> whether its newest run succeeded, of those that are past.
        self._runs: dict[tuple[int, datetime], bool] = {}
        self._done_today: set[int] = set()

    def read(self, times: Sequence[datetime], usual: Mapping[int, timedelta]) -> None:
        """Read what is known of what these times wait for."""
        self._usual = usual
        if not self.dependencies or not times:
            return
        chained = Dependency.objects.filter(flow__in=self.parent_ids, parent=F("flow"))
        self._chained = set(chained.values_list("flow_id", flat=True))
        past = {at for one in self.dependencies for each in times for at in self._times(one, each)}
        newest = sorted(at for at in past if at <= self.now)[-PAST:]
        today, _ = day_of(self.now, self.zone)
        runs = Run.objects.filter(flow__in=[*self.parent_ids, self.flow.pk], parent=None).order_by("id")
        rows = runs.filter(nominal_at__in=newest).values_list("flow_id", "nominal_at", "state")
        for flow_id, at, state in rows:
            key = (flow_id or 0, at)
            self._runs[key] = self._runs.get(key, False) or state == State.SUCCEEDED
        done = runs.filter(nominal_at__gte=today, nominal_at__lte=self.now, state=State.SUCCEEDED)
        self._done_today = set(done.order_by().values_list("flow_id", flat=True).distinct())  # type: ignore[arg-type]

    def at(self, at: datetime) -> Awaited | None:
        """The parent's time that the run of `at` waits for the longest; None when for none."""
        found = [each for one in self.dependencies if (each := self._of(one, at))]
        endless = (each for each in found if each.done_at is None or not each.comes)
        return next(endless, max(found, key=lambda each: each.done_at or at, default=None))

    def _of(self, one: Dependency, at: datetime) -> Awaited | None:
        parent = one.parent
        if parent is None:
            return Awaited(one.parent_name, "", comes=False)
        if parent.pk != self.flow.pk and not self.calendar.has_times(parent.pk):
            is_today = day_of(at, self.zone) == day_of(self.now, self.zone)
            done = is_today and parent.pk in self._done_today
            return None if done else Awaited(parent.name, parent.ref, comes=False)
        unmet = [each for each in self._times(one, at) if not self._is_met(one, parent, each)]
        if not unmet:
            return None
        usual = self._usual.get(parent.pk)
        last = unmet[-1]
        done_at = last + usual if usual is not None and last > self.now else None
        return Awaited(parent.name, parent.ref, last, done_at, self._comes(parent, last))

    def _times(self, one: Dependency, at: datetime) -> Sequence[datetime]:
        if one.parent_id is None or (
            one.parent_id != self.flow.pk and not self.calendar.has_times(one.parent_id)
        ):
            return ()
        return wanted(
            Cycle.PREVIOUS if one.parent_id == self.flow.pk else Cycle(one.cycle),
            at,
            self.zone,
            self.calendar.times(self.flow.pk),
            self.calendar.times(one.parent_id),
            is_chained=one.parent_id in self._chained,
        )

    def _is_met(self, one: Dependency, parent: Flow, at: datetime) -> bool:
        if at > self.now:
            return False
        is_cycle_before = one.cycle == Dependency.Cycle.PREVIOUS or parent.pk == self.flow.pk
        # A cycle that never was is not waited for.
        return self._runs.get((parent.pk, at), is_cycle_before)

    def _comes(self, parent: Flow, at: datetime) -> bool:
        if (parent.pk, at) in self._runs or parent.pk == self.flow.pk:
            return True
        return self.calendar.comes(parent, at)
