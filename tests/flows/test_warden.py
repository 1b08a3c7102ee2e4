"""What a warden makes of runs: a real one, with a real shepherd and real processes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.conf import settings

from apps.engine.states import State
from apps.flows import claims
from apps.flows.models import Attempt, Flow, NodeRun, RunEvent
from apps.flows.runs import kill_run, rerun, submit_flow, submit_job
from apps.flows.scheduler import tick
from apps.flows.warden import Warden
from apps.jobs.logs import Wanted, log_path, read_lines, run_folder, status_path
from apps.jobs.masks import masks_for
from apps.jobs.models import Job
from apps.jobs.outputs import path_beside
from apps.jobs.processes import marked_processes
from apps.jobs.supervisor import session_of
from apps.lib.errors import Conflict
from apps.projects.actions import create_project, set_variable
from apps.projects.models import Project, User
from tests.flows.at_work import (
    leave,
    log_of,
    make_flow,
    make_job,
    node_of,
    running_pid,
    states,
    until,
    work_off,
)
from tests.graphs import make_drawn_flow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="warden tests", by=ann)


def test_nodes_run_in_order_and_share_the_folder_of_their_run(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    first = make_job(project, "first", "echo one > file")
    second = make_job(project, "second", "cat file")
    run = submit_flow(make_flow(project, ann, [("first", "second")], first, second), by=ann)
    assert work_off(make_warden(), run).state == State.SUCCEEDED
    assert log_of(run, "second") == "one"
    assert node_of(run, "second").started_at >= node_of(run, "first").ended_at


def test_a_failing_node_is_tried_again_and_each_try_has_its_log(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    bad = make_job(project, "bad", "echo try $HEADRACE_ATTEMPT; exit 3", max_retry=1)
    run = submit_flow(make_flow(project, ann, [], bad), by=ann)
    assert work_off(make_warden(), run).state == State.FAILED
    node = node_of(run, "bad")
    assert (node.state, node.retries, node.exit_code) == (State.FAILED, 1, 3)
    assert list(node.attempts.values_list("number", "end", "exit_code")) == [
        (1, "failed", 3),
        (2, "failed", 3),
    ]
    for attempt in (1, 2):
        lines, _ = read_lines(log_path(run.uid, node.ordinal, attempt), masks_for(project), Wanted())
        assert lines == [f"try {attempt}"]


def test_fail_act_decides_about_what_comes_after(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    for act, after, outcome in (("STOP", "waiting", "failed"), ("CONTINUE", "succeeded", "succeeded")):
        bad = make_job(project, f"bad {act}", "exit 3", fail_act=act)
        good = make_job(project, f"after {act}", "true")
        flow = make_drawn_flow(
            [(bad.name, good.name)], by=ann, jobs={bad.name: bad, good.name: good}, project=project
        )
        run = work_off(make_warden(), submit_flow(flow, by=ann))
        assert states(run) == {bad.name: "failed", good.name: after}
        assert (run.state, run.failed) == (outcome, 1)


def test_parameters_environment_and_nominal_time_reach_the_job(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(
        project,
        "job",
        'echo "${day} $PLACE [${unknown}]"',
        params_text='{"day": "${yyyyMMdd-1d}"}',
        env_text='{"PLACE": "here"}',
    )
    run = submit_flow(make_flow(project, ann, [], job), by=ann, nominal_at=datetime(2026, 3, 1, tzinfo=UTC))
    work_off(make_warden(), run)
    assert log_of(run, "job") == "20260228 here []"


def test_the_jobs_environment_holds_none_of_our_settings(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    job = make_job(project, "job", "env")
    run = work_off(make_warden(), submit_flow(make_flow(project, ann, [], job), by=ann))
    names = {line.partition("=")[0] for line in log_of(run, "job").splitlines()}
    assert "DATABASE_URL" not in names
    assert not {name for name in names if name.startswith("HEADRACE_HOME") or "KEY" in name}


def test_a_secret_is_masked_wherever_its_log_is_read(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    set_variable(project, name="token", value="s3cr3t-value", secret=True, by=ann)
    job = make_job(project, "job", "echo the token is ${token}")
    run = work_off(make_warden(), submit_flow(make_flow(project, ann, [], job), by=ann))
    assert log_of(run, "job") == "the token is ******"


def test_a_job_sees_its_own_variables_before_those_of_its_project(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    rows = [
        {"name": "token", "value": "s3cr3t-of-the-job", "properties": {"password": True}},
        {"name": "place", "value": "of the job"},
        {"name": "day", "value": "of the variables"},
    ]
    set_variable(project, name="place", value="of the project", secret=False, by=ann)
    content = "echo ${token} ${place} ${day}"
    mine = make_job(project, "mine", content, variables_text=json.dumps({"variables": rows}))
    Job.objects.filter(pk=mine.pk).update(params_text='{"day": "of the parameters"}')
    run = work_off(make_warden(), submit_flow(make_flow(project, ann, [], mine), by=ann))
    assert log_of(run, "mine") == "****** of the job of the parameters"


def test_a_kind_that_is_not_built_fails_naming_it(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", "{}", kind="PAI_STUDIO", max_retry=3)
    run = work_off(make_warden(), submit_flow(make_flow(project, ann, [], job), by=ann))
    node = node_of(run, "job")
    assert (run.state, node.state, node.retries) == (State.FAILED, State.FAILED, 0)
    assert "PAI_STUDIO" in node.reason
    assert "PAI_STUDIO" in log_of(run, "job")


def test_killing_a_run_ends_the_whole_tree_of_processes(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", "sleep 300 & (sleep 300 & wait) & wait")
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    warden = make_warden()
    until(warden, lambda: running_pid(run, "job"))
    until(warden, lambda: len(session_of(running_pid(run, "job"))) >= 4)
    pid = running_pid(run, "job")
    kill_run(run, by=ann)
    assert work_off(warden, run).state == State.KILLED
    assert node_of(run, "job").state == State.KILLED
    assert not session_of(pid)
    assert run.reason == "stopped by ann"


def test_what_left_the_session_of_its_job_is_killed_with_it(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HEADRACE_KILL_GRACE", 0.5)
    deaf = "trap '' TERM; while true; do sleep 1; done"
    content = f'(setsid sleep 300 &); (setsid sh -c "({deaf}) & exit" &); sleep 300'
    run = submit_flow(make_flow(project, ann, [], make_job(project, "job", content)), by=ann)
    warden = make_warden()
    mark = str(path_beside(status_path(run.uid, node_of(run, "job").ordinal, 1)))
    until(warden, lambda: len(marked_processes().get(mark, ())) >= 4)
    assert len(session_of(running_pid(run, "job"))) < len(marked_processes()[mark])
    kill_run(run, by=ann)
    assert work_off(warden, run).state == State.KILLED
    assert mark not in marked_processes()


def test_a_job_that_ignores_the_request_to_end_is_killed_after_the_grace(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HEADRACE_KILL_GRACE", 0.5)
    job = make_job(project, "job", "trap '' TERM; echo deaf; while true; do sleep 1; done")
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    warden = make_warden()
    until(warden, lambda: running_pid(run, "job") and "deaf" in log_of(run, "job"))
    pid = running_pid(run, "job")
    kill_run(run, by=ann)
    assert work_off(warden, run).state == State.KILLED
    assert not session_of(pid)


def test_a_run_that_is_over_cannot_be_killed(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    run = submit_flow(make_flow(project, ann, [], make_job(project, "job", "true")), by=ann)
    work_off(make_warden(), run)
    with pytest.raises(Conflict, match="is over"):
        kill_run(run, by=ann)


def test_a_rerun_keeps_the_id_and_repeats_what_did_not_succeed(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    good = make_job(project, "good", "echo good")
    bad = make_job(project, "bad", "test -e mended", fail_act="STOP")
    run = submit_flow(make_flow(project, ann, [("good", "bad")], good, bad), by=ann)
    warden = make_warden()
    assert work_off(warden, run).state == State.FAILED
    with pytest.raises(Conflict, match="going on"):
        rerun(submit_flow(Flow.objects.get(), by=ann), by=ann)
    (run_folder(run.uid) / "work" / "mended").touch()
    rerun(run, by=ann, failed_only=True)
    assert work_off(warden, run).state == State.SUCCEEDED
    assert run.generation == 2
    assert (node_of(run, "good").attempt, node_of(run, "bad").attempt) == (1, 2)


def test_a_job_alone_is_a_run_of_one_node_and_only_one_at_a_time(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", "echo alone")
    run = submit_job(job, by=ann)
    assert submit_job(job, by=ann) == run
    assert work_off(make_warden(), run).state == State.SUCCEEDED
    assert log_of(run, "job") == "alone"
    assert submit_job(job, by=ann, content="echo other") != run


def test_a_full_host_leaves_nodes_ready_and_takes_them_in_order(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HEADRACE_SLOTS", 2)
    jobs = [make_job(project, f"job {k}", "sleep 0.2") for k in range(5)]
    run = submit_flow(make_flow(project, ann, [], *jobs), by=ann)
    warden = make_warden()
    until(warden, lambda: len(warden.wards) == 2)
    assert NodeRun.objects.filter(run=run, state=State.READY).count() == 3
    assert work_off(warden, run).state == State.SUCCEEDED
    starts = NodeRun.objects.filter(run=run, kind="SHELL").order_by("started_at", "ordinal")
    assert [node.name for node in starts] == [f"job {k}" for k in range(5)]


def test_every_step_is_written_down_in_order(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    run = submit_flow(make_flow(project, ann, [], make_job(project, "job", "true")), by=ann)
    work_off(make_warden(), run)
    events = RunEvent.objects.filter(run=run).order_by("seq")
    assert [event.seq for event in events] == list(range(1, run.seq + 1))
    told = [event.kind for event in events if event.kind.startswith("run.")]
    assert told == ["run.started", "run.succeeded"]
    assert [event.kind for event in events if event.pending] == ["run.succeeded"]


def test_a_job_that_runs_longer_than_it_may_is_ended_and_has_failed(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", "echo begin; sleep 300", max_running_seconds=1)
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    assert work_off(make_warden(), run).state == State.FAILED
    node = node_of(run, "job")
    assert "time limit" in node.reason
    assert log_of(run, "job") == "begin"


def test_a_time_limit_counts_from_the_start_of_the_attempt_also_when_it_is_adopted(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", "sleep 300", max_running_seconds=2)
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    first = make_warden()
    until(first, lambda: running_pid(run, "job"))
    leave(first)
    time.sleep(2)
    second = make_warden()
    second.round()
    assert work_off(second, run).state == State.FAILED
    assert "time limit" in node_of(run, "job").reason


def test_what_is_given_for_one_node_is_stronger_than_what_is_given_for_the_run(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    one, two = make_job(project, "one", "echo ${who}"), make_job(project, "two", "echo ${who}")
    flow = make_flow(project, ann, [], one, two)
    run = submit_flow(flow, by=ann, params={"who": "all"}, node_params={"two": {"who": "only two"}})
    work_off(make_warden(), run)
    assert (log_of(run, "one"), log_of(run, "two")) == ("all", "only two")


def test_what_a_job_leaves_is_kept_with_its_node(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    good = make_job(project, "good", """echo '{"rows": 3}' > $HEADRACE_OUTPUTS""")
    bad = make_job(project, "bad", "echo nonsense > $HEADRACE_OUTPUTS")
    run = work_off(make_warden(), submit_flow(make_flow(project, ann, [], good, bad), by=ann))
    assert run.state == State.SUCCEEDED
    assert (node_of(run, "good").outputs, node_of(run, "bad").outputs) == ({"rows": 3}, None)


def test_a_retry_that_the_scheduler_woke_is_started(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    job = make_job(project, "job", '[ "$HEADRACE_ATTEMPT" = 2 ]', max_retry=1, retry_interval=60)
    run = submit_flow(make_flow(project, ann, [], job), by=ann)
    warden = make_warden()
    until(warden, lambda: node_of(run, "job").state == State.RETRYING)
    tick(node_of(run, "job").wake_at)
    assert work_off(warden, run).state == State.SUCCEEDED


@pytest.mark.parametrize(
    "left",
    [
        "{" + '"a":{' * 9999 + "}" * 10_000,
        '{"rows": NaN}',
        '{"rows": 1e999}',
        '{"name": "a\\u0000b"}',
        '{"name": "\\ud800"}',
    ],
)
def test_what_a_job_leaves_and_no_database_keeps_is_left_out(
    make_warden: Callable[[], Warden], project: Project, ann: User, left: str
) -> None:
    job = make_job(project, "job", f"cat > $HEADRACE_OUTPUTS <<'END'\n{left}\nEND")
    run = work_off(make_warden(), submit_flow(make_flow(project, ann, [], job), by=ann))
    assert run.state == State.SUCCEEDED
    assert node_of(run, "job").outputs is None


def test_what_was_claimed_ahead_and_cannot_start_soon_is_given_back(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HEADRACE_SLOTS", 2)
    fast = [make_job(project, f"fast {k}", "true") for k in range(4)]
    slow = [make_job(project, f"slow {k}", "sleep 0.5") for k in range(6)]
    run = submit_flow(make_flow(project, ann, [], *fast, *slow), by=ann)
    warden = make_warden()
    until(warden, lambda: RunEvent.objects.filter(run=run, kind="node.given_back").exists())
    assert NodeRun.objects.filter(run=run, state=State.RUNNING).count() <= 2
    assert work_off(warden, run).state == State.SUCCEEDED
    attempts = Attempt.objects.filter(node_run__run=run)
    assert set(attempts.values_list("number", "end")) == {(1, "succeeded")}
    assert attempts.count() == 10


def test_a_run_is_killed_with_what_was_claimed_ahead(
    make_warden: Callable[[], Warden], project: Project, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HEADRACE_SLOTS", 2)
    monkeypatch.setattr(claims, "PATIENCE", 60.0)
    jobs = [make_job(project, f"fast {k}", "true") for k in range(4)]
    jobs += [make_job(project, f"slow {k}", "sleep 60") for k in range(6)]
    run = submit_flow(make_flow(project, ann, [], *jobs), by=ann)
    warden = make_warden()
    slow = NodeRun.objects.filter(run=run, name__startswith="slow")
    until(warden, lambda: slow.filter(state=State.RUNNING).count() > 2)
    kill_run(run, by=ann)
    assert work_off(warden, run).state == State.KILLED
    assert not len(warden.wards)
    reasons = set(slow.exclude(attempt=0).values_list("reason", flat=True))
    assert reasons == {"ended by signal SIGTERM", "stopped before it started"}
    assert not NodeRun.objects.filter(run=run, state__in=("running", "stopping", "ready")).exists()


def test_a_rerun_takes_the_variables_of_its_own_day(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    set_variable(project, name="place", value="old", secret=False, by=ann)
    job = make_job(project, "job", "echo ${place}")
    warden, run = make_warden(), submit_flow(make_flow(project, ann, [], job), by=ann)
    work_off(warden, run)
    set_variable(project, name="place", value="new", secret=False, by=ann)
    rerun(run, by=ann)
    work_off(warden, run)
    assert log_of(run, "job") == "new"
