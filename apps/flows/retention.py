"""Clearing away old runs, and what runs left on this host's disk.

Never cleared are runs that go on and the last run of a flow or of a job that ran alone,
however old: it says how the flow fares. Revisions stay.
"""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from apps.flows.models import NodeRun, Recovery, Run, RunEvent, SkippedFire
from apps.flows.recoveries import note
from apps.jobs.logs import remove_files, run_folder
from apps.lib.ids import read
from apps.projects.models import Host, Project
from apps.projects.retention import Kept, clear_of_installation, clear_rows, days_kept

#: About so many rows are deleted in one transaction.
ROWS = 2000
#: Folders that are looked at, and removed, in one go.
LOOKED_AT, REMOVED = 200, 20
#: Seconds between looking at all of them.
SWEEP_INTERVAL = 3600.0
#: Files of no run are left alone for so long: the database may have been put back to an older state.
GRACE = timedelta(days=1)
NOBODYS = "Their runs are not in the database any more."


def old_runs(project: Project, before: datetime) -> QuerySet[Run]:
    """Runs that may be cleared: over since then, and not the last of their flow or job."""
    later = Run.objects.filter(pk__gt=OuterRef("pk"))
    replaced = Q(Exists(later.filter(flow=OuterRef("flow")))) | Q(Exists(later.filter(job=OuterRef("job"))))
    # Without a flow or a job there is nothing that they could tell of.
    nobodys = Q(flow__isnull=True, job__isnull=True)
    return Run.objects.filter(replaced | nobodys, project=project, ended_at__lt=before, parent__isnull=True)


def clear_runs(project: Project, before: datetime, limit: int) -> int:
    """Up to so many of them, else of the fires that were skipped, in small transactions. How many."""
    runs = list(old_runs(project, before).order_by("id").values_list("pk", "total", "seq")[:limit])
    together: list[int] = []
    rows = 0
    for pk, total, events in runs:
        if total + events > ROWS:
            _clear_events(pk)
        if rows + total + events > ROWS:
            _delete(together)
            together, rows = [], 0
        together.append(pk)
        rows += total + events
    _delete(together)
    # What a schedule passed over is told of as long as what it ran.
    return len(runs) or clear_rows(
        SkippedFire.objects.filter(flow__project=project, last_at__lt=before), limit
    )


def _clear_events(run_id: int) -> None:
    """Of a large run the events go first; what is left meanwhile is a run without its history."""
    events = RunEvent.objects.filter(run=run_id)
    while ids := list(events.order_by("seq").values_list("pk", flat=True)[:ROWS]):
        RunEvent.objects.filter(pk__in=ids).delete()


def _delete(run_ids: list[int]) -> None:
    """Delete the runs with all that hangs on them, but for those that were started again meanwhile."""
    with transaction.atomic():
        found = Run.objects.select_for_update().filter(pk__in=run_ids, ended_at__isnull=False)
        gone = dict(found.values_list("pk", "uid"))
        for pk in gone:
            while NodeRun.objects.filter(pk__in=_first_nodes(pk)).delete()[0]:
                pass
        Run.objects.filter(pk__in=gone).delete()
    for uid in gone.values():
        shutil.rmtree(run_folder(uid), ignore_errors=True)


def _first_nodes(run_id: int) -> list[int]:
    return list(NodeRun.objects.filter(run=run_id).order_by("ordinal").values_list("pk", flat=True)[:ROWS])


def clear_recoveries(now: datetime) -> int:
    """Forget acts of recovery that are older than the installation keeps them. How many."""
    return clear_of_installation("recoveries", lambda before: Recovery.objects.filter(at__lt=before), now)


class FolderSweep:
    """Removes from this host's disk what old runs left, and what belongs to no run. A little at a time."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._names: Iterator[str] = iter(())
        self._again_at = 0.0
        #: Whose folders were found and are still there, and whether they are of no run.
        self._doomed: list[tuple[int, bool]] = []

    def step(self, now: float) -> int:
        """Remove some of what was found, or look further, at `now` seconds of a monotonic clock."""
        if not self._doomed:
            self._look(now)
        doomed, self._doomed = self._doomed[:REMOVED], self._doomed[REMOVED:]
        again = Run.objects.filter(uid__in=[uid for uid, _ in doomed], ended_at__isnull=True)
        started_again = set(again.values_list("uid", flat=True)) if doomed else set()
        doomed = [each for each in doomed if each[0] not in started_again]
        for uid, _ in doomed:
            shutil.rmtree(run_folder(uid), ignore_errors=True)
        nobodys = sum(is_nobodys for _, is_nobodys in doomed)
        if nobodys:
            note(Recovery.Act.FILES_REMOVED, NOBODYS, now=timezone.now(), host=self.host, count=nobodys)
        return len(doomed)

    def _look(self, now: float) -> None:
        names = list(itertools.islice(self._names, LOOKED_AT))
        if names:
            uids = [uid for name in names if (uid := read(name)) is not None]
            old, nobodys = _sort_out(uids, timezone.now())
            self._doomed = [(uid, uid in nobodys) for uid in (*old, *nobodys)]
        elif now >= self._again_at:
            self._again_at = now + SWEEP_INTERVAL
            self._names = iter(sorted(_folders()))


def _folders() -> list[str]:
    try:
        return os.listdir(Path(settings.HEADRACE_HOME) / "runs")
    except OSError:
        return []


def _sort_out(uids: Iterable[int], now: datetime) -> tuple[list[int], list[int]]:
    """Of these runs' folders: those past the time that their project keeps files, and those of no run."""
    rows = Run.objects.filter(uid__in=list(uids))
    projects = {project.pk: project for project in Project.objects.filter(pk__in=rows.values("project"))}
    known: set[int] = set()
    old: list[int] = []
    last = _last_runs(rows)
    for pk, uid, project_id, ended_at in rows.values_list("pk", "uid", "project_id", "ended_at"):
        known.add(uid)
        days = days_kept(projects[project_id], "logs")
        if days and ended_at and pk not in last and ended_at < now - timedelta(days=days):
            old.append(uid)
    return old, [uid for uid in uids if uid not in known and _is_old(run_folder(uid), now)]


def _last_runs(rows: QuerySet[Run]) -> set[int]:
    later = Run.objects.filter(pk__gt=OuterRef("pk"))
    replaced = Exists(later.filter(flow=OuterRef("flow"))), Exists(later.filter(job=OuterRef("job")))
    return set(rows.filter(*(~each for each in replaced)).values_list("pk", flat=True))


def _is_old(folder: Path, now: datetime) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > GRACE.total_seconds()
    except OSError:
        return False


RUNS = Kept(
    "runs",
    gettext_lazy("Runs"),
    gettext_lazy("With their nodes, attempts, events and files. The last run of each flow always stays."),
    count=lambda project, before: old_runs(project, before).count(),
    clear=clear_runs,
    forget=lambda project: remove_files(project.runs.values_list("uid", flat=True)),
)
LOGS = Kept(
    "logs",
    gettext_lazy("Logs and files of runs"),
    gettext_lazy("What attempts left on the disk. The runs themselves stay."),
    count=lambda project, before: old_runs(project, before).count(),
)
