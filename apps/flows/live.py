"""One event stream a browser, for all that its tabs watch.

A browser opens six connections to a host at most, so a stream for each panel would starve
the second tab: topics share one. Messages on the broker are not trusted to arrive: they
ring a bell, and what happened is read from the database, at least once a second, from a
cursor that the browser sends back when it reconnects.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET
from redis.asyncio import Redis
from redis.exceptions import RedisError

from apps.flows.watches import (
    LogWatch,
    Message,
    Watch,
    open_watches,
    read_cursors,
    still_allowed,
    write_cursors,
)
from apps.lib.errors import Invalid, NotFound
from apps.lib.live import CHANNEL
from apps.projects.models import User

POLL_SECONDS = 1.0
#: Processes write logs without ringing.
POLL_LOG_SECONDS = 0.3
#: What happens within this time after a ring goes out as one message.
FOLD_SECONDS = 0.1
PING_SECONDS = 15.0
CHECK_SECONDS = 30.0


@require_GET
async def live(request: HttpRequest) -> HttpResponseBase:
    """`GET /live/?topics=run.REF,log.REF.3`: server-sent events until one side leaves."""
    user, watches = await _open(request)
    response = StreamingHttpResponse(_stream(user, watches), content_type="text/event-stream")
    response["Cache-Control"] = "no-store, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


@require_GET
async def live_poll(request: HttpRequest) -> JsonResponse:
    """The same once, for a browser whose stream is cut."""
    _, watches = await _open(request)
    messages = await _in_database(_poll_all)(watches)
    events = [{"event": event, "data": data} for event, data in messages]
    response = JsonResponse({"id": write_cursors(watches), "events": events})
    response["Cache-Control"] = "no-store"
    return response


async def _open(request: HttpRequest) -> tuple[User, list[Watch]]:
    user = await request.auser()
    cursors = read_cursors(request.headers.get("Last-Event-ID") or request.GET.get("cursors", ""))
    topics = [topic for topic in request.GET.get("topics", "").split(",") if topic]
    try:
        return user, await _in_database(open_watches)(user, topics, cursors)  # type: ignore[return-value]
    except (NotFound, Invalid) as error:
        raise Http404(error.message) from error


async def _stream(user: User, watches: list[Watch]) -> AsyncIterator[str]:
    pause = POLL_LOG_SECONDS if any(isinstance(watch, LogWatch) for watch in watches) else POLL_SECONDS
    checked = sent = monotonic()
    yield "retry: 1000\n\n"
    with _bell().listening() as rung:
        while True:
            rung.clear()
            messages = await _in_database(_poll_all)(watches)
            if messages:
                yield _written(messages, write_cursors(watches))
                sent = monotonic()
            elif monotonic() - sent >= PING_SECONDS:
                yield "event: ping\ndata: {}\n\n"
                sent = monotonic()
            if monotonic() - checked >= CHECK_SECONDS:
                if not await _in_database(still_allowed)(user, watches):
                    yield "event: gone\ndata: {}\n\n"
                    return
                checked = monotonic()
            await asyncio.sleep(FOLD_SECONDS)
            await _wait(rung, pause)


async def _wait(rung: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(rung.wait(), seconds)


def _poll_all(watches: list[Watch]) -> list[Message]:
    return [message for watch in watches for message in watch.poll()]


def _written(messages: list[Message], cursors: str) -> str:
    """Only the last of the messages carries the id: cut in the middle, all are sent again."""
    parts = [f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n" for event, data in messages]
    return "\n".join([*parts[:-1], f"id: {cursors}\n{parts[-1]}"]) + "\n"


def _in_database(function: Callable[..., Any]) -> Callable[..., Any]:
    """Run in a thread that keeps no connection: a stream lives for hours and reads for moments."""

    def call(*args: Any) -> Any:
        close_old_connections()
        try:
            return function(*args)
        finally:
            close_old_connections()

    return sync_to_async(call, thread_sensitive=False)


class Bell:
    """Tells all streams of this process that something was recorded, over one connection."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        rung = asyncio.Event()
        self._listeners.add(rung)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen())
        try:
            yield rung
        finally:
            self._listeners.discard(rung)

    async def _listen(self) -> None:
        while self._listeners:
            try:
                await self._hear()
            except (RedisError, OSError):
                # Without the broker the streams go on at the pace of their polls.
                await asyncio.sleep(POLL_SECONDS)

    async def _hear(self) -> None:
        async with Redis.from_url(settings.REDIS_URL) as redis, redis.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            while self._listeners:
                if await channel.get_message(ignore_subscribe_messages=True, timeout=5.0):
                    for rung in self._listeners:
                        rung.set()


_bells: WeakKeyDictionary[asyncio.AbstractEventLoop, Bell] = WeakKeyDictionary()


def _bell() -> Bell:
    return _bells.setdefault(asyncio.get_running_loop(), Bell())
