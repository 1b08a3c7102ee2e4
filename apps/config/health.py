"""Is every part of the installation up? Asked by monitors (`GET /healthz`) and by the launcher."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.flows.models import Heartbeat
from apps.flows.recoveries import Recovery, lately
from apps.projects.models import Host

#: A service whose last sign of life is older than this is down.
FRESH = timedelta(seconds=20)
#: The parts of an installation that say themselves that they work, and who speaks for each.
SPEAKERS = {"worker": ("worker", "warden"), "scheduler": ("scheduler",)}

Check = dict[str, Any]


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    recovered = recovery()
    checks = {"web": _up(), **parts()}
    well = all(check["ok"] for check in checks.values())
    status = "up" if well else "down"
    answer = {"status": status, "checks": checks, "recovery": recovered}
    return JsonResponse(answer, status=200 if well else 503)


def recovery() -> dict[str, Any]:
    """What had to be brought in order in the last day: numbers for a monitor, no fault by themselves."""
    try:
        lost = Host.objects.filter(lost_at__isnull=False).count()
        last = Recovery.objects.values_list("act", "at").first()
        acts = lately(timezone.now())
    except DatabaseError:
        return {}
    return {
        "hosts_lost": lost,
        "last_day": acts,
        "last": {"act": last[0], "at": last[1].isoformat()} if last else None,
    }


def parts(since: datetime | None = None) -> dict[str, Check]:
    """Every part but the web, which speaks for itself by answering.

    Signs of life from before `since` do not count.
    """
    since = since or timezone.now() - FRESH
    try:
        heard = {beat.service: beat for beat in Heartbeat.objects.all()}
        database = _up()
    except DatabaseError as error:
        heard, database = {}, _down(f"does not answer: {type(error).__name__}")
    finally:
        connection.close_if_unusable_or_obsolete()
    services = {name: _speaking(heard, speakers, since) for name, speakers in SPEAKERS.items()}
    return {"database": database, "broker": _broker(), **services}


def _speaking(heard: dict[str, Heartbeat], speakers: tuple[str, ...], since: datetime) -> Check:
    for speaker in speakers:
        if speaker not in heard:
            return _down(f"{speaker} never said that it works")
        if heard[speaker].at < since:
            silence = timezone.now() - heard[speaker].at
            return _down(f"{speaker} was last heard {silence.total_seconds():.0f} s ago")
    return _up()


def _broker() -> Check:
    try:
        _client(settings.REDIS_URL).ping()
    except (redis.RedisError, OSError) as error:
        return _down(f"does not answer: {type(error).__name__}")  # its text may hold the address
    return _up()


@lru_cache(maxsize=1)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def _up() -> Check:
    return {"ok": True, "detail": ""}


def _down(detail: str) -> Check:
    return {"ok": False, "detail": detail}
