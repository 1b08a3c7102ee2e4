"""Hosts claim what the rules of routing give them, and a node that nobody may run says why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from apps.engine.routing import GATEWAY, MASTER, WORKER, route
from apps.flows.actions import update_flow
from apps.flows.models import NodeRun
from apps.flows.ready import ready_nodes
from apps.flows.routes import fleet, served_by
from apps.flows.runs import submit_flow
from apps.flows.warden import Warden
from apps.flows.why import why_node
from apps.jobs.actions import update_job
from apps.jobs.models import Job
from apps.lib.errors import Invalid
from apps.projects.models import Cluster, ClusterSetting, Host, User
from tests.flows.at_work import work_off
from tests.graphs import make_drawn_flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def hosts(ann: User) -> dict[str, Host]:
    """A cluster as EMR's: a master, a gateway and two workers."""
    cluster = Cluster.objects.get(name="local")
    cluster.hosts.all().delete()
    roles = {"m1": MASTER, "g1": GATEWAY, "w1": WORKER, "w2": WORKER}
    return {
        name: Host.objects.create(cluster=cluster, name=name, role=role, slots=4)
        for name, role in roles.items()
    }


def ready(ann: User, *, mode: str = "LOCAL", host: str = "", allowed: list[str] | None = None) -> NodeRun:
    flow = make_drawn_flow([("a", "b")], by=ann)
    for job in Job.objects.filter(project=flow.project):
        update_job(job, mode=mode, by=ann)
    update_flow(flow, host_name=host, by=ann)
    if allowed is not None:
        setting, _ = ClusterSetting.objects.get_or_create(
            project=flow.project, cluster=Cluster.objects.get(name="local")
        )
        ClusterSetting.objects.filter(pk=setting.pk).update(hosts=allowed)
    run = submit_flow(flow, by=ann)
    return run.node_runs.get(state="ready")


def takers(hosts: dict[str, Host]) -> set[str]:
    return {name for name, host in hosts.items() if ready_nodes(served_by(host), 8)[0]}


@pytest.mark.postgres
@pytest.mark.parametrize("mode", ["LOCAL", "YARN"])
@pytest.mark.parametrize("named", ["", "m1", "g1", "w1", "nowhere"])
@pytest.mark.parametrize("allowed", [[], ["m1", "w2"], ["w1"]])
def test_a_node_is_claimed_by_whom_the_rules_say(
    ann: User, hosts: dict[str, Host], mode: str, named: str, allowed: list[str]
) -> None:
    node = ready(ann, mode=mode, host=named, allowed=allowed)
    may = route(mode, named, fleet().of(node.cluster_id), allowed).hosts
    assert takers(hosts) == set(may)
    reason = why_node(node)
    assert reason is not None
    assert (reason.code in {"hosts_silent", "slot"}) == bool(may)


def test_why_it_does_not_run_names_what_would_clear_it(ann: User, hosts: dict[str, Host]) -> None:
    told = why_node(ready(ann, host="m1", allowed=["g1"]))
    assert told is not None
    assert "may not use host m1 of cluster local, only g1" in told.text
    told = why_node(ready(ann, host="w1"))
    assert told is not None
    assert "worker: name one of m1, g1, or choose mode YARN" in told.text


def test_the_only_host_runs_every_mode_whatever_host_is_named(ann: User, hosts: dict[str, Host]) -> None:
    Host.objects.exclude(name="w1").delete()
    node = ready(ann, host="emr-header-1.cluster-1", allowed=["emr-header-1.cluster-1"])
    assert takers({"w1": hosts["w1"]}) == {"w1"}
    assert node.host_name == ""


def test_a_node_runs_on_the_cluster_that_the_drawing_names(ann: User, hosts: dict[str, Host]) -> None:
    other = Cluster.objects.create(name="other")
    flow = make_drawn_flow([("a", "b")], by=ann)
    graph = json.loads(flow.document.text)
    graph["nodes"][1]["config"] = {"clusterId": f"C-{other.ref}"}
    flow.document.text = json.dumps(graph)
    flow.document.save(update_fields=["text"])
    rows = submit_flow(flow, by=ann).node_runs.values_list("node", "cluster__name")
    assert dict(rows)["a"] == "other"
    assert dict(rows)["b"] == "local"


def test_a_job_that_asks_for_what_its_project_may_not_have_is_refused_when_it_is_saved(ann: User) -> None:
    flow = make_drawn_flow([("a", "b")], by=ann)
    job = Job.objects.filter(project=flow.project).first()
    assert job is not None
    link, _ = ClusterSetting.objects.get_or_create(
        project=flow.project, cluster=Cluster.objects.get(name="local")
    )
    ClusterSetting.objects.filter(pk=link.pk).update(users=["etl", "hive"], queues=["nightly"])
    with pytest.raises(Invalid, match="user root on cluster local, only etl, hive") as refused:
        update_job(job, run_conf_text='{"userName": "root"}', by=ann)
    assert refused.value.field == "run_conf_text"
    with pytest.raises(Invalid, match="queue default on cluster local, only nightly"):
        update_job(job, run_conf_text='{"queue": "default"}', by=ann)
    update_job(job, run_conf_text='{"userName": "etl", "queue": "nightly"}', by=ann)


def test_what_was_allowed_when_it_was_saved_is_looked_at_again_when_it_runs(
    ann: User, make_warden: Callable[[], Warden]
) -> None:
    flow = make_drawn_flow([("a", "b")], by=ann)
    for job in Job.objects.filter(project=flow.project):
        update_job(job, run_conf_text='{"userName": "etl"}', by=ann)
    link, _ = ClusterSetting.objects.get_or_create(
        project=flow.project, cluster=Cluster.objects.get(name="local")
    )
    ClusterSetting.objects.filter(pk=link.pk).update(users=["hive"])
    run = work_off(make_warden(), submit_flow(flow, by=ann))
    node = run.node_runs.get(node="a")
    assert node.state == "failed"
    assert "may not use user etl on this cluster, only hive" in node.reason


def test_people_choose_the_host_of_a_node_among_those_that_it_may_name(
    ann: User, hosts: dict[str, Host], client: Client
) -> None:
    flow = make_drawn_flow([("a", "b")], by=ann)
    graph = json.loads(flow.document.text)
    graph["nodes"][1]["config"] = {"hostName": "gone-1"}
    flow.document.text = json.dumps(graph)
    flow.document.save(update_fields=["text"])
    client.force_login(ann)
    page = client.get(reverse("flows:inspector", args=[flow.ref]), {"id": "a"}).content.decode()
    offered = re.findall(
        r'<option value="([^"]*)"', page[page.index('name="host_name"') :].split("</select>")[0]
    )
    assert offered == ["", "m1", "g1", "gone-1"]
