"""How long what a project gathers is kept, and clearing away what is older.

Whoever gathers something describes it with a `Kept`, and the settings name them all
(`HEADRACE_KEPT`), so that one page shows all of it and one task clears it. A project may
say its own number of days for each; otherwise the installation's number holds
(`HEADRACE_KEEP_RUNS_DAYS` and so on). Zero is for ever.

Clearing is done in short goes, each of them one small transaction, and may be stopped and
taken up anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy

from apps.projects.models import AuditEntry, Project

#: How many rows one go removes at most, and for how many seconds one call goes on.
BATCH = 500
BUDGET = 20.0
LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept for a time. `count` and `clear` are given the project and "older than"."""

    name: str
    title: str | Promise
    hint: str | Promise
    count: Callable[[Project, datetime], int]
    #: Removes up to so many and says how many; after zero there is nothing more to remove.
    clear: Callable[[Project, datetime, int], int] | None = None
    #: What must be done besides when the project with all its rows is deleted.
    forget: Callable[[Project], None] | None = None

    @property
    def default_days(self) -> int:
        return int(settings.HEADRACE_KEEP_DAYS[self.name])


@lru_cache(maxsize=1)
def kept_things() -> dict[str, Kept]:
    found: list[Kept] = [import_string(path) for path in settings.HEADRACE_KEPT]
    return {kept.name: kept for kept in found}


def days_kept(project: Project, name: str) -> int:
    """For how many days the project keeps these; zero is for ever."""
    days: int = project.retention.get(name, kept_things()[name].default_days)
    return days


def oldest_kept(project: Project, name: str, now: datetime) -> datetime | None:
    """Since when these are kept; None when they are kept for ever."""
    return cutoff(days_kept(project, name), now)


def cutoff(days: int, now: datetime) -> datetime | None:
    return now - timedelta(days=days) if days else None


def clear(now: datetime, *, budget: float = BUDGET) -> bool:
    """Remove what is older than it is kept. True when there was no time for all of it."""
    give_up_at = time.monotonic() + budget
    for project in Project.objects.order_by("pk"):
        for kept in kept_things().values():
            before = oldest_kept(project, kept.name, now)
            while before and kept.clear and kept.clear(project, before, BATCH):
                if time.monotonic() > give_up_at:
                    return True
    return False


def clear_rows(rows: QuerySet, limit: int) -> int:
    """Delete the oldest of `rows`, in one transaction; say how many."""
    ids = list(rows.order_by("id").values_list("pk", flat=True)[:limit])
    if ids:
        rows.model._default_manager.filter(pk__in=ids).delete()
    return len(ids)


def clear_of_installation(kind: str, older_than: Callable[[datetime], QuerySet], now: datetime) -> int:
    """Clear what no project has a say in, as long as the installation keeps `kind`. How many rows."""
    before = cutoff(settings.HEADRACE_KEEP_DAYS[kind], now)
    cleared = 0
    while before and (batch := clear_rows(older_than(before), BATCH)):
        cleared += batch
    return cleared


def old_audit(project: Project, before: datetime) -> QuerySet[AuditEntry]:
    """By number and not by time: entries are written in the order of both, and only numbers are indexed."""
    newest = AuditEntry.objects.filter(at__lt=before).order_by("-at").values_list("pk", flat=True).first()
    return AuditEntry.objects.filter(project=project, pk__lte=newest or 0, at__lt=before)


AUDIT = Kept(
    "audit",
    gettext_lazy("Audit"),
    gettext_lazy("Who changed what in this project."),
    count=lambda project, before: old_audit(project, before).count(),
    clear=lambda project, before, limit: clear_rows(old_audit(project, before), limit),
)
