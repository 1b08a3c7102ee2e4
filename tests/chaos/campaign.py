"""One campaign on one database: start, hurt again and again, let it end, judge.

Usage: campaign.py DATABASE FOLDER …   (settings by environment: see `__main__`)
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
django.setup()

# ruff: noqa: E402 (models can only be imported after setup)
from django.core.management import call_command

from apps.flows.models import Dependency, Schedule
from tests.chaos.faults import FAULTS, FULL_DISK, Fault, no_mounts
from tests.chaos.load import Load
from tests.chaos.place import PATIENCE, Place
from tests.chaos.verdict import Evidence, judge

#: Seconds between two faults.
PAUSES = (0.3, 2.5)


@dataclass
class Campaign:
    place: Place
    seed: int
    faults: int
    minutes: float
    done: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)
    shepherd_kills: list[float] = field(default_factory=list)

    def run(self) -> bool:
        """Whether everything was as it has to be."""
        began = time.monotonic()
        self.place.revive()
        load = Load(self.place, self.seed)
        load.start()
        self._hurt(load)
        self.place.revive()
        load.finish(PATIENCE)
        if load.failure:
            raise load.failure
        schedules = Schedule.objects.values_list("flow", flat=True)
        verdict = judge(
            Evidence(
                ledger=self.place.ledger,
                accepted=load.told.accepted,
                killed=load.told.killed,
                on_full_disk=load.told.on_full_disk,
                shepherd_kills=self.shepherd_kills,
                every_fire=list(schedules.filter(misfire="all")),
                alone=list(schedules.filter(overlap__in=("wait", "skip"))),
                parents=list(Dependency.objects.values_list("flow", "parent")),
            )
        )
        if not verdict.is_clean:
            self._keep()
        verdict.wrong += [f"a process was left: {command}" for command in self.place.stop()]
        self._report(load, time.monotonic() - began)
        print(verdict, flush=True)
        return verdict.is_clean

    def _hurt(self, load: Load) -> None:
        rng = random.Random(self.seed)
        until = time.monotonic() + 60 * self.minutes
        for fault in self._deck(rng):
            if self.done.total() >= self.faults or time.monotonic() > until:
                return
            time.sleep(rng.uniform(*PAUSES))
            if load.failure:
                return
            struck = load.fill_a_disk() if fault.name == FULL_DISK else fault.strike(self.place, rng)
            if struck:
                self.done[fault.name] += 1
                print(f"{datetime.now():%H:%M:%S} {fault.name}", flush=True)
            if struck and "shepherd" in fault.name:
                self.shepherd_kills.append(time.clock_gettime(time.CLOCK_BOOTTIME))
            self.place.revive()

    def _deck(self, rng: random.Random) -> Iterator[Fault]:
        """Each fault once, in any order; after that by weight, for ever."""
        usable = [*self._usable()]
        yield from rng.sample(usable, len(usable))
        while True:
            yield rng.choices(usable, [fault.weight for fault in usable])[0]

    def _usable(self) -> Iterator[Fault]:
        full_disk = Fault(FULL_DISK, lambda *_: True, weight=3, hindered=no_mounts)
        for fault in (*FAULTS, full_disk):
            if fault.database not in ("", self.place.database):
                continue
            if hindrance := fault.hindered(self.place):
                self.skipped[fault.name] = hindrance
            else:
                yield fault

    def _keep(self) -> None:
        """What somebody may want to look at who is to find out why."""
        kept = Path(tempfile.mkdtemp(prefix=f"hr-kept-{self.place.database}-{self.seed}-"))
        for name in ("launcher.out", "ledger"):
            shutil.copy(self.place.folder / name, kept)
        shutil.copytree(self.place.home / "logs", kept / "logs")
        shutil.copytree(self.place.home / "runs", kept / "runs")
        with (kept / "rows.json").open("w") as file:
            call_command("dumpdata", "flows", "--indent", "1", stdout=file)
        print(f"kept for whoever wants to know why: {kept}")

    def _report(self, load: Load, seconds: float) -> None:
        print(
            f"\nchaos on {self.place.database}, seed {self.seed}:"
            f" {self.done.total()} faults injected, {seconds:.0f} s"
        )
        for name, count in sorted(self.done.items()):
            print(f"  {count:4d}  {name}")
        for name, why in self.skipped.items():
            print(f"  skipped: {name} ({why})")
        print("  users: " + ", ".join(f"{count} {what}" for what, count in sorted(load.told.counts.items())))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--faults", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    # What a database that is away is called in a log is known here.
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with contextlib.closing(Place(given.database, given.folder)) as place:
        return 0 if Campaign(place, given.seed, given.faults, given.minutes).run() else 1


if __name__ == "__main__":
    sys.exit(main())
