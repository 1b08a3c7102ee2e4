"""What happens to attempts when the warden or the shepherd dies."""

from __future__ import annotations

import os
import signal
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.engine.states import State
from apps.flows.models import Attempt
from apps.flows.runs import kill_run, submit_flow
from apps.flows.warden import Warden
from apps.jobs.logs import run_folder
from apps.jobs.supervisor import session_of
from apps.projects.actions import create_project
from apps.projects.models import Project, User
from tests.flows.at_work import (
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


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="warden tests", by=ann)


def test_a_job_outlives_its_warden_and_is_adopted(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", "echo begin; sleep 1; echo end")
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    first = make_warden()
    until(first, lambda: running_pid(run, "job"))
    pid = running_pid(run, "job")
    leave(first)
    second = make_warden()
    assert work_off(second, run).state == State.SUCCEEDED
    assert log_of(run, "job") == "begin\nend"
    assert Attempt.objects.filter(node_run__run=run).count() == 1
    assert not session_of(pid)


def test_a_result_that_nobody_was_there_to_hear_is_found(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", "sleep 0.3; exit 7")
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    first = make_warden()
    until(first, lambda: running_pid(run, "job"))
    leave(first)
    while session_of(running_pid(run, "job")):
        time.sleep(0.01)
    work_off(make_warden(), run)
    assert node_of(run, "job").exit_code == 7


def test_what_was_claimed_and_not_started_is_started_by_the_next_warden(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(project, "job", "echo once")
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    dying = make_warden()
    monkeypatch.setattr(dying, "_launch", lambda _: None)  # it dies between the commit and the start
    until(dying, lambda: node_of(run, "job").state == State.RUNNING)
    leave(dying)
    assert work_off(make_warden(), run).state == State.SUCCEEDED
    assert Attempt.objects.filter(node_run__run=run).count() == 1


def test_what_was_claimed_not_started_and_then_killed_is_not_started_any_more(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(project, "job", "echo started > began; sleep 60")
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    dying = make_warden()
    monkeypatch.setattr(dying, "_launch", lambda _: None)
    until(dying, lambda: node_of(run, "job").state == State.RUNNING)
    leave(dying)
    kill_run(run, by=ann)
    assert work_off(make_warden(), run).state == State.KILLED
    assert not (run_folder(run.uid) / "work" / "began").exists()
    assert node_of(run, "job").attempts.get().end == "killed"


@pytest.mark.parametrize(("loss", "outcome"), [("at_least_once", "succeeded"), ("at_most_once", "failed")])
def test_a_job_whose_shepherd_dies_with_it_is_lost_and_its_policy_applies(
    make_warden: Callable[[], Warden], project: Project, ann: User, loss: str, outcome: str
) -> None:
    content = 'if [ "$HEADRACE_ATTEMPT" = 1 ]; then sleep 60; fi'
    job = make_job(project, "job", content, loss_policy=loss, max_retry=1)
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    warden = make_warden()
    until(warden, lambda: running_pid(run, "job"))
    shepherd = int(Path(f"/proc/{running_pid(run, 'job')}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(shepherd, signal.SIGKILL)
    os.kill(running_pid(run, "job"), signal.SIGKILL)
    assert work_off(warden, run).state == outcome
    assert node_of(run, "job").attempts.first().end == "lost"


def test_jobs_go_on_when_only_the_shepherd_dies(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    slow = make_job(project, "slow", "while [ ! -e done ]; do sleep 0.02; done")
    after = make_job(project, "after", "echo after", fail_act="CONTINUE")
    run = submit_flow(make_flow(project, ann, [("slow", "after")], slow, after), by=ann)
    warden = make_warden()
    until(warden, lambda: running_pid(run, "slow"))
    shepherd = int(Path(f"/proc/{running_pid(run, 'slow')}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(shepherd, signal.SIGKILL)
    (run_folder(run.uid) / "work" / "done").touch()
    work_off(warden, run)
    # Nobody knows how it ended: that is said, and not taken for success.
    assert node_of(run, "slow").attempts.first().end == "lost"


def test_a_start_that_the_shepherd_did_not_hear_before_it_died_is_asked_for_again(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", "echo once")
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    warden = make_warden()
    warden._reconnect()
    assert warden.wards.supervisor.socket is not None
    peer = warden.wards.supervisor.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    shepherd = struct.unpack("3i", peer)[0]
    os.kill(shepherd, signal.SIGSTOP)
    until(warden, lambda: warden.wards)
    os.kill(shepherd, signal.SIGKILL)
    assert work_off(warden, run).state == State.SUCCEEDED
    assert log_of(run, "job") == "once"
    assert Attempt.objects.filter(node_run__run=run).count() == 1
