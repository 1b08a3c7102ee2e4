"""What was done to bring things in order after something broke, so that nobody has to guess.

Every act is a row: what was done, to how much, on which host, why. What became of a single
attempt is an event of its run as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.projects.models import Host, Project

#: An act names at most so many of the runs that it touched.
RUNS_NAMED = 20


class Recovery(models.Model):
    """One act. `runs` are the runs that it touched (the first few): {project, ref, name} each."""

    class Act(models.TextChoices):
        HOST_SILENT = "host_silent", _("Host fell silent")
        HOST_LOST = "host_lost", _("Host given up")
        HOST_BACK = "host_back", _("Host is back")
        ADOPTED = "adopted", _("Attempts adopted")
        STARTED_AGAIN = "started_again", _("Starts asked for again")
        RESULT_MISSING = "result_missing", _("Results missing")
        ORPHANS_ENDED = "orphans_ended", _("Orphans ended")
        OWNERLESS = "ownerless", _("Claims of no host given up")
        FILES_REMOVED = "files_removed", _("Files of no run removed")

    at = models.DateTimeField(db_index=True)
    act = models.CharField(max_length=16, choices=Act)
    host = models.ForeignKey(Host, models.SET_NULL, null=True, blank=True, related_name="+")
    count = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=512)
    runs = models.JSONField(default=list, blank=True)

    class Meta:
        app_label = "flows"
        ordering = ("-id",)
        verbose_name_plural = _("recoveries")

    def __str__(self) -> str:
        return f"{self.act} ({self.count})"


def note(
    act: str,
    why: str,
    *,
    now: datetime,
    count: int = 0,
    host: Host | None = None,
    runs: Iterable[dict[str, Any]] = (),
) -> Recovery:
    """Write an act down; call it inside the transaction that does it."""
    return Recovery.objects.create(
        at=now, act=act, host=host, count=count, why=why[:512], runs=list(runs)[:RUNS_NAMED]
    )


def named(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Runs as an act names them, each once."""
    found = {run.pk: {"project": run.project_id, "ref": run.ref, "name": run.name} for run in rows}
    return list(found.values())


def recoveries_of(project: Project) -> QuerySet[Recovery]:
    """Acts on hosts that the project may use, and on no host in particular."""
    hosts = Host.objects.filter(cluster__settings__project=project)
    return Recovery.objects.filter(Q(host__in=hosts) | Q(host__isnull=True)).select_related("host")


def lately(now: datetime) -> dict[str, int]:
    """How many acts of each kind there were in the last day."""
    rows = Recovery.objects.filter(at__gt=now - timedelta(days=1)).order_by()
    return dict(rows.values_list("act").annotate(n=Count("id")))


class Notes:
    """Acts that are written down with the next sign of life, those of one kind together."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], list[int]] = defaultdict(list)

    def add(self, act: str, why: str, run_id: int) -> None:
        self._runs[act, why].append(run_id)

    def __iter__(self) -> Iterator[tuple[str, str, list[int]]]:
        for (act, why), run_ids in self._runs.items():
            yield act, why, run_ids

    def clear(self) -> None:
        self._runs.clear()
