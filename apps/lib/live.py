"""A wake-up for open pages: "something about these runs changed". It may be lost."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from functools import lru_cache

import redis
from django.conf import settings

from apps.lib.ids import spell

CHANNEL = "headrace:live"
logger = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5)


def announce(run_uids: Iterable[int]) -> None:
    try:
        broker().publish(CHANNEL, json.dumps({"runs": [spell(uid) for uid in run_uids]}))
    except redis.RedisError as error:
        logger.debug("pages not woken, they look by themselves: %s", error)
