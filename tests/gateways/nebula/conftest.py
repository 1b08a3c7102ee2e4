from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from apps.flows.hosts import register_host
from apps.flows.models import Flow, Run
from apps.flows.warden import Warden
from apps.jobs.supervisor import read_status, session_of
from apps.projects.actions import create_project
from apps.projects.models import Connection, Project, User
from tests.gateways.nebula.callers import Explorer, workflow
from tests.jobs.graphs.standin import Standin, standin_process

PASSWORD = "open-sesame-1"
QUERY = (
    'MATCH (v:player)-[e:follow]->(w) WHERE v.player.name == "${name}" RETURN id(w) AS id, e.degree AS degree'
)
BY_IDS = "LOOKUP ON player WHERE id(vertex) IN [${ids}] YIELD properties(vertex).name AS name"
PATIENCE = 60.0


@pytest.fixture
def owner(db) -> User:
    return User.objects.create_user("olga", password=PASSWORD)


@pytest.fixture
def project(owner) -> Project:
    register_host()
    return create_project(name="graphs", by=owner)


@pytest.fixture
def explorer(project) -> Explorer:
    return Explorer.of("olga", PASSWORD)


@pytest.fixture
def find(project) -> Flow:
    """A workflow whose task query_1 must be given a name."""
    declared = {"task": "query_1", "inputs": [{"name": "name"}]}
    return workflow(project, query={"kind": "NGQL", "content": QUERY, "headrace": declared})


@pytest.fixture
def plain(project) -> Flow:
    """A workflow whose task declares nothing."""
    return workflow(project, "plain", query={"kind": "NGQL", "content": "YIELD 1 AS one"})


@pytest.fixture(scope="package")
def standin() -> Iterator[Standin]:
    with standin_process() as running:
        yield running


@pytest.fixture
def connection(project, standin) -> Connection:
    return Connection.objects.create(
        project=project,
        name="players",
        address="127.0.0.1",
        port=standin.port,
        password=standin.password,
        database="basketball",
        known_as="10.1.2.3:9669",
    )


@pytest.fixture
def work_off() -> Iterator[Callable[[int], Run]]:
    """Works until the job of that number has ended: a real warden, real processes."""
    warden = Warden(register_host())

    def work(number: int) -> Run:
        give_up_at = time.monotonic() + PATIENCE
        while not Run.objects.filter(pk=number, ended_at__isnull=False).exists():
            assert time.monotonic() < give_up_at, "it does not end"
            warden.round()
        return Run.objects.get(pk=number)

    yield work
    for ward in warden.wards.by_key.values():
        status = read_status(ward.status)
        for pid in session_of(status.pid) if status and status.pid else []:
            os.kill(pid, signal.SIGKILL)
    warden._disconnect()
    warden.bell.close()
