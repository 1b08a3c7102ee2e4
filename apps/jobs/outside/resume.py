"""Starts a program again whose last try may have work on the cluster: goes on with that, or ends it first.

Runs as the process of an attempt, in place of its program and with the program's command
line as arguments; what there is to know stands in HEADRACE_RESUME. It becomes the program
when nothing is left, and ends as the work ends when it is gone on with.

Usage: python -m apps.jobs.outside.resume PROGRAM ARGUMENT …
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence

from django.conf import settings

from apps.engine.outside import Finish, Next, OutsideJob, Verdict, after, confirm, going_on
from apps.jobs.outside import Driver, Unreachable, drivers_of
from apps.jobs.outside.left import VARIABLE, Left

#: Seconds between two looks.
INTERVAL = 2.0


class _Resumed:
    def __init__(self, left: Left, drivers: Sequence[Driver]) -> None:
        self.left = left
        self.drivers = drivers

    def run(self) -> int | None:
        """The exit status, or None when the program is to be started."""
        jobs = self.look()
        match after(jobs, is_whole=self.left.is_whole, was_lost=self.left.was_lost):
            case Next.FOLLOW:
                [job] = going_on(jobs)
                say(f"{job} of the try before goes on: it is waited for, and not started again")
                return self.follow(job)
            case Next.DONE:
                say(f"{jobs[-1]} of the try before has succeeded meanwhile: it is not started again")
                return 0
        if not self.left.may_start:
            names = ", ".join(map(str, jobs)) or "nothing"
            say(f"it must not run twice, so it is not started again; known of the try before: {names}")
            return 1
        return self.end(going) if (going := going_on(jobs)) else None

    def look(self) -> list[OutsideJob]:
        """Raises Unreachable: who does not know what there is must not start it again."""
        tags, ids = self.left.tags, self.left.ids
        return [job for driver in self.drivers for job in driver.find(tags, ids.get(driver.system, ()))]

    def follow(self, job: OutsideJob) -> int:
        shown, was_away = "", False
        driver = self.driver_of(job)
        while job.finish is None:
            time.sleep(INTERVAL)
            try:
                found = driver.find((), [job.id])
            except Unreachable as error:
                if not was_away:
                    say(f"no answer, trying again: {error}")
                was_away = True
                continue
            was_away = False
            if not found:
                say(f"{job.id} is not known any more: how it ended cannot be told")
                return 1
            [job] = found
            now = f"{job}" if job.progress is None else f"{job} {job.progress:.0f}%"
            if now != shown:
                say(now)
            shown = now
        if job.note:
            say(job.note)
        return 0 if job.finish is Finish.SUCCEEDED else 1

    def end(self, jobs: Sequence[OutsideJob]) -> int | None:
        """End what is left, and say None when it is gone."""
        say(f"ending what the try before left: {', '.join(map(str, jobs))}")
        for job in jobs:
            self.driver_of(job).end(job)
        began = time.monotonic()
        while True:
            jobs = self.look()
            waited = time.monotonic() - began
            match confirm(jobs, is_known=True, waited=waited, patience=self.left.patience):
                case Verdict.GONE:
                    return None
                case Verdict.STAYS:
                    names = ", ".join(map(str, going_on(jobs)))
                    say(f"still there after it was told to end, so nothing is started beside it: {names}")
                    return 1
            time.sleep(min(INTERVAL, 0.5))

    def driver_of(self, job: OutsideJob) -> Driver:
        return next(driver for driver in self.drivers if driver.system == job.system)


def say(text: str) -> None:
    print(f"[headrace] {text}", flush=True)


def main(argv: list[str]) -> int:
    left = Left(**json.loads(os.environ.pop(VARIABLE)))
    settings.configure(HEADRACE_OUTBOUND_ALLOW=left.allowed)
    try:
        status = _Resumed(left, drivers_of(left.endpoints, left.token)).run()
    except Unreachable as error:
        say(f"whether the try before still has work on the cluster is not known: {error}")
        return 1
    if status is not None:
        return status
    del os.environ["PYTHONPATH"]
    if left.python_path:
        os.environ["PYTHONPATH"] = left.python_path
    os.execv(argv[0], argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
