"""Nudges. Each may come twice, late or never."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from apps.flows.admission import project_limits_changed
from apps.flows.broadcast import wake_others
from apps.flows.heartbeats import beat
from apps.flows.retention import clear_recoveries
from apps.flows.wake import wake


@shared_task(name="flows.wake")
def wake_wardens() -> None:
    """There may be work: the wardens of all hosts claim and start it. No task waits for a job."""
    wake()
    wake_others()


@shared_task(name="flows.clear")
def clear() -> None:
    """What is kept for the installation as a whole."""
    clear_recoveries(timezone.now())


@shared_task(name="flows.limits_changed")
def limits_changed(project_id: int) -> None:
    """What waits for the project's limits is looked at now and not by the clock."""
    project_limits_changed(project_id)


@shared_task(name="flows.beat")
def worker_beat() -> None:
    """Proof that the worker still takes tasks from the broker."""
    beat("worker")
