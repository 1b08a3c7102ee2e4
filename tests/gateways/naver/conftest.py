from __future__ import annotations

import pytest

from apps.gateways.models import AccessKey
from apps.projects.models import Cluster, Project, User
from tests.factories import make_project
from tests.gateways.naver.callers import NaverCaller
from tests.jobs.dataflow.nodes import seed


@pytest.fixture
def project(owner: User) -> Project:
    Cluster.objects.get_or_create(name="local")
    return make_project(owner)


@pytest.fixture
def key(owner: User, project: Project) -> AccessKey:
    return AccessKey.objects.create(key_id="AK_TEST", secret="SK_TEST", owner=owner, project=project)


@pytest.fixture
def naver(key: AccessKey) -> NaverCaller:
    return NaverCaller.of(key)


@pytest.fixture
def job(naver: NaverCaller) -> dict:
    return naver.ask("POST", "/jobs", {"name": "job001", "nodes": seed()}, 201)
