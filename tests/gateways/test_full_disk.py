"""A disk that is full is told in each dialect's own form, and not as a fault of ours."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from django.http import HttpResponse

from apps.flows.hosts import register_host
from apps.gateways.models import AccessKey
from apps.projects.actions import create_project
from apps.projects.models import User
from tests.gateways.callers import RpcCaller
from tests.gateways.naver.callers import NaverCaller
from tests.gateways.nebula.callers import Explorer, workflow
from tests.jobs.dataflow.nodes import seed

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[[int], HttpResponse]


def emr(key: AccessKey) -> Write:
    caller = RpcCaller.of(key)
    return lambda n: caller.get("CreateFlowProject", Name=f"orders {n}", Description="x" * 1000)


def naver(key: AccessKey) -> Write:
    caller = NaverCaller.of(key)
    return lambda n: caller.call("POST", "/jobs", {"name": f"job{n:03}", "nodes": seed()})


def nebula(key: AccessKey) -> Write:
    explorer = Explorer.of("olga", "open-sesame-1")
    assert key.project
    flow = workflow(key.project, "plain", query={"kind": "NGQL", "content": "YIELD 1 AS one"})
    return lambda n: explorer.send("POST", f"/workflows/{flow.pk}/jobs", {})


@pytest.fixture
def write(request: pytest.FixtureRequest, owner: User, key: AccessKey) -> Write:
    register_host()
    key.project = create_project(name="disk tests", by=owner)
    key.save()
    return request.param(key)


@pytest.mark.parametrize(
    ("write", "status"),
    [(emr, 429), (naver, 429), (nebula, 500)],
    indirect=["write"],
    ids=["emr", "naver", "nebula"],
)
def test_a_full_disk_is_told_as_one(write: Write, status: int, no_more_pages: None) -> None:
    answers = (write(n) for n in itertools.count())
    refused = next(answer for answer in answers if answer.status_code >= 400)
    assert "The disk of the server is full" in refused.content.decode()
    assert refused.status_code == status
