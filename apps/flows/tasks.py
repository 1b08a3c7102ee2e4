"""Nudges. Each may come twice, late or never."""

from __future__ import annotations

from celery import shared_task

from apps.flows.broadcast import wake_others
from apps.flows.heartbeats import beat
from apps.flows.wake import wake


@shared_task(name="flows.wake")
def wake_wardens() -> None:
    """There may be work: the wardens of all hosts claim and start it. No task waits for a job."""
    wake()
    wake_others()


@shared_task(name="flows.beat")
def worker_beat() -> None:
    """Proof that the worker still takes tasks from the broker."""
    beat("worker")
