from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from apps.lib.nudge import nudge
from apps.projects import retention


@shared_task(name="projects.clear")
def clear() -> None:
    """Remove what is older than it is kept, and go on with it in another task when it is much."""
    if retention.clear(timezone.now()):
        nudge("projects.clear")
