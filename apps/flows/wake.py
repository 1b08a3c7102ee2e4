"""Waking the wardens of this host: a datagram on a socket beside each of them."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from django.conf import settings

PREFIX = "warden-"


def listen(name: str) -> socket.socket:
    """The socket on which the warden called `name` is woken."""
    path = _folder() / f"{PREFIX}{name}.sock"
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


def wake() -> None:
    """Wake every warden of this host. One that is away looks by itself when it is back."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as caller:
        for path in _folder().glob(f"{PREFIX}*.sock"):
            with contextlib.suppress(OSError):
                caller.sendto(b"w", str(path))


def _folder() -> Path:
    return Path(settings.HEADRACE_RUNTIME)
