"""What attempts had on their clusters, as it was last seen: applications of YARN, Spark's drivers, pods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.engine.outside import Finish, OutsideJob
from apps.jobs.masks import masks_for
from apps.jobs.outside import SYSTEMS, Container, Unreachable, drivers_of
from apps.lib.errors import Busy, NotFound

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


def idents_of(node_runs: Iterable[NodeRun]) -> dict[int, list[str]]:
    """What the systems call the jobs of the last attempts of these nodes, by the nodes' primary keys."""
    found: dict[int, list[str]] = defaultdict(list)
    jobs = ClusterJob.objects.filter(
        attempt__node_run__in=node_runs, attempt__number=F("attempt__node_run__attempt")
    )
    for pk, ident in jobs.values_list("attempt__node_run", "ident"):
        found[pk].append(ident)
    return found


def containers_of(node_run: NodeRun, attempt: int | None = None) -> list[Container]:
    """In what the jobs of an attempt ran, as it was last seen."""
    jobs = cluster_jobs_of(node_run, attempt)
    return [Container(job.ident, **each) for job in jobs for each in job.containers]


def log_names(system: str) -> tuple[str, ...]:
    return SYSTEMS[system].logs if system in SYSTEMS else ()


def container_log(node_run: NodeRun, ident: str, container: str, name: str) -> tuple[list[str], bool]:
    """The lines of a log of a container of the node, and whether more may come. It is asked for there.

    Raises NotFound, or Busy when the cluster gives no answer.
    """
    jobs = ClusterJob.objects.filter(attempt__node_run=node_run, ident=ident).order_by("-attempt__number")
    job = jobs.first()
    if job is None:
        raise NotFound(f"{node_run.name} has started no {ident} on its cluster.")
    kept = next((each for each in job.containers if each["id"] == container), None)
    if kept is None:
        raise NotFound(f"{ident} has no container {container}.")
    cluster = node_run.cluster
    drivers = drivers_of(cluster.endpoints, cluster.token) if cluster else []
    driver = next((driver for driver in drivers if driver.system == job.system), None)
    if driver is None:
        raise NotFound(f"The settings of the cluster do not say where its {job.system} is asked.")
    try:
        text = driver.log(Container(ident, **kept), name)
    except LookupError:
        raise NotFound(f"Container {container} has no log {name}, or it is not kept any more.") from None
    except Unreachable as error:
        raise Busy(f"The log cannot be read now: {error}") from None
    return masks_for(node_run.project, node_run.run.secret_params).text(text).splitlines(), not job.end
