from __future__ import annotations

import pytest

from apps.engine.outside import Finish
from apps.jobs.outside import Driver, Unreachable, drivers_of
from tests.clusters import Cluster


@pytest.fixture
def kubernetes(cluster: Cluster) -> Driver:
    cluster.token = "let-me-in"
    [driver] = drivers_of({"kubernetes": cluster.url, "namespace": "jobs"}, token="let-me-in")
    return driver


def test_pods_are_found_by_the_label_of_their_attempt(cluster: Cluster, kubernetes: Driver) -> None:
    cluster.start_pod("mine", "headrace-a-1-1")
    cluster.start_pod("other", "headrace-b-1-1")
    [job] = kubernetes.find(["headrace-a-1-1", "headrace-a-1-2"], [])
    assert (job.id, job.state, job.finish, job.tags) == ("mine", "Running", None, ("headrace-a-1-1",))
    assert [each.id for each in kubernetes.find([], ["other", "unknown"])] == ["other"]


def test_a_pod_is_gone_when_it_is_not_listed_any_more(cluster: Cluster, kubernetes: Driver) -> None:
    cluster.start_pod("mine", "tag")
    cluster.stubborn.add("mine")
    kubernetes.end(kubernetes.find(["tag"], [])[0])
    [job] = kubernetes.find(["tag"], [])
    assert (job.state, job.finish) == ("Terminating", None)
    cluster.stubborn.clear()
    kubernetes.end(job)
    assert kubernetes.find(["tag"], []) == []


@pytest.mark.parametrize(("phase", "finish"), [("Succeeded", Finish.SUCCEEDED), ("Failed", Finish.FAILED)])
def test_a_pod_that_ended_says_how(cluster: Cluster, kubernetes: Driver, phase: str, finish: Finish) -> None:
    cluster.start_pod("mine", "tag", phase)
    assert kubernetes.find(["tag"], [])[0].finish == finish


def test_its_containers_and_their_logs(cluster: Cluster, kubernetes: Driver) -> None:
    cluster.start_pod("mine", "tag")
    cluster.node_logs["mine", "stdout"] = "hello\n"
    [container] = kubernetes.containers(kubernetes.find(["tag"], [])[0])
    assert (container.id, container.host, container.state) == ("spark-kubernetes-driver", "node-1", "running")
    assert kubernetes.log(container, "stdout") == "hello\n"
    with pytest.raises(LookupError):
        kubernetes.log(container, "syslog")


def test_a_wrong_token_is_said(cluster: Cluster, kubernetes: Driver) -> None:
    cluster.token = "another"
    with pytest.raises(Unreachable, match="answered 401"):
        kubernetes.find(["tag"], [])
