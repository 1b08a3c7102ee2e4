"""A word from any host to the wardens of all of them, over the broker's publish and subscribe.

A task goes to one worker, so to one host. What is published goes to everybody who listens
at that moment, is kept nowhere and costs the database nothing. Who misses it looks by
itself within a second, as always.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import lru_cache

import redis
from django.conf import settings

CHANNEL = "headrace:wake"
#: Seconds until the broker is asked again after it went away, and between looks at whether it is there.
RETRY, WAIT = 1.0, 5.0
logger = logging.getLogger(__name__)


def wake_others() -> None:
    """Tell the wardens of all hosts that there may be work."""
    try:
        _broker(settings.REDIS_URL).publish(CHANNEL, b"w")
    except redis.RedisError as error:
        logger.debug("other hosts not woken, they look by themselves: %s", error)


class Ear(threading.Thread):
    """Listens for as long as its process lives, and calls `heard` for each word."""

    def __init__(self, heard: Callable[[], None]) -> None:
        super().__init__(name="ear", daemon=True)
        self.heard = heard
        self.is_listening = threading.Event()
        self._is_over = threading.Event()

    def run(self) -> None:
        while not self._is_over.is_set():
            try:
                self._listen()
            except (redis.RedisError, OSError) as error:
                logger.debug("the broker is away, not listening: %s", error)
            self.is_listening.clear()
            self._is_over.wait(RETRY)

    def stop(self) -> None:
        """End within the time of a look."""
        self._is_over.set()

    def _listen(self) -> None:
        link = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=15)
        with link, link.pubsub() as channel:
            channel.subscribe(CHANNEL)
            while not self._is_over.is_set():
                message = channel.get_message(timeout=WAIT)
                if message and message["type"] == "subscribe":
                    self.is_listening.set()
                    self.heard()  # something may have been said before
                elif message:
                    self.heard()


@lru_cache(maxsize=1)
def _broker(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=0.5)
