"""What is done to an installation. Each fault says whether there was anything to hurt."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pysqlite3
import redis

from tests.chaos.clock import HOUR
from tests.chaos.place import DATABASE, Place

#: Does its harm and puts right what does not heal by itself. False when there was nothing to hurt.
Strike = Callable[[Place, random.Random], bool]


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    strike: Strike
    #: How often it is chosen beside the others.
    weight: int = 4
    #: On which database it makes sense; empty: on any.
    database: str = ""
    #: Why it cannot be done here, when it cannot.
    hindered: Callable[[Place], str] = lambda _: ""


def send(service: str, number: signal.Signals) -> Strike:
    def strike(place: Place, rng: random.Random) -> bool:
        pid = place.pid(service)
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    return strike


def pause(service: str, longest: float) -> Strike:
    """It hangs for a while, and goes on as if nothing had been."""

    def strike(place: Place, rng: random.Random) -> bool:
        if not send(service, signal.SIGSTOP)(place, rng):
            return False
        pid = place.pid(service)
        time.sleep(rng.uniform(0.5, longest))
        if pid is not None:
            os.kill(pid, signal.SIGCONT)
        return True

    return strike


def flush_broker(place: Place, rng: random.Random) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(place.broker_socket), socket_timeout=2) as link:
            return bool(link.flushall())
    except redis.RedisError:
        return False


def hold_write_lock(place: Place, rng: random.Random) -> bool:
    """Somebody else writes, and takes a long time over it."""
    link = pysqlite3.connect(str(place.home / "headrace.sqlite3"), timeout=20, isolation_level=None)
    try:
        link.execute("BEGIN IMMEDIATE")
        time.sleep(rng.uniform(1, 6))
        link.execute("ROLLBACK")
    except pysqlite3.OperationalError:
        return False
    finally:
        link.close()
    return True


def cut_connections(place: Place, rng: random.Random) -> bool:
    assert place.server
    where = f"host={place.server.socket_folder} user=postgres dbname=postgres"
    with psycopg.connect(where, autocommit=True) as link:
        cut = link.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s", [DATABASE]
        ).fetchone()
    return bool(cut and cut[0])


def restart_database(number: signal.Signals) -> Strike:
    """Fast (SIGINT: connections are cut) or at once (SIGQUIT: as a crash; it recovers from its log)."""

    def strike(place: Place, rng: random.Random) -> bool:
        assert place.server
        place.server.restart(number, away=rng.uniform(0, 4))
        return True

    return strike


def hang_database(place: Place, rng: random.Random) -> bool:
    assert place.server and place.server.process
    postmaster = place.server.process.pid
    family = [postmaster, *_children(postmaster)]
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in family:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        if number is signal.SIGSTOP:
            time.sleep(rng.uniform(0.5, 5))
    return True


def step_clock(place: Place, rng: random.Random) -> bool:
    """An hour on, or back again."""
    back = place.clock.offset > 0 and rng.random() < 0.4
    place.clock.step_to(place.clock.offset + (-HOUR if back else HOUR))
    return True


def _children(parent: int) -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry))
    return found


# --- a full disk for the logs of one run


class SmallDisk:
    """A file system of a few pages, in the place of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        _mount("-t", "tmpfs", "-o", "size=40k,mode=700", "tmpfs", str(self.folder))

    def grow(self) -> None:
        _mount("-o", "remount,size=64m", str(self.folder))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def no_mounts(place: Place) -> str:
    """Why nothing can be mounted here, or nothing."""
    probe = SmallDisk(place.folder / "probe")
    try:
        probe.mount()
    except (OSError, subprocess.CalledProcessError):
        return "this machine lets us mount nothing"
    subprocess.run(["umount", str(probe.folder)], check=True)
    return ""


def no_clock(place: Place) -> str:
    return "" if place.clock.works else "no clock can be put before the processes of this machine"


#: Of a full disk: see `load`, which has to make the run that it happens to.
FULL_DISK = "full disk for the logs of a run"

FAULTS = (
    Fault("kill -9 worker", send("worker", signal.SIGKILL)),
    Fault("kill -9 warden", send("warden", signal.SIGKILL), weight=8),
    Fault("kill -9 web", send("web", signal.SIGKILL)),
    Fault("kill -9 scheduler", send("scheduler", signal.SIGKILL)),
    Fault("kill -9 second scheduler", send("second scheduler", signal.SIGKILL), weight=2),
    Fault("kill -9 launcher", send("launcher", signal.SIGKILL)),
    Fault("kill -9 shepherd", send("shepherd", signal.SIGKILL), weight=2),
    Fault("kill -9 broker", send("broker", signal.SIGKILL)),
    Fault("restart broker", send("broker", signal.SIGTERM), weight=2),
    Fault("broker hangs", pause("broker", 4)),
    Fault("flush broker", flush_broker),
    Fault("restart warden", send("warden", signal.SIGTERM), weight=2),
    Fault("warden hangs", pause("warden", 4), weight=2),
    Fault("scheduler hangs", pause("scheduler", 4), weight=1),
    Fault("a writer holds the lock", hold_write_lock, weight=10, database="sqlite"),
    Fault("cut database connections", cut_connections, weight=6, database="postgres"),
    Fault("restart database", restart_database(signal.SIGINT), database="postgres"),
    Fault("crash database", restart_database(signal.SIGQUIT), database="postgres"),
    Fault("database hangs", hang_database, weight=2, database="postgres"),
    Fault("clock step of an hour", step_clock, weight=3, hindered=no_clock),
)
