"""What attempts had on their clusters, as it was last seen: applications of YARN, Spark's drivers, pods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.engine.outside import Finish, OutsideJob
from apps.jobs.outside import Container

if TYPE_CHECKING:
    from apps.flows.models import NodeRun

#: How much of what a system says about an end is kept.
LONGEST_NOTE = 2000


class ClusterJob(models.Model):
    """One job of an attempt on its cluster. `containers` are {id, host, state, address} each."""

    class End(models.TextChoices):
        SUCCEEDED = Finish.SUCCEEDED, _("Succeeded")
        FAILED = Finish.FAILED, _("Failed")
        KILLED = Finish.KILLED, _("Killed")

    attempt = models.ForeignKey("Attempt", models.CASCADE, related_name="cluster_jobs", db_index=False)
    system = models.CharField(max_length=16)
    ident = models.CharField(max_length=253)
    name = models.CharField(max_length=256, blank=True)
    #: The system's own word for it.
    state = models.CharField(max_length=32)
    end = models.CharField(max_length=16, choices=End, blank=True)
    progress = models.FloatField(null=True, blank=True)
    url = models.CharField(max_length=1024, blank=True)
    note = models.TextField(blank=True)
    containers = models.JSONField(default=list, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "flows"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("attempt", "system", "ident"), name="cluster_job_once"),
        )

    def __str__(self) -> str:
        return self.ident


def keep(attempt_id: int, job: OutsideJob, containers: Sequence[Container], now: datetime) -> None:
    """Write down what was seen of a job of the attempt."""
    ClusterJob.objects.update_or_create(
        attempt_id=attempt_id,
        system=job.system,
        ident=job.id,
        defaults={
            "name": job.name[:256],
            "state": job.state[:32],
            "end": job.finish or "",
            "progress": job.progress,
            "url": job.url[:1024],
            "note": job.note[:LONGEST_NOTE],
            "containers": [_as_kept(container) for container in containers],
            "seen_at": now,
        },
    )


def _as_kept(container: Container) -> dict[str, Any]:
    return {
        "id": container.id,
        "host": container.host,
        "state": container.state,
        "address": container.address,
    }


def cluster_jobs_of(node_run: NodeRun, attempt: int | None = None) -> QuerySet[ClusterJob]:
    """The jobs of one attempt of the node, by default of its last."""
    number = node_run.attempt if attempt is None else attempt
    return ClusterJob.objects.filter(attempt__node_run=node_run, attempt__number=number)
