"""The applications that a node instance had on YARN, their containers and the logs of those."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from apps.flows.cluster_jobs import keep
from apps.flows.models import Attempt, NodeRun
from apps.jobs.outside import drivers_of
from apps.projects.models import Variable
from tests.clusters import STAMP, Cluster, running_cluster
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import World

pytestmark = pytest.mark.django_db

APP = f"application_{STAMP}_0001"
MASTER, SECOND = (f"container_{STAMP}_0001_01_{number:06d}" for number in (1, 2))


@pytest.fixture
def yarn(settings, world: World) -> Iterator[Cluster]:
    """A YARN on which the first node of the flow has an application with two containers."""
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with running_cluster() as cluster:
        world.cluster.endpoints = cluster.endpoints
        world.cluster.save()
        cluster.start_app(1)
        NodeRun.objects.filter(run=world.run).update(cluster=world.cluster)
        see(world, cluster)
        yield cluster


def see(world: World, cluster: Cluster) -> None:
    [driver] = drivers_of(cluster.endpoints)
    [job] = driver.find((), [APP])
    attempt = Attempt.objects.get(node_run__run=world.run, node_run__name="extract")
    keep(attempt.pk, job, driver.containers(job), timezone.now())


@pytest.fixture
def node(within: dict[str, str], world: World) -> dict[str, str]:
    return {**within, "NodeInstanceId": world.ids()["node1"]}


def test_the_containers_of_a_node_by_pages(caller: RpcCaller, node: dict[str, str], yarn: Cluster) -> None:
    told = caller.ask("ListFlowNodeInstanceContainerStatus", **node)
    assert told["Total"] == 2
    assert told["ContainerStatusList"]["ContainerStatus"] == [
        {"ApplicationId": APP, "ContainerId": MASTER, "HostName": "node-1", "Status": "RUNNING"},
        {"ApplicationId": APP, "ContainerId": SECOND, "HostName": "node-2", "Status": "RUNNING"},
    ]
    second = caller.ask("ListFlowNodeInstanceContainerStatus", **node, PageNumber=2, PageSize=1)
    assert [each["ContainerId"] for each in second["ContainerStatusList"]["ContainerStatus"]] == [SECOND]


def test_the_lines_of_a_container_log(
    caller: RpcCaller, node: dict[str, str], world: World, yarn: Cluster
) -> None:
    Variable.objects.create(project=world.project, name="key", value="hush-hush", secret=True)
    yarn.node_logs[SECOND, "stderr"] = "one\ntwo hush-hush\nthree"
    log = {**node, "AppId": APP, "ContainerId": SECOND, "LogName": "stderr"}
    told = caller.ask("DescribeFlowNodeInstanceContainerLog", **log)
    lines = [entry["Content"] for entry in told["LogEntrys"]["LogEntry"]]
    assert lines == ["one", "two ******", "three"]
    assert told["LogEnd"] is False  # its application goes on
    yarn.finish_app(APP)
    see(world, yarn)
    yarn.node_logs.clear()
    yarn.kept_logs[MASTER, "stderr"] = "kept 1\nkept 2\n"
    log["ContainerId"] = MASTER
    told = caller.ask("DescribeFlowNodeInstanceContainerLog", **log, Offset=1, Length=1)
    assert told["LogEntrys"]["LogEntry"] == [{"Content": "kept 2"}]
    assert told["LogEnd"] is True
    assert caller.ask("DescribeFlowNodeInstanceContainerLog", **log, Length=1)["LogEnd"] is False


def test_what_is_wrong_with_a_call_for_a_log_is_said(
    caller: RpcCaller, node: dict[str, str], yarn: Cluster
) -> None:
    log = {**node, "AppId": APP, "ContainerId": MASTER, "LogName": "stdout"}
    for name, value, status, says in (
        ("AppId", "application_1_1", 404, "has started no application_1_1"),
        ("ContainerId", "container_1", 404, "has no container container_1"),
        ("LogName", "prelaunch.out", 400, "LogName"),
        ("LogName", "syslog", 404, "has no log syslog"),
    ):
        refused = caller.get("DescribeFlowNodeInstanceContainerLog", **log | {name: value})
        assert refused.status_code == status
        assert says in refused.json()["Message"]
    yarn.trouble = 503
    refused = caller.get("DescribeFlowNodeInstanceContainerLog", **log)
    assert (refused.status_code, refused.json()["Code"]) == (429, "Throttling")


def test_the_applications_of_a_node_are_its_children(
    caller: RpcCaller, within: dict[str, str], world: World, yarn: Cluster
) -> None:
    told = caller.ask("DescribeFlowNodeInstance", **within, Id=world.ids()["node1"])
    assert told["ExternalChildIds"] == APP
    listed = caller.ask("ListFlowNodeInstance", **within)["FlowNodeInstances"]["FlowNodeInstance"]
    by_name = {each["JobName"]: each["ExternalChildIds"] for each in listed if each["FlowInstanceId"]}
    assert (by_name["extract"], by_name["load"]) == (APP, "")
