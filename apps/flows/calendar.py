"""When flows run by themselves: by their own cron, else by that of a parent (see `engine.periods`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from apps.engine.periods import EACH_AT_MOST, Times, day_of, leading
from apps.flows.models import Dependency, Flow, Schedule
from apps.flows.schedules import fires_from, last_fire, zone_of
from apps.lib.errors import Invalid
from apps.projects.models import Project

#: Parents of parents of … that have no cron of their own.
DEEPEST = 20


class Calendar:
    """The times of flows, read once each."""

    def __init__(self) -> None:
        self._schedules: dict[int, Schedule | None] = {}
        self._parents: dict[int, list[int]] = {}
        self._zones: dict[int, ZoneInfo] = {}

    def load(self, flow_ids: Sequence[int]) -> None:
        """Read the schedules of these flows, all at once."""
        rows = Schedule.objects.filter(flow__in=flow_ids).exclude(cron="")
        self._schedules |= dict.fromkeys(flow_ids) | {row.flow_id: row for row in rows}

    def assume(self, flow_id: int, schedule: Schedule | None) -> None:
        """Take this for the flow's schedule, whatever is saved."""
        self._schedules[flow_id] = schedule

    def schedule(self, flow_id: int) -> Schedule | None:
        if flow_id not in self._schedules:
            self._schedules[flow_id] = Schedule.objects.filter(flow=flow_id).exclude(cron="").first()
        return self._schedules[flow_id]

    def zone(self, flow_id: int) -> ZoneInfo:
        """The zone of its schedule, else of its project."""
        if flow_id not in self._zones:
            self._zones[flow_id] = zone_of(self.schedule(flow_id) or Project.objects.get(flows=flow_id))
        return self._zones[flow_id]

    def parents(self, flow_id: int) -> list[int]:
        """The flows whose times it takes over, where it has no cron."""
        if flow_id not in self._parents:
            rows = Dependency.objects.filter(flow=flow_id, parent__isnull=False).exclude(parent=flow_id)
            self._parents[flow_id] = list(dict.fromkeys(rows.values_list("parent_id", flat=True)))
        return self._parents[flow_id]

    def has_times(self, flow_id: int, deep: int = 0) -> bool:
        """Whether it runs by itself at all, or only when somebody starts it."""
        if self.schedule(flow_id):
            return True
        return deep < DEEPEST and any(self.has_times(each, deep + 1) for each in self.parents(flow_id))

    def comes(self, flow: Flow, at: datetime) -> bool:
        """Whether the flow's run of that time will still be made by itself."""
        schedule = self.schedule(flow.pk)
        if schedule is None:
            return flow.follows
        return bool(schedule.enabled and schedule.next_fire_at and schedule.next_fire_at <= at)

    def times(self, flow_id: int, deep: int = 0) -> Times:
        if schedule := self.schedule(flow_id):
            return lambda start, end: between(schedule, start, end)
        above = [self.times(each, deep + 1) for each in self.parents(flow_id)] if deep < DEEPEST else []

        def by_leader(start: datetime, end: datetime) -> Sequence[datetime]:
            leader = leading((start, end), above)
            return above[leader](start, end) if leader is not None else ()

        return by_leader

    def leader(self, flow_id: int, at: datetime) -> int | None:
        """The parent whose runs make runs of a flow without a cron, on the day of `at`."""
        parents = self.parents(flow_id)
        timed = [each for each in parents if self.has_times(each)]
        if not timed:
            return parents[0] if parents else None
        place = leading(day_of(at, self.zone(flow_id)), [self.times(each) for each in timed])
        return timed[place] if place is not None else None


def between(schedule: Schedule, start: datetime, end: datetime) -> Sequence[datetime]:
    """The fires from `start` on and before `end`; of very many the first and the last."""
    says = (schedule.cron, schedule.time_zone, schedule.start_at, schedule.end_at)
    return _between(says, start, end)


@lru_cache(maxsize=512)
def _between(
    says: tuple[str, str, datetime | None, datetime | None], start: datetime, end: datetime
) -> Sequence[datetime]:
    cron, zone, start_at, end_at = says
    schedule = Schedule(cron=cron, time_zone=zone, start_at=start_at, end_at=end_at)
    moment = timedelta(microseconds=1)
    try:
        inside = takewhile(lambda at: at < end, fires_from(schedule, start - moment))
        found = list(islice(inside, EACH_AT_MOST + 1))
        if len(found) > EACH_AT_MOST and (last := last_fire(schedule, start - moment, end - moment)):
            found[-1] = last
    except Invalid:
        return ()  # its schedule says so itself
    return tuple(found)
