from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.flows.actions import create_flow
from apps.flows.models import Flow
from apps.gateways.models import AccessKey
from apps.jobs.actions import create_job
from apps.jobs.models import Job
from apps.projects.actions import add_member, create_project, link_cluster
from apps.projects.models import Cluster, Host, Project, User

ROOT = "/api/headrace/v1/"


@dataclass(frozen=True)
class Caller:
    """Calls our API with an access key."""

    key: AccessKey

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        sent = {"Authorization": f"Bearer {self.key.key_id}:{self.key.secret}", **headers}
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return Client().generic(
            method, f"{ROOT}{path}" if "://" not in path else path, data, "application/json", headers=sent
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None) -> HttpResponse:
        return self("POST", path, body)

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self("PATCH", path, body, **headers)

    def delete(self, path: str) -> HttpResponse:
        return self("DELETE", path)


def caller(name: str) -> Caller:
    user = User.objects.create_user(name, password="open-sesame-1")
    return Caller(AccessKey.objects.create(key_id=f"{name}s-key", secret=f"{name}s secret: é", owner=user))


@pytest.fixture
def olga(db: None) -> Caller:
    """The admin of the project."""
    return caller("olga")


@pytest.fixture
def stan(db: None) -> Caller:
    """A member of nothing."""
    return caller("stan")


@pytest.fixture
def cluster(db: None) -> Cluster:
    cluster = Cluster.objects.create(name="local")
    Host.objects.create(cluster=cluster, name="here")
    return cluster


@pytest.fixture
def project(olga: Caller, cluster: Cluster) -> Project:
    return create_project(name="orders", by=olga.key.owner)


@pytest.fixture
def member(project: Project) -> Any:
    """Makes a member of the project with a role."""

    def make(role: str) -> Caller:
        made = caller(role)
        add_member(project, user_name=role, role=role, by=project.owner)
        return made

    return make


@pytest.fixture
def job(project: Project) -> Job:
    return create_job(project, name="load", kind="SHELL", content="echo ${day}\n", by=project.owner)


def graph_of(job: Job) -> str:
    return json.dumps(
        {
            "nodes": [
                {"id": "s", "x": 1.0, "y": 1e2, "attribute": {"type": "START"}},
                {
                    "id": "a",
                    "label": "load",
                    "x": 1.5,
                    "y": 2,
                    "attribute": {"type": "JOB", "jobId": f"FJ-{job.ref}", "jobType": "SHELL"},
                },
                {"id": "e", "attribute": {"type": "END"}},
            ],
            "edges": [
                {"id": "sa", "source": "s", "target": "a"},
                {"id": "ae", "source": "a", "target": "e"},
            ],
        }
    )


@pytest.fixture
def flow(project: Project, job: Job, cluster: Cluster) -> Flow:
    if not project.cluster_settings.exists():
        link_cluster(project, cluster, by=project.owner)
    return create_flow(project, name="nightly", graph=graph_of(job), cluster=cluster, by=project.owner)
