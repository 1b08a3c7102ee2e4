from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from apps.alerts import outbox, sender


@shared_task(name="alerts.drain")
def drain() -> None:
    """Turn what happened into deliveries and send what is due."""
    outbox.drain(timezone.now())
    sender.deliver_due()


@shared_task(name="alerts.deliver")
def deliver(pk: int) -> None:
    sender.deliver(pk, timezone.now())
