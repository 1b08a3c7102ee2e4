"""What an installation has to do while it is hurt: flows of every shape, and users who meddle."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError, connection, transaction

from apps.flows.actions import set_schedule
from apps.flows.dependencies import set_parents
from apps.flows.models import Flow, Run, Schedule
from apps.flows.runs import kill_run, rerun, resume_run, submit_flow, suspend_run
from apps.gateways.models import AccessKey
from apps.jobs.logs import run_folder
from apps.lib.errors import DomainError
from apps.lib.ids import read
from apps.projects.models import User
from bench.workloads import Graph, chain, fan, layers
from tests.chaos.faults import SmallDisk
from tests.chaos.ledger import BEHAVIOURS, NEVER
from tests.chaos.place import Place
from tests.factories import flow_of, make_job, make_project

KEY, SECRET = "CHAOS", "chaos-secret"
SHAPES: dict[str, Graph] = {
    "one": chain(1),
    "chain": chain(8),
    "fan": fan(16),
    "layers": layers(4, 16),
}
#: Runs that go on at once: more would only wait for slots.
OPEN_RUNS = 6


@dataclass(frozen=True, slots=True)
class Clockwork:
    """A flow that starts by itself."""

    cron: str
    misfire: str
    overlap: str = "parallel"
    behaviour: str = "quick"
    has_parent: bool = False


#: The first is the parent of those that have one: all fires of both are made, whatever is missed.
CLOCKWORKS = (
    Clockwork("0 * * * * ?", "all"),
    Clockwork("0 * * * * ?", "all", has_parent=True),
    Clockwork("* * * * * ?", "last"),
    Clockwork("0/5 * * * * ?", "none"),
    Clockwork("0/2 * * * * ?", "last", "skip", "slow"),
    Clockwork("0/3 * * * * ?", "last", "wait", "short"),
    Clockwork("0/4 * * * * ?", "last", "replace", "long"),
)
#: Seconds after which a run that still waits when nothing is fired any more waits for what will not come.
WAITED_ENOUGH = 20.0
FULL_FOR = 3.0


@dataclass
class Told:
    """What the installation said to its users, to be held against it."""

    accepted: set[int] = field(default_factory=set)
    #: Runs whose kill was accepted; out again when somebody lets them run anew.
    killed: set[int] = field(default_factory=set)
    #: Runs that may have been repeated although nobody was told so.
    repeated: set[int] = field(default_factory=set)
    #: Runs that met a full disk, which may cost them attempts.
    on_full_disk: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)


class Load(threading.Thread):
    def __init__(self, place: Place, seed: int) -> None:
        super().__init__(name="load", daemon=True)
        self.place, self.rng, self.told = place, random.Random(seed), Told()
        self.ending = threading.Event()
        self.failure: BaseException | None = None
        self.by = User.objects.get(username="admin")
        AccessKey.objects.create(key_id=KEY, secret=SECRET, owner=self.by)
        self.project = make_project(self.by)
        self.jobs = {
            name: make_job(self.project, name, **behaviour.fields(place.ledger))
            for name, behaviour in BEHAVIOURS.items()
        }
        self.flows = [self._flow(shape) for shape in SHAPES for _ in range(3)]
        self.scheduled: list[Flow] = []
        for clockwork in CLOCKWORKS:
            self.scheduled.append(self._wound_up(clockwork))
        self.chatty = flow_of(chain(3), {f"n{k}": self.jobs["chatty"] for k in range(3)}, self.project)

    def _flow(self, shape: str) -> Flow:
        graph = SHAPES[shape]
        endless = [name for name, behaviour in BEHAVIOURS.items() if behaviour.failures == NEVER]
        sound = [name for name in BEHAVIOURS if name not in endless]
        jobs = {node: self.jobs[self.rng.choice(sound)] for node in graph}
        # At most one of those that fail for good, or hardly a run would get far.
        jobs[self.rng.choice(list(graph))] = self.jobs[self.rng.choice([*endless, "quick", "quick"])]
        return flow_of(graph, jobs, self.project)

    def _wound_up(self, how: Clockwork) -> Flow:
        flow = flow_of(chain(1), {"n0": self.jobs[how.behaviour]}, self.project)
        if how.has_parent:
            set_parents(flow, self.scheduled[:1])
        set_schedule(flow, cron=how.cron, misfire=how.misfire, overlap=how.overlap, enabled=True)
        return flow

    # --- while it goes on

    def run(self) -> None:
        try:
            while not self.ending.wait(self.rng.uniform(0.05, 0.4)):
                self._try("look", self._act)
        except BaseException as error:
            self.failure = error
        finally:
            connection.close()

    def _act(self) -> None:
        going_on = Run.objects.filter(ended_at__isnull=True).exclude(flow__in=self.scheduled)
        if going_on.count() < OPEN_RUNS:
            door = self._submit_by_rest if self.rng.random() < 0.3 else self._submit
            self._try("submit", lambda: door(self.rng.choice(self.flows)))
        chosen = self.rng.random()
        for share, name, act in self._meddling:
            if chosen < share:
                self._try(name, act)
                break
            chosen -= share

    @property
    def _meddling(self) -> tuple[tuple[float, str, Callable[[], None]], ...]:
        return (
            (0.03, "kill", self._kill),
            (0.03, "suspend", self._suspend),
            (0.08, "resume", self._resume),
            (0.03, "rerun", self._rerun),
        )

    def _try(self, what: str, act: Callable[[], None]) -> None:
        """As a user does: who is refused, or gets no answer, goes on with something else."""
        try:
            act()
        except DomainError:
            self.told.counts[f"{what} refused"] += 1
        except (DatabaseError, InterfaceError, OSError):
            self.told.counts[f"{what} without an answer"] += 1
            connection.close()
        else:
            self.told.counts[what] += 1

    def _submit(self, flow: Flow) -> None:
        self.told.accepted.add(submit_flow(flow, by=self.by).uid)

    def _submit_by_rest(self, flow: Flow) -> None:
        url = f"{self.place.installation.url}/api/headrace/v1/flows/{flow.ref}/run/"
        call = urllib.request.Request(url, b"{}", method="POST")
        call.add_header("Authorization", f"Bearer {KEY}:{SECRET}")
        call.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(call, timeout=10) as answer:
            uid = read(json.load(answer)["id"])
        assert uid is not None
        self.told.accepted.add(uid)

    def _any(self, **conditions: object) -> Run | None:
        runs = Run.objects.filter(**conditions).exclude(flow__in=self.scheduled)
        latest = list(runs.order_by("-id")[:20])
        return self.rng.choice(latest) if latest else None

    def _kill(self) -> None:
        if run := self._any(ended_at__isnull=True):
            kill_run(run, by=self.by)
            self.told.killed.add(run.uid)

    def _suspend(self) -> None:
        if run := self._any(state="running"):
            suspend_run(run, by=self.by)

    def _resume(self) -> None:
        if run := self._any(state="suspended"):
            resume_run(run, by=self.by)

    def _rerun(self) -> None:
        if run := self._any(ended_at__isnull=False):
            # From here on, whatever the answer: it may be given after the fact, or be lost.
            self.told.killed.discard(run.uid)
            self.told.repeated.add(run.uid)
            rerun(run, by=self.by, failed_only=self.rng.random() < 0.5)

    # --- a disk that is full

    def fill_a_disk(self) -> bool:
        """Let one run meet a disk that is full, until somebody makes room."""
        disk = None
        try:
            with transaction.atomic():
                run = submit_flow(self.chatty, by=self.by)
                suspend_run(run, by=self.by)
            self.told.accepted.add(run.uid)
            disk = SmallDisk(run_folder(run.uid))
            disk.mount()
            self.place.mounts.append(disk.folder)
            resume_run(run, by=self.by)
            time.sleep(FULL_FOR)
        except (DatabaseError, InterfaceError, DomainError):
            connection.close()
            return False
        finally:
            if disk is not None:
                disk.grow()
        self.told.on_full_disk.add(run.uid)
        return True

    # --- the end

    def finish(self, patience: float) -> None:
        """Give nothing more to do, and wait until everything has ended, or long enough."""
        self.ending.set()
        self.join(60)
        connection.close()  # a fault may have cut it since it was used last
        Schedule.objects.update(enabled=False)
        began = time.monotonic()
        while time.monotonic() < began + patience:
            if time.monotonic() > began + WAITED_ENOUGH:
                for run in Run.objects.filter(state="waiting"):
                    self._try("kill of what waits", lambda run=run: kill_run(run, by=self.by))  # type: ignore[misc]
            for run in Run.objects.filter(state="suspended"):
                self._try("resume", lambda run=run: resume_run(run, by=self.by))  # type: ignore[misc]
            if not Run.objects.filter(ended_at__isnull=True).exists():
                return
            time.sleep(0.3)
