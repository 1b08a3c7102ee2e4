"""One story, told through every door; afterwards the same rows are there, whichever it was."""

from __future__ import annotations

import csv
import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.engine.drafts import read_graph
from apps.flows.hosts import register_host
from apps.flows.models import Flow, NodeRun, Run
from apps.flows.warden import Warden
from apps.gateways.models import AccessKey
from apps.jobs import objects
from apps.jobs.models import Job
from apps.jobs.supervisor import read_status, session_of
from apps.projects.actions import create_project
from apps.projects.models import Project, User
from tests.flows.at_work import leave, until, work_off
from tests.gateways.doors import (
    GOING_ON,
    STOPPED,
    SUCCEEDED,
    DataWorks,
    Door,
    Emr,
    Naver,
    Nebula,
    Rest,
    RestJob,
)
from tests.jobs.dataflow.nodes import filtered, source, target
from tests.people import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
FLOW_DOORS = (Rest, Emr, DataWorks, Nebula)
JOB_DOORS = (RestJob, Naver)


@pytest.fixture
def project(owner: User) -> Project:
    register_host()
    return create_project(name="mill", by=owner)


@pytest.fixture
def key(owner: User, project: Project) -> AccessKey:
    return AccessKey.objects.create(key_id="MILL-KEY", secret="mill-secret", owner=owner, project=project)


@pytest.fixture
def warden(project: Project) -> Iterator[Warden]:
    warden = Warden(register_host())
    yield warden
    for ward in warden.wards.by_key.values():
        status = read_status(ward.status)
        for pid in session_of(status.pid) if status and status.pid else []:
            os.kill(pid, signal.SIGKILL)
    leave(warden)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """While this file is there, a step called "load" does not end."""
    return tmp_path / "gate"


@pytest.fixture
def steps(gate: Path) -> dict[str, str]:
    return {
        "extract": "echo extract says hello",
        "load": f"echo load says hello\nwhile [ -e {gate} ]; do sleep 0.05; done",
    }


def rows_left(project: Project) -> dict[str, Any]:
    """What there is of the story, without ids and times."""
    return {
        "flows": {flow.name: edges_of(flow) for flow in Flow.objects.filter(project=project)},
        "jobs": dict(Job.objects.filter(project=project).values_list("name", "content")),
        "runs": [
            (run.name, run.trigger, run.state, nodes_of(run))
            for run in Run.objects.filter(project=project).order_by("id")
        ],
    }


def edges_of(flow: Flow) -> set[tuple[str, str]]:
    draft = read_graph(flow.document.text)
    names = {node.id: node.title for node in draft.nodes if node.job}
    return {
        (names[edge.source], names[edge.target])
        for edge in draft.edges
        if edge.source in names and edge.target in names
    }


def nodes_of(run: Run) -> dict[str, tuple[str, int]]:
    nodes = NodeRun.objects.filter(run=run).exclude(kind__in=("START", "END"))
    return {node.name: (node.state, node.attempts.count()) for node in nodes}


def is_at_work(run: Run, step: str) -> bool:
    return NodeRun.objects.filter(run=run, name=step, state="running").exists()


@pytest.mark.parametrize("kind", FLOW_DOORS, ids=lambda kind: kind.__name__.lower())
def test_a_flow_is_made_read_run_watched_stopped_and_deleted(kind, key, project, warden, gate, steps):
    door: Door = kind(key, project)
    door.create(steps)
    assert {name: content.strip() for name, content in door.read().items()} == steps

    first = door.run()
    assert door.state(first) == GOING_ON
    work_off(warden, Run.objects.latest("id"))
    assert door.state(first) == SUCCEEDED
    assert [door.output(first, step) for step in steps] == ["extract says hello", "load says hello"]

    gate.touch()
    second = door.run()
    row = Run.objects.latest("id")
    until(warden, lambda: is_at_work(row, "load"))
    door.stop(second)
    work_off(warden, row)
    assert door.state(second) == STOPPED

    assert rows_left(project) == {
        "flows": {"nightly": {("extract", "load")}},
        "jobs": steps,
        "runs": [
            ("nightly", "api", "succeeded", {"extract": ("succeeded", 1), "load": ("succeeded", 1)}),
            ("nightly", "api", "killed", {"extract": ("succeeded", 1), "load": ("killed", 1)}),
        ],
    }
    door.delete()
    assert rows_left(project) == {"flows": {}, "jobs": {}, "runs": []}


@pytest.mark.parametrize("kind", JOB_DOORS, ids=lambda kind: kind.__name__.lower())
def test_a_data_job_is_made_read_run_watched_stopped_and_deleted(kind, key, project, warden):
    door: Door = kind(key, project)
    nodes = [source(1), filtered(2, 1, ("name", "EQ", "Ann")), target(3, 2)]
    store = objects.store()
    store.write("box", "in/people.csv", b"id,name,amount\n1,Ann,10.5\n2,Bob,2\n")
    door.create({"people": nodes})
    assert door.read() == {"people": nodes}

    first = door.run()
    assert door.state(first) == GOING_ON
    work_off(warden, Run.objects.latest("id"))
    assert door.state(first) == SUCCEEDED
    written = [store.read("box", found.key).decode() for found in store.find("box", "out")]
    assert [row for text in written for row in list(csv.reader(io.StringIO(text)))[1:]] == [
        ["1", "Ann", "10.5"]
    ]

    second = door.run()
    door.stop(second)
    assert door.state(second) == STOPPED

    left = rows_left(project)
    assert (left["flows"], set(left["jobs"])) == ({}, {"people"})
    assert left["runs"] == [
        ("people", "api", "succeeded", {"people": ("succeeded", 1)}),
        ("people", "api", "killed", {"people": ("waiting", 0)}),
    ]
    door.delete()
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", (*FLOW_DOORS, *JOB_DOORS), ids=lambda kind: kind.__name__.lower())
def test_a_run_from_any_door_is_seen_and_stopped_in_the_pages_and_through_our_rest(
    kind, key, project, owner, steps
):
    door: Door = kind(key, project)
    door.create({"people": [source(1), target(2, 1)]} if kind in JOB_DOORS else steps)
    pages, rest = signed_in(owner), Rest(key, project)
    by_page, ref = door.run(), Run.objects.latest("id").ref
    assert seen(pages, project, ref) and rest.state(ref) == GOING_ON
    assert pages.post(f"/runs/{ref}/kill/").status_code < 400
    assert (door.state(by_page), rest.state(ref)) == (STOPPED, STOPPED)

    by_rest, ref = door.run(), Run.objects.latest("id").ref
    rest.stop(ref)
    assert door.state(by_rest) == STOPPED
    assert "Killed" in pages.get(f"/runs/{ref}/").content.decode()


def seen(pages: Client, project: Project, ref: str) -> bool:
    listed = pages.get(f"/projects/{project.ref}/runs/").content.decode()
    return ref in listed and pages.get(f"/runs/{ref}/").status_code == 200
