"""Keeps an eye on what attempts have on their cluster, and ends it on demand, in a thread of its own.

A cluster may take seconds to answer, or never do: whoever follows processes must not wait
for it. So subjects are handed in, what is learnt of them is picked up as *news*, and only
this thread speaks with the cluster. It touches no database.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apps.engine.outside import OutsideJob, Verdict, confirm, going_on
from apps.jobs.log_files import LogFile
from apps.jobs.outside.contract import Container, Driver, Unreachable

logger = logging.getLogger(__name__)

#: Seconds between two looks, at what goes on and at what is to end.
LOOK_INTERVAL, END_INTERVAL = 5.0, 1.0
#: Seconds after which what still goes on is told to end once more.
ASK_AGAIN = 10.0
#: Seconds that what an attempt left going on is looked at after its end.
AFTERGLOW = 600.0
READ_BYTES = 1 << 20
#: No id is longer: one may stand on the edge of what is read at once.
LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class Subject:
    """An attempt: the tags of what it starts elsewhere, and the log in which ids of it may stand."""

    tags: tuple[str, ...]
    log: Path
    patterns: Mapping[str, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class News:
    """What is known by now of the jobs of an attempt."""

    key: str
    jobs: tuple[OutsideJob, ...]
    containers: Mapping[str, tuple[Container, ...]]


@dataclass(frozen=True, slots=True)
class Gone:
    """Whether what an attempt had is gone; `why` it is not known to be, else empty."""

    key: str
    why: str = ""


@dataclass(slots=True)
class _Watched:
    subject: Subject
    offset: int = 0
    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    jobs: dict[str, OutsideJob] = field(default_factory=dict)
    containers: dict[str, tuple[Container, ...]] = field(default_factory=dict)
    told: News | None = None
    #: When it was told to end, and each job of it last.
    ending_since: float | None = None
    asked: dict[str, float] = field(default_factory=dict)
    #: When to stop looking, once the attempt has ended.
    until: float | None = None


class Lookout:
    """`patience` is how many seconds what is told to end may take."""

    def __init__(self, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.patience = patience
        #: Seconds between two looks at what goes on.
        self.interval = LOOK_INTERVAL
        self.clock = clock
        self.drivers: Sequence[Driver] = ()
        self._watched: dict[str, _Watched] = {}
        self._news: list[News | Gone] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    # --- for whoever follows the processes

    def watch(self, key: str, subject: Subject) -> None:
        with self._changed:
            self._watched.setdefault(key, _Watched(subject))
            self._wake()

    def end(self, key: str, subject: Subject) -> None:
        """End what the attempt has; a `Gone` says what came of it."""
        with self._changed:
            watched = self._watched.setdefault(key, _Watched(subject))
            watched.ending_since = self.clock()
            self._wake()

    def let_go(self, key: str) -> None:
        """The attempt has ended by itself: look once more, and as long as something of it goes on."""
        with self._changed:
            if watched := self._watched.get(key):
                watched.until = self.clock() + AFTERGLOW

    def news(self) -> list[News | Gone]:
        with self._changed:
            found, self._news = self._news, []
        return found

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lookout", daemon=True)
            self._thread.start()
        self._changed.notify()

    # --- the thread

    def _run(self) -> None:
        while True:
            try:
                self.step()
            except Exception:
                logger.exception("the look at the cluster broke off")
            with self._changed:
                ending = any(each.ending_since is not None for each in self._watched.values())
                self._changed.wait(END_INTERVAL if ending else self.interval if self._watched else None)

    def step(self) -> None:
        """Look once at everything, and do what is to be done about it."""
        with self._changed:
            watched = dict(self._watched)
        for each in watched.values():
            _read_ids(each)
        trouble = {driver.system: self._look(driver, watched.values()) for driver in self.drivers}
        done, said = [], []
        for key, each in watched.items():
            if each.ending_since is not None and (gone := self._press(key, each, trouble)):
                done.append(key)
                said.append(gone)
            elif each.until is not None and (self.clock() > each.until or not self._goes_on(each, trouble)):
                done.append(key)
        with self._changed:
            self._news += [*filter(None, (_news_of(key, each) for key, each in watched.items())), *said]
            for key in done:
                self._watched.pop(key, None)

    def _look(self, driver: Driver, watched: Iterable[_Watched]) -> str:
        """Ask one system about all of them at once; what went wrong."""
        watched = list(watched)
        tags = {tag for each in watched for tag in each.subject.tags}
        ids = {id for each in watched for id in each.ids[driver.system]}
        try:
            found = driver.find(sorted(tags), sorted(ids))
            for each in watched:
                self._sort_in(driver, each, found)
        except Unreachable as error:
            return str(error)
        return ""

    def _sort_in(self, driver: Driver, watched: _Watched, found: Sequence[OutsideJob]) -> None:
        mine = {
            job.id: job
            for job in found
            if job.id in watched.ids[driver.system] or set(job.tags) & set(watched.subject.tags)
        }
        forgotten = [id for id, job in watched.jobs.items() if job.system == driver.system and id not in mine]
        for id in forgotten:
            # It was there and is not any more: whatever became of it, it does not go on.
            del watched.jobs[id]
        for id, job in mine.items():
            before = watched.jobs.get(id)
            watched.jobs[id] = job
            if job.finish is None or before is None or before.finish is None:
                listed = driver.containers(job)
                if listed or id not in watched.containers:
                    watched.containers[id] = tuple(listed)

    def _press(self, key: str, watched: _Watched, trouble: Mapping[str, str]) -> Gone | None:
        now, since = self.clock(), watched.ending_since or 0.0
        left = going_on(list(watched.jobs.values()))
        by_system = {driver.system: driver for driver in self.drivers}
        for job in left:
            if now - watched.asked.get(job.id, -ASK_AGAIN) >= ASK_AGAIN:
                watched.asked[job.id] = now
                with contextlib.suppress(Unreachable):
                    by_system[job.system].end(job)
        out_of_reach = {system: ids for system, ids in watched.ids.items() if ids and system not in by_system}
        why_unknown = next(filter(None, trouble.values()), "") or _no_address(out_of_reach)
        # What has no address will not get one by waiting.
        waited = float("inf") if out_of_reach and not left else now - since
        match confirm(left, is_known=not why_unknown, waited=waited, patience=self.patience):
            case Verdict.WAIT:
                return None
            case Verdict.GONE:
                return Gone(key)
            case Verdict.STAYS:
                names = ", ".join(map(str, left))
                return Gone(key, f"still there {now - since:.0f} s after it was told to end: {names}")
            case Verdict.UNKNOWN:
                return Gone(key, f"whether its jobs on the cluster are gone is not known: {why_unknown}")

    def _goes_on(self, watched: _Watched, trouble: Mapping[str, str]) -> bool:
        return bool(going_on(list(watched.jobs.values()))) or any(trouble.values())


def _no_address(out_of_reach: Mapping[str, Iterable[str]]) -> str:
    named = [f"{', '.join(sorted(ids))} ({system})" for system, ids in out_of_reach.items()]
    return f"{'; '.join(named)}: the cluster's settings say no address of it" if named else ""


def _news_of(key: str, watched: _Watched) -> News | None:
    """What is new since the last time."""
    now = News(key, tuple(watched.jobs.values()), dict(watched.containers))
    if not now.jobs or now == watched.told:
        return None
    watched.told = now
    return now


def _read_ids(watched: _Watched) -> None:
    """Find the ids in what the log has got since the last look."""
    with contextlib.suppress(OSError), LogFile(watched.subject.log) as log:
        while watched.offset < log.size:
            start = max(0, watched.offset - LONGEST_ID)
            data = log.read(start, READ_BYTES)
            if start + len(data) <= watched.offset:
                return
            watched.offset = start + len(data)
            text = data.decode("utf-8", "replace")
            for system, pattern in watched.subject.patterns.items():
                for id in pattern.findall(text):
                    _keep(watched.ids, system, id)


def _keep(ids: dict[str, set[str]], system: str, id: str) -> None:
    """A job of MapReduce is the application of the same number."""
    if system == "mapreduce":
        system, id = "yarn", id.replace("job_", "application_", 1)
    ids[system].add(id)
