"""Asynchronous calls that are over, and how long they are kept."""

from __future__ import annotations

from datetime import datetime

from apps.gateways.models import Operation
from apps.projects.retention import clear_of_installation


def clear_operations(now: datetime) -> int:
    """Forget the calls that ended longer ago than they are kept."""
    return clear_of_installation(
        "operations", lambda before: Operation.objects.filter(ended_at__lt=before), now
    )
