from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from apps.gateways.keys import prune_nonces
from apps.gateways.operations import clear_operations


@shared_task(name="gateways.prune")
def prune() -> None:
    prune_nonces()
    clear_operations(timezone.now())
