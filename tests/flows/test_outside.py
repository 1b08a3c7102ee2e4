"""Attempts whose work runs on a cluster: followed there, ended there, and gone on with after a loss.

The programs are stand-ins that say what the real ones say; the cluster is `tests.clusters`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.engine.states import State
from apps.flows.cluster_jobs import cluster_jobs_of
from apps.flows.models import Attempt, ClusterJob, Run
from apps.flows.runs import kill_run, submit_flow
from apps.flows.warden import Warden
from apps.jobs.logs import run_folder, tag_of
from apps.projects.actions import create_project
from apps.projects.models import Cluster as ClusterRow
from apps.projects.models import Project, User
from tests.clusters import STAMP, Cluster, running_cluster
from tests.flows.at_work import (
    Watcher,
    leave,
    log_of,
    make_flow,
    make_job,
    node_of,
    running_pid,
    until,
    work_off,
)

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = f"application_{STAMP}_0001"
#: Hands its work in, says so, and waits for it.
PROGRAM = f"""#!/bin/sh
echo "$@"
echo "Submitted application {FIRST}"
[ -e $HEADRACE_RUN_DIR/go ] && exit 0
exec sleep 60
"""


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="cluster tests", by=ann)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that jobs find before all others."""
    for name in ("hadoop", "spark-submit"):
        (tmp_path / name).write_text(PROGRAM)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


@pytest.fixture
def cluster(settings, ann: User, programs: Path) -> Iterator[Cluster]:
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    settings.HEADRACE_CLUSTER_KILL_GRACE = 1.5
    settings.HEADRACE_KILL_GRACE = 0.5
    with running_cluster() as running:
        ClusterRow.objects.update(endpoints=running.endpoints)
        yield running


def submit(project: Project, by: User, kind: str = "MR", content: str = "app.jar Main", **fields: str) -> Run:
    job = make_job(project, "job", content, kind=kind, **fields)
    return submit_flow(make_flow(project, by, [], job), by=by)


def started(warden: Warden, run: Run) -> None:
    until(warden, lambda: running_pid(run, "job"))


def tag(run: Run, attempt: int = 1) -> str:
    return tag_of(run.uid, node_of(run, "job").ordinal, attempt)


def seen(run: Run) -> list[tuple[str, str]]:
    return list(ClusterJob.objects.filter(attempt__node_run__run=run).values_list("ident", "state"))


def test_what_an_attempt_has_on_the_cluster_is_written_down(
    make_warden: Callable[[], Warden], project: Project, ann: User, cluster: Cluster
) -> None:
    warden, run = make_warden(), submit(project, ann)
    warden.outside.lookout.interval = 0.1
    started(warden, run)
    cluster.start_app(1, name="count words")
    until(warden, lambda: seen(run) == [(FIRST, "RUNNING")])
    job = cluster_jobs_of(node_of(run, "job")).get()
    assert (job.name, job.progress, job.url) == ("count words", 12.5, f"{cluster.url}/proxy/{FIRST}/")
    assert [each["host"] for each in job.containers] == ["node-1", "node-2"]
    cluster.finish_app(FIRST)
    until(warden, lambda: seen(run) == [(FIRST, "FINISHED")])
    assert cluster_jobs_of(node_of(run, "job")).get().end == "succeeded"


def test_a_killed_node_takes_its_application_along(
    make_warden: Callable[[], Warden], project: Project, ann: User, cluster: Cluster
) -> None:
    warden, run = make_warden(), submit(project, ann)
    started(warden, run)
    cluster.start_app(1)
    cluster.start_app(2, tag(run))
    kill_run(run, by=ann)
    assert work_off(warden, run).state == State.KILLED
    assert {app["state"] for app in cluster.apps.values()} == {"KILLED"}


def test_killed_is_not_said_while_an_application_stays(
    make_warden: Callable[[], Warden], project: Project, ann: User, cluster: Cluster
) -> None:
    warden, run = make_warden(), submit(project, ann)
    started(warden, run)
    cluster.stubborn.add(cluster.start_app(1))
    kill_run(run, by=ann)
    assert work_off(warden, run).state == State.KILL_FAILED
    assert f"{FIRST} (RUNNING)" in node_of(run, "job").reason


def test_killed_is_not_said_when_the_cluster_does_not_answer(
    make_warden: Callable[[], Warden], project: Project, ann: User, cluster: Cluster
) -> None:
    warden, run = make_warden(), submit(project, ann)
    started(warden, run)
    cluster.trouble = 500
    kill_run(run, by=ann)
    assert work_off(warden, run).state == State.KILL_FAILED
    assert "is not known" in node_of(run, "job").reason


def test_a_warden_that_dies_while_an_application_ends_leaves_it_to_the_next(
    make_warden: Callable[[], Warden], project: Project, ann: User, cluster: Cluster
) -> None:
    warden, run = make_warden(), submit(project, ann)
    started(warden, run)
    cluster.stubborn.add(cluster.start_app(1))
    kill_run(run, by=ann)
    until(warden, lambda: warden.outside.held)
    leave(warden)
    cluster.stubborn.clear()
    assert work_off(make_warden(), run).state == State.KILLED
    assert cluster.apps[FIRST]["state"] == "KILLED"


def test_an_attempt_that_ran_too_long_is_not_tried_again_beside_what_is_left_of_it(
    make_warden: Callable[[], Warden], project: Project, ann: User, cluster: Cluster
) -> None:
    warden, run = make_warden(), submit(project, ann, max_retry=3, max_running_seconds=1)
    started(warden, run)
    cluster.stubborn.add(cluster.start_app(1))
    assert work_off(warden, run).state == State.FAILED
    node = node_of(run, "job")
    assert node.attempt == 1
    assert node.reason.startswith("it ran longer")
    assert FIRST in node.reason


@pytest.fixture
def lost(
    warden_of: Callable[[str], Warden], project: Project, ann: User, cluster: Cluster
) -> Callable[..., tuple[Run, Warden]]:
    """A run whose host is given up while its application goes on, and the warden of the next host."""

    def lose(*job: str, **fields: str) -> tuple[Run, Warden]:
        first, run = warden_of("first"), submit(project, ann, *job, **fields)
        first.outside.lookout.interval = 0.1
        started(first, run)
        cluster.start_app(1, tag(run))
        until(first, lambda: seen(run))
        Watcher().see(60)
        return run, warden_of("second")

    return lose


def go(run: Run) -> None:
    """The program ends well from now on."""
    (run_folder(run.uid) / "work" / "go").touch()


ON_CLUSTER = "SPARK", "--master yarn --deploy-mode cluster app.jar"


@pytest.mark.parametrize("end", ["SUCCEEDED", "FAILED"])
def test_work_that_goes_on_after_its_host_was_lost_is_waited_for_and_not_done_twice(
    lost: Callable[..., tuple[Run, Warden]], cluster: Cluster, end: str
) -> None:
    run, second = lost(*ON_CLUSTER)
    until(second, lambda: "it is waited for" in log_of(run, "job"))
    cluster.finish_app(FIRST, end)
    assert work_off(second, run).state == end.lower()
    assert "Submitted" not in log_of(run, "job")
    ends = Attempt.objects.filter(node_run__run=run).order_by("number").values_list("end", flat=True)
    assert list(ends) == ["lost", end.lower()]
    assert cluster_jobs_of(node_of(run, "job")).get().ident == FIRST


def test_work_that_is_waited_for_is_ended_with_the_attempt_that_waits(
    lost: Callable[..., tuple[Run, Warden]], cluster: Cluster, ann: User
) -> None:
    run, second = lost(*ON_CLUSTER)
    until(second, lambda: "it is waited for" in log_of(run, "job"))
    kill_run(run, by=ann)
    assert work_off(second, run).state == State.KILLED
    assert cluster.apps[FIRST]["state"] == "KILLED"


def test_work_that_succeeded_while_nobody_looked_is_not_done_again(
    lost: Callable[..., tuple[Run, Warden]], cluster: Cluster
) -> None:
    run, second = lost(*ON_CLUSTER)
    cluster.finish_app(FIRST)
    assert work_off(second, run).state == State.SUCCEEDED
    assert "Submitted" not in log_of(run, "job")


def test_a_part_of_the_work_is_ended_before_all_of_it_is_done_again(
    lost: Callable[..., tuple[Run, Warden]], cluster: Cluster
) -> None:
    run, second = lost("MR", "app.jar Main")
    go(run)
    assert work_off(second, run).state == State.SUCCEEDED
    assert cluster.apps[FIRST]["state"] == "KILLED"
    assert log_of(run, "job").splitlines() == [
        f"[headrace] ending what the try before left: {FIRST} (RUNNING)",
        "jar app.jar Main",
        f"Submitted application {FIRST}",
    ]


def test_nothing_is_started_beside_what_cannot_be_ended(
    lost: Callable[..., tuple[Run, Warden]], cluster: Cluster
) -> None:
    run, second = lost("MR", "app.jar Main")
    cluster.stubborn.add(FIRST)
    assert work_off(second, run).state == State.FAILED
    assert "so nothing is started beside it" in log_of(run, "job")


def test_nothing_is_started_while_nobody_knows_what_is_left(
    lost: Callable[..., tuple[Run, Warden]], cluster: Cluster
) -> None:
    run, second = lost("MR", "app.jar Main")
    cluster.trouble = 500
    assert work_off(second, run).state == State.FAILED
    assert "is not known" in log_of(run, "job")
    assert "Submitted" not in log_of(run, "job")


def test_a_job_that_must_not_run_twice_is_gone_on_with(
    lost: Callable[..., tuple[Run, Warden]], cluster: Cluster
) -> None:
    run, second = lost(*ON_CLUSTER, loss_policy="at_most_once")
    until(second, lambda: "it is waited for" in log_of(run, "job"))
    cluster.finish_app(FIRST)
    assert work_off(second, run).state == State.SUCCEEDED
    assert "Submitted" not in log_of(run, "job")


def test_a_job_that_must_not_run_twice_is_not_started_when_its_work_has_failed(
    lost: Callable[..., tuple[Run, Warden]], cluster: Cluster
) -> None:
    run, second = lost(*ON_CLUSTER, loss_policy="at_most_once", max_retry=2)
    cluster.finish_app(FIRST, "FAILED")
    go(run)
    assert work_off(second, run).state == State.FAILED
    assert "it must not run twice" in log_of(run, "job")
    assert "Submitted" not in log_of(run, "job")


def test_a_job_that_must_not_run_twice_ends_with_its_host_when_a_part_of_it_is_on_the_host(
    lost: Callable[..., tuple[Run, Warden]], cluster: Cluster
) -> None:
    run, _ = lost("MR", "app.jar Main", loss_policy="at_most_once")
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert node_of(run, "job").attempt == 1
