"""The page of a node shows what its attempt has on the cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.flows.cluster_jobs import keep
from apps.flows.models import NodeRun
from apps.jobs.outside import drivers_of
from apps.projects.actions import set_variable
from apps.projects.models import Cluster as ClusterRow
from apps.projects.models import Project
from tests.clusters import STAMP, Cluster, running_cluster
from tests.factories import make_flow
from tests.flows.pages import HTMX, finished
from tests.people import People

pytestmark = pytest.mark.django_db

APP = f"application_{STAMP}_0001"
CONTAINER = f"container_{STAMP}_0001_01_000001"


@pytest.fixture
def cluster(settings) -> Iterator[Cluster]:
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with running_cluster() as running:
        running.start_app(1, name="count <words>")
        yield running


@pytest.fixture
def node(project: Project, people: People, cluster: Cluster) -> NodeRun:
    """A node of Spark, and its application as it was seen while it ran."""
    jobs = {"count": {"kind": "SPARK", "content": "app.jar"}}
    run = finished(make_flow(project, jobs=jobs, count=[], tidy=["count"]), people.bob)
    row = ClusterRow.objects.create(name="hadoop", endpoints=cluster.endpoints)
    NodeRun.objects.filter(run=run).update(cluster=row)
    node = NodeRun.objects.get(run=run, name="count")
    [driver] = drivers_of(cluster.endpoints)
    [job] = driver.find((), [APP])
    keep(node.attempts.get().pk, job, driver.containers(job), timezone.now())
    return node


def url(name: str, node: NodeRun, **query: str) -> str:
    return reverse(f"flows:{name}", args=[node.run.ref, node.ordinal], query=query)


def log_url(node: NodeRun, **changed: str) -> str:
    return url("container_log", node, **{"job": APP, "container": CONTAINER, "log": "stderr", **changed})


def test_the_panel_shows_the_application_and_the_logs_of_its_containers(
    node: NodeRun, cluster: Cluster, vera: Client
) -> None:
    page = vera.get(url("node_panel", node)).content.decode()
    assert f'href="{cluster.url}/proxy/{APP}/"' in page
    assert "count &lt;words&gt;" in page
    assert "13%" in page
    assert "node-2" in page
    assert log_url(node).replace("&", "&amp;") in page
    assert 'hx-trigger="every 3s"' in page  # it was seen going on


def test_it_looks_no_more_when_all_has_ended(node: NodeRun, cluster: Cluster, vera: Client) -> None:
    cluster.finish_app(APP)
    [driver] = drivers_of(cluster.endpoints)
    [job] = driver.find((), [APP])
    keep(node.attempts.get().pk, job, (), timezone.now())
    fragment = vera.get(url("cluster_jobs", node), headers=HTMX).content.decode()
    assert APP in fragment
    assert "hx-trigger" not in fragment


def test_kinds_that_start_nothing_elsewhere_have_no_such_part(
    project: Project, people: People, vera: Client
) -> None:
    run = finished(make_flow(project, tidy=[]), people.bob)
    node = NodeRun.objects.get(run=run, name="tidy")
    assert "cluster-jobs" not in vera.get(url("node_panel", node)).content.decode()


def test_a_container_log_is_masked_and_is_a_page_or_a_part_of_one(
    node: NodeRun, cluster: Cluster, project: Project, people: People, vera: Client
) -> None:
    set_variable(project, name="key", value="hush-hush", secret=True, by=people.alice)
    cluster.node_logs[CONTAINER, "stderr"] = "\n".join([*map(str, range(1200)), "key is hush-hush"])
    part = vera.get(log_url(node), headers=HTMX).content.decode()
    assert "key is ******" in part
    assert "201 lines before these are left out" in part
    assert "<html" not in part
    assert "<html" in vera.get(log_url(node)).content.decode()


def test_why_a_container_log_cannot_be_read_is_said(node: NodeRun, cluster: Cluster, vera: Client) -> None:
    for changed, says in (
        ({}, "has no log stderr"),
        ({"container": "c"}, "has no container c"),
        ({"job": "a"}, "has started no a"),
    ):
        assert says in vera.get(log_url(node, **changed), headers=HTMX).content.decode()
    cluster.trouble = 503
    assert "cannot be read now" in vera.get(log_url(node), headers=HTMX).content.decode()


@pytest.mark.parametrize("name", ["cluster_jobs", "container_log"])
def test_a_stranger_finds_nothing(node: NodeRun, charlie: Client, name: str) -> None:
    assert charlie.get(url(name, node)).status_code == 404
