"""Clusters and hosts through our own API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.projects.actions import create_project, link_cluster, update_cluster_setting
from apps.projects.models import AuditEntry, Cluster, Host, Project
from tests.gateways.rest.conftest import Caller, caller


@pytest.fixture
def root(db: None) -> Caller:
    made = caller("root")
    made.key.owner.is_superuser = True
    made.key.owner.save()
    return made


@pytest.fixture
def gone(project: Project, cluster: Cluster) -> Host:
    """A host that was given up."""
    before = timezone.now() - timedelta(hours=1)
    return Host.objects.create(
        cluster=cluster, name="gone", role="CORE", programs={"hive": "/usr/bin/hive"}, lost_at=before
    )


@pytest.mark.postgres
def test_clusters_are_told_with_what_this_project_may_ask_of_them(
    olga: Caller, project: Project, cluster: Cluster
) -> None:
    other = create_project(name="other", by=project.owner)
    for each, users in ((other, ["hive"]), (project, ["etl"])):
        setting = each.cluster_settings.get()
        update_cluster_setting(setting, users=users, default_user=users[0], by=project.owner)
    Cluster.objects.create(name="of nobody")
    (told,) = olga.get(f"projects/{project.ref}/clusters/").json()["results"]
    assert (told["id"], told["name"], told["kind"]) == (cluster.ref, "local", "local")
    assert (told["users"], told["hosts"], told["default_user"]) == (["etl"], [], "etl")
    assert olga.get(f"projects/{project.ref}/clusters/{cluster.ref}/").json() == told


@pytest.mark.postgres
def test_hosts_are_told_with_their_state(
    olga: Caller, project: Project, cluster: Cluster, gone: Host
) -> None:
    Host.objects.filter(name="here").update(heartbeat_at=timezone.now(), slots=8)
    Host.objects.create(cluster=cluster, name="mute", heartbeat_at=timezone.now(), silent_at=timezone.now())
    path = f"projects/{project.ref}/hosts/"
    hosts = olga.get(path).json()["results"]
    assert [(host["name"], host["state"], host["busy"]) for host in hosts] == [
        ("gone", "lost", 0),
        ("here", "working", 0),
        ("mute", "silent", 0),
    ]
    assert hosts[0]["programs"] == ["hive"]
    assert (hosts[1]["slots"], hosts[1]["cluster"]) == (8, cluster.ref)
    assert olga.get(f"{path}{gone.ref}/").json() == hosts[0]


@pytest.mark.parametrize("page", ["hosts", "clusters"])
def test_more_of_them_cost_no_more_queries(
    olga: Caller, project: Project, cluster: Cluster, page: str
) -> None:
    path = f"projects/{project.ref}/{page}/"
    olga.get(path)
    with CaptureQueriesContext(connection) as few:
        before = len(olga.get(path).json()["results"])
    for number in range(5):
        more = Cluster.objects.create(name=f"c{number}")
        link_cluster(project, more, by=project.owner)
        Host.objects.create(cluster=more, name=f"h{number}")
    with CaptureQueriesContext(connection) as many:
        assert len(olga.get(path).json()["results"]) == before + 5
    assert len(many) == len(few)


def test_an_administrator_removes_a_host_that_is_gone_and_no_other(
    root: Caller, project: Project, gone: Host
) -> None:
    path = f"projects/{project.ref}/hosts/"
    assert root.delete(f"{path}{gone.ref}/").status_code == 204
    assert root.get(f"{path}{gone.ref}/").status_code == 404
    assert AuditEntry.objects.get(verb="remove_host").subject_name == "gone"
    Host.objects.filter(name="here").update(heartbeat_at=timezone.now())
    refused = root.delete(f"{path}{Host.objects.get(name='here').ref}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert Host.objects.filter(name="here").exists()


def test_admins_of_a_project_see_its_hosts_and_remove_none(
    olga: Caller, member: Callable[[str], Caller], project: Project, gone: Host
) -> None:
    path = f"projects/{project.ref}/hosts/{gone.ref}/"
    for one in (olga, member("viewer")):
        assert one.get(path).status_code == 200
        assert one.delete(path).status_code == 403
    assert Host.objects.filter(pk=gone.pk).exists()


def test_strangers_and_other_projects_find_nothing(
    stan: Caller, olga: Caller, project: Project, cluster: Cluster, gone: Host
) -> None:
    for path in (
        "hosts/",
        f"hosts/{gone.ref}/",
        "clusters/",
        f"clusters/{cluster.ref}/",
    ):
        assert stan.get(f"projects/{project.ref}/{path}").status_code == 404
    assert stan.delete(f"projects/{project.ref}/hosts/{gone.ref}/").status_code == 404
    other = create_project(name="other", by=project.owner)
    other.cluster_settings.all().delete()
    for path in (f"hosts/{gone.ref}/", f"clusters/{cluster.ref}/"):
        assert olga.get(f"projects/{other.ref}/{path}").status_code == 404
