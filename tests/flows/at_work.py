"""A real warden with a real shepherd and real processes, on the test database."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from apps.flows.actions import create_flow
from apps.flows.losses import LONGEST_STEP, HostWatch
from apps.flows.models import Flow, NodeRun, Run
from apps.flows.warden import Warden
from apps.jobs.logs import Wanted, log_path, read_lines, status_path
from apps.jobs.masks import masks_for
from apps.jobs.models import Job
from apps.jobs.supervisor import read_status, session_of
from apps.projects.actions import root_folder
from apps.projects.models import Project, Tree, User
from tests.graphs import drawing

PATIENCE = 30.0


class Watcher:
    """A watch whose clock goes when told to."""

    def __init__(self) -> None:
        self.watch = HostWatch()
        self.now = 1000.0
        self.watch.look(self.now)

    def see(self, seconds: float) -> None:
        """Look often for that long."""
        for _ in range(int(seconds / LONGEST_STEP) + 1):
            self.now += LONGEST_STEP
            self.watch.look(self.now)


def leave(warden: Warden) -> None:
    """As if the process had died: nothing is said to anybody."""
    warden._disconnect()
    warden.bell.close()


def abandon(warden: Warden) -> None:
    """So too, and nothing that it started goes on."""
    for ward in warden.wards.by_key.values():
        status = read_status(ward.status)
        for pid in session_of(status.pid) if status and status.pid else []:
            os.kill(pid, signal.SIGKILL)
    leave(warden)


def until(warden: Warden, condition: Callable[[], Any], patience: float = PATIENCE) -> None:
    give_up_at = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < give_up_at, "it does not come"
        warden.round()


def work_off(warden: Warden, run: Run, patience: float = PATIENCE) -> Run:
    until(warden, lambda: Run.objects.filter(pk=run.pk, ended_at__isnull=False).exists(), patience)
    run.refresh_from_db()
    return run


def make_job(project: Project, name: str, content: str, **fields: Any) -> Job:
    folder = root_folder(project, Tree.JOB)
    fields.setdefault("kind", "SHELL")
    return Job.objects.create(project=project, folder=folder, name=name, content=content, **fields)


def make_flow(project: Project, by: User, edges: list[tuple[str, str]], *jobs: Job) -> Flow:
    return create_flow(project, name="flow", graph=drawing(edges, {job.name: job for job in jobs}), by=by)


def states(run: Run) -> dict[str, str]:
    rows = NodeRun.objects.filter(run=run).exclude(kind__in=("START", "END"))
    return dict(rows.values_list("name", "state"))


def log_of(run: Run, name: str) -> str:
    node = NodeRun.objects.get(run=run, name=name)
    lines, _ = read_lines(log_path(run.uid, node.ordinal, node.attempt), masks_for(run.project), Wanted())
    return "\n".join(lines)


def node_of(run: Run, name: str) -> NodeRun:
    return NodeRun.objects.get(run=run, name=name)


def running_pid(run: Run, name: str) -> int:
    node = node_of(run, name)
    status = read_status(status_path(run.uid, node.ordinal, node.attempt))
    return status.pid if status else 0
