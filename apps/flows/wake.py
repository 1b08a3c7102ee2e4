"""Waking the wardens and schedulers of this host: a datagram on a socket beside each of them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

WARDEN, SCHEDULER = "warden-", "scheduler-"


def listen(name: str, kind: str = WARDEN) -> socket.socket:
    """The socket on which the warden (or scheduler) called `name` is woken."""
    path = _folder() / f"{kind}{name}.sock"
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    listener.bind(str(path))
    path.chmod(0o600)
    return listener


def drain(listener: socket.socket) -> bool:
    """Whether somebody called since the last look."""
    woken = False
    with contextlib.suppress(BlockingIOError):
        while listener.recv(16):
            woken = True
    return woken


def on_interrupt(stop: Callable[..., None]) -> int:
    """Call `stop` at SIGTERM and SIGINT; a file that can be read then.

    It ends the wait as well: Python alone would go on waiting after the handler.
    """
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return read


def wake() -> None:
    """Wake every warden of this host. One that is away looks by itself when it is back."""
    _call(WARDEN)


def wake_scheduler() -> None:
    """Wake every scheduler of this host: a run ended. One of another host sees it at its next tick."""
    _call(SCHEDULER)


def _call(kind: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as caller:
        for path in _folder().glob(f"{kind}*.sock"):
            try:
                caller.sendto(b"w", str(path))
            except ConnectionRefusedError:
                if kind == SCHEDULER:  # named by its process, which is gone: nobody will take the name again
                    path.unlink(missing_ok=True)
            except OSError:
                pass


def _folder() -> Path:
    return Path(settings.HEADRACE_RUNTIME)
