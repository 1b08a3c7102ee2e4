"""Asynchronous calls that are over, and how long they are kept."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from apps.gateways.models import Operation
from apps.projects.retention import BATCH, clear_rows, cutoff


def clear_operations(now: datetime) -> int:
    """Forget the calls that ended longer ago than they are kept."""
    before = cutoff(settings.HEADRACE_KEEP_DAYS["operations"], now)
    cleared = 0
    while before and (batch := clear_rows(Operation.objects.filter(ended_at__lt=before), BATCH)):
        cleared += batch
    return cleared
