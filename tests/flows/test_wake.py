"""A nudge for the wardens reaches those of every host."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from apps.flows.broadcast import Ear, wake_others
from apps.flows.tasks import wake_wardens
from tests.valkey import ValkeyServer

PATIENCE = 20.0


class Host:
    """One that listens as its warden's process does."""

    def __init__(self) -> None:
        self.rung = threading.Event()
        self.ear = Ear(self.rung.set)
        self.ear.start()

    def is_ready(self) -> bool:
        """It listens, and what it was told of by that is forgotten."""
        if not (self.ear.is_listening.wait(PATIENCE) and self.rung.wait(PATIENCE)):
            return False
        self.rung.clear()
        return True


@pytest.fixture
def make_host(valkey: ValkeyServer) -> Iterator[Callable[[], Host]]:
    hosts: list[Host] = []

    def make() -> Host:
        hosts.append(Host())
        return hosts[-1]

    yield make
    for host in hosts:
        host.ear.stop()
    wake_others()
    for host in hosts:
        host.ear.join(PATIENCE)


def test_a_nudge_that_one_worker_got_wakes_every_host(make_host: Callable[[], Host]) -> None:
    hosts = [make_host(), make_host()]
    assert all(host.is_ready() for host in hosts)
    wake_wardens()
    assert all(host.rung.wait(PATIENCE) for host in hosts)


def test_who_listens_is_reached_again_after_the_broker_was_killed(
    make_host: Callable[[], Host], valkey: ValkeyServer
) -> None:
    host = make_host()
    assert host.is_ready()
    valkey.kill()
    wake_wardens()  # nobody hears it, and nobody minds
    valkey.start()
    assert host.rung.wait(PATIENCE)
    assert host.is_ready()
    wake_wardens()
    assert host.rung.wait(PATIENCE)
