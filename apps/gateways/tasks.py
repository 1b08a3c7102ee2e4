from __future__ import annotations

from celery import shared_task

from apps.gateways.keys import prune_nonces


@shared_task(name="gateways.prune")
def prune() -> None:
    prune_nonces()
