from __future__ import annotations

import pytest

from apps.engine.outside import Finish
from apps.jobs.outside import Driver, Unreachable, drivers_of
from tests.clusters import STAMP, Cluster, running_cluster


@pytest.fixture
def yarn(cluster: Cluster) -> Driver:
    [driver] = drivers_of(cluster.endpoints)
    return driver


def test_applications_are_found_by_the_tag_of_their_attempt(cluster: Cluster, yarn: Driver) -> None:
    first = cluster.start_app(1, "headrace-a-1-1,nightly")
    cluster.start_app(2, "headrace-b-1-1")
    third = cluster.start_app(3, "headrace-a-1-2")
    found = yarn.find(["headrace-a-1-1", "headrace-a-1-2"], [])
    assert [job.id for job in found] == [first, third]
    job = found[0]
    assert (job.state, job.finish, job.progress, job.user) == ("RUNNING", None, 12.5, "hadoop")
    assert job.url == f"{cluster.url}/proxy/{first}/"
    assert "headrace-a-1-1" in job.tags


def test_applications_without_a_tag_are_found_by_id_and_none_twice(cluster: Cluster, yarn: Driver) -> None:
    tagged, plain = cluster.start_app(1, "mine"), cluster.start_app(2)
    unknown = f"application_{STAMP}_0009"
    assert [job.id for job in yarn.find(["mine"], [plain, tagged, unknown])] == [tagged, plain]


@pytest.mark.parametrize(
    ("state", "final", "finish"),
    [
        ("NEW", "UNDEFINED", None),
        ("ACCEPTED", "UNDEFINED", None),
        ("RUNNING", "SUCCEEDED", None),  # its master said so, and has not left yet
        ("FINISHED", "SUCCEEDED", Finish.SUCCEEDED),
        ("FINISHED", "FAILED", Finish.FAILED),
        ("FINISHED", "ENDED", Finish.FAILED),
        ("FINISHED", "KILLED", Finish.KILLED),
        ("FAILED", "FAILED", Finish.FAILED),
        ("KILLED", "KILLED", Finish.KILLED),
    ],
)
def test_it_is_over_when_yarn_says_so(
    cluster: Cluster, yarn: Driver, state: str, final: str, finish: Finish | None
) -> None:
    id = cluster.start_app(1, state=state, finalStatus=final)
    assert yarn.find([], [id])[0].finish == finish


def test_it_is_ended_in_the_name_of_its_user(cluster: Cluster, yarn: Driver) -> None:
    id = cluster.start_app(1, user="ann")
    yarn.end(yarn.find([], [id])[0])
    assert cluster.asked[-1] == ("PUT", f"/ws/v1/cluster/apps/{id}/state?user.name=ann")
    assert yarn.find([], [id])[0].finish == Finish.KILLED


def test_a_token_for_kubernetes_is_not_shown_to_yarn_and_its_nodes(cluster: Cluster) -> None:
    [driver] = drivers_of(cluster.endpoints, token="let-me-in")
    [job] = driver.find([], [cluster.start_app(1)])
    container = driver.containers(job)[0]
    cluster.node_logs[container.id, "stdout"] = "hello"
    driver.log(container, "stdout")
    assert set(cluster.shown) == {None}


def test_many_tags_are_asked_for_in_several_calls(cluster: Cluster, yarn: Driver) -> None:
    last = cluster.start_app(1, "tag-99")
    assert [job.id for job in yarn.find([f"tag-{n}" for n in range(100)], [])] == [last]
    assert len(cluster.asked) == 3


def test_a_standby_and_one_that_is_away_are_passed_by(cluster: Cluster) -> None:
    id = cluster.start_app(1)
    with running_cluster() as standby:
        standby.trouble = 307
        [driver] = drivers_of({"yarn": f"http://127.0.0.1:9, {standby.url}/, {cluster.url}"})
        assert [job.id for job in driver.find([], [id])] == [id]
        assert standby.asked


def test_what_does_not_answer_as_it_should_is_said(cluster: Cluster, yarn: Driver) -> None:
    cluster.trouble = 401
    with pytest.raises(Unreachable, match="answered 401"):
        yarn.find(["tag"], [])


def test_an_address_in_a_private_network_is_not_called_unless_it_is_allowed(
    cluster: Cluster, settings
) -> None:
    settings.HEADRACE_OUTBOUND_ALLOW = []
    [driver] = drivers_of(cluster.endpoints)
    with pytest.raises(Unreachable, match="HEADRACE_OUTBOUND_ALLOW"):
        driver.find(["tag"], [])
    assert not cluster.asked


def test_the_containers_of_an_application_that_runs_and_of_one_that_ended(
    cluster: Cluster, yarn: Driver
) -> None:
    id = cluster.start_app(1)
    [job] = yarn.find([], [id])
    number = id.partition("_")[2]
    listed = [(each.id, each.host, each.state) for each in yarn.containers(job)]
    assert listed == [
        (f"container_{number}_01_000001", "node-1", "RUNNING"),
        (f"container_{number}_01_000002", "node-2", "RUNNING"),
    ]
    cluster.finish_app(id)
    [job] = yarn.find([], [id])
    assert [(each.id, each.state) for each in yarn.containers(job)] == [
        (f"container_{number}_01_000001", "FINISHED")
    ]


def test_a_log_comes_from_the_node_and_later_from_the_history(cluster: Cluster, yarn: Driver) -> None:
    [job] = yarn.find([], [cluster.start_app(1)])
    container = yarn.containers(job)[0]
    cluster.node_logs[container.id, "stderr"] = "one\ntwo"
    assert yarn.log(container, "stderr") == "one\ntwo"
    cluster.node_logs.clear()
    cluster.kept_logs[container.id, "stderr"] = "kept\n"
    assert yarn.log(container, "stderr") == "kept\n"
    with pytest.raises(LookupError):
        yarn.log(container, "syslog")


def test_a_tracking_address_that_is_none_is_no_link(cluster: Cluster, yarn: Driver) -> None:
    id = cluster.start_app(1, trackingUrl="javascript:alert(1)")
    assert yarn.find([], [id])[0].url == ""
