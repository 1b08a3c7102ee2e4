from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from apps.gateways.imports import run_import
from apps.gateways.keys import prune_nonces
from apps.gateways.operations import clear_operations


@shared_task(name="gateways.prune")
def prune() -> None:
    prune_nonces()
    clear_operations(timezone.now())


@shared_task(name="gateways.import")
def import_account(operation: int) -> None:
    run_import(operation)
