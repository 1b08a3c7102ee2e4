"""A host that is gone is removed by administrators, and only when nothing of it goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.lib.errors import Conflict
from apps.projects.actions import create_project
from apps.projects.hosts import remove_host
from apps.projects.models import Cluster, ClusterSetting, Host, Project, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    cluster = Cluster.objects.create(name="mills")
    silent = timezone.now() - timedelta(hours=1)
    Host.objects.create(cluster=cluster, name="w1", programs={"bash": "/bin/bash"}, heartbeat_at=silent)
    Host.objects.create(cluster=cluster, name="w2", heartbeat_at=timezone.now())
    project = create_project(name="north", by=User.objects.create(username="ann", is_superuser=True))
    ClusterSetting.objects.create(project=project, cluster=cluster)
    return project


def test_the_page_tells_the_programs_and_offers_to_remove_what_is_gone(project: Project) -> None:
    client = Client()
    client.force_login(User.objects.get(username="ann"))
    w1, w2 = (Host.objects.get(name=name) for name in ("w1", "w2"))
    page = client.get(f"/projects/{project.ref}/clusters/").content.decode()
    assert "Has bash." in page
    assert f"hosts/{w1.ref}/remove/" in page
    assert f"hosts/{w2.ref}/remove/" not in page
    client.post(f"/projects/{project.ref}/clusters/hosts/{w1.ref}/remove/")
    assert not Host.objects.filter(pk=w1.pk).exists()


def test_a_host_that_works_is_not_removed(project: Project) -> None:
    with pytest.raises(Conflict, match="stop its worker first"):
        remove_host(Host.objects.get(name="w2"), by=None)


def test_who_only_manages_a_project_removes_no_host_of_all(project: Project) -> None:
    client, bob = Client(), User.objects.create(username="bob")
    project.members.create(user=bob, user_name="bob", role="admin")
    client.force_login(bob)
    w1 = Host.objects.get(name="w1")
    assert client.post(f"/projects/{project.ref}/clusters/hosts/{w1.ref}/remove/").status_code == 404
    assert Host.objects.filter(pk=w1.pk).exists()
