"""`make up`: broker, web, worker, warden and scheduler as children of one process.

It restarts what dies and stops all in order. When it is killed itself, the kernel tells
the children to stop (see processes.py). Jobs are none of its children: they go on, and
the next start takes them over.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.config import health, preparation
from apps.config.home import Refused
from apps.config.journal import Console, Journal
from apps.config.processes import Child, Service, end_leftovers, remember
from apps.config.running_jobs import end_running_jobs, running_jobs
from apps.config.services import STOP_ORDER, broker, command, services

#: Seconds between two looks at the children.
TICK = 0.2
#: After this the address is printed even when a part is not up yet.
READY_PATIENCE = 20.0
#: How long the second Ctrl-C, which ends the jobs too, is waited for.
SECOND_THOUGHTS = 3.0


@dataclass
class Launcher:
    port: int
    bind: str
    home: Path = field(default_factory=lambda: settings.HEADRACE_HOME)
    runtime: Path = field(default_factory=lambda: settings.HEADRACE_RUNTIME)

    def __post_init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if name != "HEADRACE_ADMIN_PASSWORD"}
        self.environment = kept | {
            "HEADRACE_HOME": str(self.home),
            "HEADRACE_RUNTIME": str(self.runtime),
            "PYTHONUNBUFFERED": "1",
        }
        self.journal = Journal(self.home / "logs", Console())
        self.say = self.journal.say
        self.services_file = self.home / "services.json"
        self.children: list[Child] = []
        self.demo: Child | None = None
        self.demo_stamp = self.home / "demo.stamp"
        self.stops = 0
        self.began_at = timezone.now()

    def run(self) -> None:
        """Start, keep everything running until told to stop, stop in order."""
        self._listen()
        try:
            end_leftovers(self.services_file, self.say)
            self._check_port()
            preparation.prepare_apart(self.say)
            self._start_services()
            self._keep_running()
        finally:
            self._stop()

    def _listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stops += 1

    # --- start

    def _check_port(self) -> None:
        family = socket.AF_INET6 if ":" in self.bind else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.bind, self.port))
            except OSError as error:
                raise Refused(
                    f"Port {self.port} of {self.bind} cannot be used ({error.strerror}). "
                    "Choose another one: make up PORT=8001"
                ) from None

    def _start_services(self) -> None:
        if not os.environ.get("REDIS_URL"):
            self._start_broker()
        self.demo = self._make_demo()
        connection.close()
        for service in services(self.bind, self.port).values():
            self._add(service)

    def _start_broker(self) -> None:
        """Start it; with an empty memory where it cannot read its own: the database has all that counts."""
        self._add(broker(self.home, self.runtime))
        if self._broker_answers():
            return
        self.children.pop().stop()
        spoilt = self.home / "broker"
        spoilt.rename(spoilt.with_name(f"broker.spoilt-{int(time.time())}"))
        self.say("the broker could not read its file, which is set aside")
        self._add(broker(self.home, self.runtime))
        if not self._broker_answers():
            raise Refused(f"The broker did not start; {self.home / 'logs' / 'broker.log'} says why.")

    def _add(self, service: Service) -> None:
        log = self.journal.follow(service.name, on_console=not service.quiet)
        child = Child(service, self.environment, log, self.say)
        child.start()
        self.children.append(child)
        remember(self.services_file, self.children)

    def _make_demo(self) -> Child | None:
        """The demo project, once in the life of a home: whoever deletes it does not want it back."""
        if self.demo_stamp.exists():
            return None
        service = command("demo", "--first-start")
        child = Child(service, self.environment, self.journal.follow("demo", on_console=True), self.say)
        child.start()
        return child

    def _broker_answers(self, patience: float = 10.0) -> bool:
        process = self.children[-1].process
        give_up_at = time.monotonic() + patience
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1) as client:
            while process and process.poll() is None and time.monotonic() < give_up_at:
                try:
                    return bool(client.ping())
                except redis.RedisError:
                    time.sleep(0.02)
        return False

    # --- run

    def _keep_running(self) -> None:
        announced = False
        while not self.stops:
            self.journal.repeat()
            self._look_at_demo()
            restarted = [child.name for child in self.children if child.keep_running()]
            if restarted:
                remember(self.services_file, self.children)
            if not announced:
                announced = self._announce()
            time.sleep(TICK)

    def _look_at_demo(self) -> None:
        if self.demo is None or self.demo.process is None or self.demo.process.poll() is None:
            return
        if self.demo.process.returncode == 0:
            self.demo_stamp.touch()
        self.demo = None

    def _announce(self) -> bool:
        """Print the address once all parts are up, or once they had long enough to be."""
        waited = (timezone.now() - self.began_at).total_seconds()
        parts = {"web": {"ok": self._answers()}, **health.parts(since=self.began_at)}
        missing = [name for name, check in parts.items() if not check["ok"]]
        if (missing or self.demo) and waited < READY_PATIENCE:
            return False
        connection.close()  # it would be idle from here on
        self.say(f"Headrace is up after {waited:.1f} s: {self.url}")
        if missing:
            self.say(f"not up yet: {', '.join(missing)} ({self.url}healthz says more)")
        return True

    def _answers(self) -> bool:
        try:
            socket.create_connection((urlsplit(self.url).hostname, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    @property
    def url(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.bind, self.bind)
        return f"http://{host}:{self.port}/"

    # --- stop

    def _stop(self) -> None:
        waiting = sorted(self.children, key=lambda child: STOP_ORDER.index(child.name))
        if waiting:
            self.say("stopping")
        jobs = running_jobs() if waiting else 0
        if jobs:
            self.say(f"jobs that go on: {jobs}. The next start takes them over; Ctrl-C again ends them.")
        if self.demo:
            self.demo.stop()
        for child in waiting:
            if child.name == "warden" and jobs:
                self._offer_to_end_jobs()
            child.stop()
            self.journal.repeat()
            self.say(f"stopped {child.name}")
        if waiting:
            self.services_file.unlink(missing_ok=True)
            self.say("stopped")

    def _offer_to_end_jobs(self) -> None:
        """A second Ctrl-C ends the jobs as well: while the warden still runs, which has to see to it."""
        until = time.monotonic() + (SECOND_THOUGHTS if sys.stdin.isatty() else 0)
        while self.stops < 2 and time.monotonic() < until:
            time.sleep(TICK)
        if self.stops >= 2:
            left = end_running_jobs()
            self.say(f"jobs that could not be ended: {left}" if left else "all jobs have ended")
