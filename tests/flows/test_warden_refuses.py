"""An attempt that cannot be started fails by itself: the warden and the jobs beside it go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.engine.states import State
from apps.flows.models import Attempt, Run
from apps.flows.runs import submit_flow, submit_job
from apps.flows.warden import Warden
from apps.jobs.kinds import KINDS, Command, Kind, Work
from apps.jobs.logs import run_folder
from apps.projects.actions import create_project
from apps.projects.models import Project, User
from tests.flows.at_work import make_flow, make_job, node_of, states, until, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="warden tests", by=ann)


def fails_alone(warden: Warden, project: Project, by: User, params: dict[str, str], **odd: str) -> str:
    """The reason why `odd` failed, while a job beside it went on to its end."""
    steady = make_job(project, "steady", "while [ ! -e done ]; do sleep 0.02; done")
    flow = make_flow(project, by, [], steady, make_job(project, "odd", "true", **odd))
    run = submit_flow(flow, by=by, params=params)
    until(warden, lambda: Run.objects.filter(node_runs__name="odd", node_runs__state=State.FAILED).exists())
    (run_folder(run.uid) / "work" / "done").touch()
    work_off(warden, run)
    assert states(run) == {"steady": State.SUCCEEDED, "odd": State.FAILED}
    return node_of(run, "odd").reason


@pytest.mark.parametrize("env", ['{"A=B": "x"}', '{"": "x"}', '{"A": "x\\u0000y"}'])
def test_an_environment_that_no_process_can_have(
    make_warden: Callable[[], Warden], project: Project, ann: User, env: str
) -> None:
    assert "could not be started" in fails_alone(make_warden(), project, ann, {}, env_text=env)


def test_an_environment_that_is_too_large_to_be_handed_over(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    reason = fails_alone(make_warden(), project, ann, {"big": "x" * 2_000_000}, env_text='{"A": "${big}"}')
    assert "too large" in reason


def test_a_kind_that_breaks(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(work: Work) -> Command:
        raise KeyError("its own secret")

    monkeypatch.setitem(KINDS, "BROKEN", Kind("BROKEN", "Broken", "shell", "", "", "", command=broken))
    reason = fails_alone(make_warden(), project, ann, {}, kind="BROKEN")
    assert "KeyError" in reason
    assert "secret" not in reason


def test_a_run_whose_step_the_database_refuses(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt is there already that must not be: the claim of it can never be written."""
    monkeypatch.setattr("apps.flows.aside.WAIT", 0.2)
    refused = submit_flow(make_flow(project, ann, [], make_job(project, "odd", "true")), by=ann)
    wrong = Attempt.objects.create(
        node_run=node_of(refused, "odd"), number=1, token=99, started_at=refused.created_at
    )
    steady = submit_job(make_job(project, "steady", "true"), by=ann)
    warden = make_warden()
    assert work_off(warden, steady).state == State.SUCCEEDED
    assert node_of(refused, "odd").state == State.READY
    wrong.delete()
    assert work_off(warden, refused).state == State.SUCCEEDED
    assert node_of(refused, "odd").attempts.count() == 1
