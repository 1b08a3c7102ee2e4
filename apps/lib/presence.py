"""Who is looking at what just now: hints for people, kept by the broker alone and gone by themselves."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import redis

from apps.lib.live import CHANNEL, broker

#: Whoever says nothing for so long has left.
SECONDS = 45
#: More than this are not listed.
MOST = 50
logger = logging.getLogger(__name__)


def say_here(place: str, client: str, what: dict[str, Any]) -> None:
    """Note that `client` is at `place`, and wake who watches it if that is news."""
    entry = json.dumps({**what, "at": int(time.time())}, sort_keys=True)
    try:
        before = broker().hget(_key(place), client)
        with broker().pipeline() as pipe:
            pipe.hset(_key(place), client, entry)
            pipe.expire(_key(place), SECONDS)
            pipe.execute()
        if _without_time(before) != what:
            broker().publish(CHANNEL, json.dumps({"place": place}))
    except redis.RedisError as error:
        logger.debug("presence is not known: %s", error)


def say_gone(place: str, client: str) -> None:
    try:
        broker().hdel(_key(place), client)
        broker().publish(CHANNEL, json.dumps({"place": place}))
    except redis.RedisError as error:
        logger.debug("presence is not known: %s", error)


def who_is_here(place: str) -> dict[str, dict[str, Any]]:
    """What each client said last, by client; nobody when the broker is away."""
    try:
        entries: dict[Any, Any] = broker().hgetall(_key(place))
    except redis.RedisError:
        return {}
    latest = time.time() - SECONDS
    read = {client.decode(): json.loads(entry) for client, entry in entries.items()}
    here = sorted((client, said) for client, said in read.items() if said.pop("at") >= latest)
    return dict(here[:MOST])


def _without_time(entry: Any) -> dict[str, Any] | None:
    if entry is None:
        return None
    said: dict[str, Any] = json.loads(entry)
    said.pop("at")
    return said


def _key(place: str) -> str:
    return f"headrace:here:{place}"
