"""Signs of life of the services, for /healthz and for whoever reaps lost hosts."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from apps.flows.models import Heartbeat

#: Seconds between two signs of life.
INTERVAL = 5.0


def beat(service: str, **detail: Any) -> None:
    Heartbeat.objects.update_or_create(service=service, defaults={"at": timezone.now(), "detail": detail})
