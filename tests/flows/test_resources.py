"""Files that jobs need: fetched into the attempt's own folder, or the attempt fails saying why."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import Settings

from apps.engine.states import State
from apps.flows.runs import kill_run, submit_flow, submit_job
from apps.flows.scheduler import tick
from apps.flows.warden import Warden
from apps.jobs.actions import clone_job, create_job, update_job
from apps.jobs.models import Job, Resource
from apps.jobs.objects import store
from apps.jobs.resources.fetch import KEPT_AFTER_END, sweep
from apps.jobs.storage import Folder
from apps.jobs.stores import own_bucket, own_place
from apps.jobs.storing import create_storage
from apps.jobs.supervisor import session_of
from apps.lib.errors import Invalid
from apps.projects.actions import create_project
from apps.projects.models import Project, User
from tests.flows.at_work import log_of, make_flow, make_job, node_of, running_pid, until, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="resource tests", by=ann)


@pytest.fixture
def keep(project: Project) -> Callable[[str, bytes], str]:
    """Puts a file into the project's own store; its address."""

    def keep(key: str, data: bytes) -> str:
        Folder(Path(own_place().folder)).write(own_bucket(project.uid), key, data)
        return f"res:///{key}"

    return keep


def with_files(job: Job, *files: tuple[str, str]) -> Job:
    Resource.objects.bulk_create(
        Resource(job=job, position=place, path=path, alias=alias) for place, (path, alias) in enumerate(files)
    )
    return job


def run_alone(warden: Warden, job: Job, by: User, state: State = State.SUCCEEDED) -> str:
    """The log of a run of the job, once it has ended as it should."""
    run = work_off(warden, submit_job(job, by=by))
    log = log_of(run, job.name)
    assert run.state == state, log
    return log


def test_files_lie_under_their_names_in_a_folder_of_the_attempt(
    make_warden: Callable[[], Warden], project: Project, ann: User, keep: Callable[[str, bytes], str]
) -> None:
    content = 'pwd; ls; cat lib/b.csv; ./tool; echo "$HEADRACE_RUN_DIR"'
    job = with_files(
        make_job(project, "reader", content),
        (keep("a.csv", b"aaa"), ""),
        (keep("deep/b.csv", b"bbb\n"), "lib/b.csv"),
        (keep("tool", b"#!/bin/sh\necho ran\n"), ""),
    )
    log = run_alone(make_warden(), job, ann).splitlines()
    digest = hashlib.sha256(b"aaa").hexdigest()
    assert log[0].startswith(f"[headrace] a.csv: 3 bytes of res:///a.csv, sha256 {digest}, fetched in ")
    work, *rest = log[3:]
    assert rest == ["a.csv", "lib", "tool", "bbb", "ran", rest[-1]]
    assert Path(work).parent == Path(settings.HEADRACE_HOME) / "files"
    assert rest[-1] != work


def test_the_environment_of_the_job_is_its_own(
    make_warden: Callable[[], Warden], project: Project, ann: User, keep: Callable[[str, bytes], str]
) -> None:
    job = make_job(project, "env", "env; trap '' PIPE; trap", env_text='{"PYTHONPATH": "mine"}')
    log = run_alone(make_warden(), with_files(job, (keep("a", b"a"), "")), ann)
    assert "PYTHONPATH=mine" in log.splitlines()
    assert "SECRET" not in log and "DATABASE" not in log


def test_a_token_in_the_content_is_replaced_by_the_path_of_its_file(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    store().write("box", "in/a$(id).csv", b"never")
    store().write("box", "in/a.csv", b"content of a\n")
    content = 'cat ossref://box/in/a.csv; echo "oss://box/in/a.csv"; wc -l < ossref://box/in/a.csv'
    log = run_alone(make_warden(), make_job(project, "tokens", content), ann)
    assert log.splitlines()[1:] == ["content of a", "oss://box/in/a.csv", "1"]
    assert "/1/a.csv: 13 bytes of ossref://box/in/a.csv" in log


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("res:///gone.csv", "there is no object"),
        ("oss://nowhere/a", "bucket nowhere is in no storage of this project"),
        ("hdfs://nn/a", "no storage of this project says where the WebHDFS of hdfs://nn is"),
        ("file:///etc/passwd", "lies in no folder that may be read here"),
        ("http://host/x", "an address begins with one of"),
    ],
)
def test_an_attempt_fails_naming_the_file_and_the_reason(
    make_warden: Callable[[], Warden], project: Project, ann: User, path: str, why: str
) -> None:
    job = with_files(make_job(project, "bad", "echo never"), (path, "x"))
    run = work_off(make_warden(), submit_job(job, by=ann))
    node = node_of(run, "bad")
    assert run.state == State.FAILED
    assert path in node.reason and why in node.reason
    log = log_of(run, "bad")
    assert why in log and "never" not in log


def test_a_file_that_comes_late_is_fetched_by_the_next_try(
    make_warden: Callable[[], Warden], project: Project, ann: User, keep: Callable[[str, bytes], str]
) -> None:
    late = make_job(project, "late", "cat late.csv", max_retry=1, retry_interval=60)
    run = submit_flow(make_flow(project, ann, [], with_files(late, ("res:///late.csv", ""))), by=ann)
    warden = make_warden()
    until(warden, lambda: node_of(run, "late").state == State.RETRYING)
    keep("late.csv", b"here now")
    tick(node_of(run, "late").wake_at)
    assert work_off(warden, run).state == State.SUCCEEDED
    assert log_of(run, "late").endswith("here now")


@pytest.mark.parametrize("alias", ["../escape", "/tmp/escape", "a/../../escape", "x\0y"])
def test_names_that_lead_out_are_refused_when_a_job_is_saved_and_when_it_runs(
    make_warden: Callable[[], Warden], project: Project, ann: User, alias: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create_job(project, name="x", kind="SHELL", by=ann, resources=[("res:///a", alias)])
    assert refused.value.field == "resources"
    if "\0" in alias:
        return  # no database keeps it
    job = with_files(make_job(project, "climber", "echo never"), ("res:///a", alias))
    log = run_alone(make_warden(), job, ann, State.FAILED)
    assert "outside of the job's working directory" in log and "never\n" not in log


def test_links_in_a_store_or_below_an_allowed_folder_lead_nowhere(
    make_warden: Callable[[], Warden], project: Project, ann: User, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "fine").write_text("fine\n")
    (tmp_path / "allowed" / "link").symlink_to(Path(settings.HEADRACE_HOME) / "secrets")
    settings.HEADRACE_FILE_ROOTS = [str(tmp_path / "allowed"), str(settings.HEADRACE_HOME)]
    own = Path(own_place().folder) / own_bucket(project.uid)
    own.mkdir(parents=True, exist_ok=True)
    (own / "out").symlink_to("/etc/passwd")
    fine = with_files(make_job(project, "fine", "cat fine"), (f"file://{tmp_path}/allowed/fine", ""))
    warden = make_warden()
    assert run_alone(warden, fine, ann).endswith("fine")
    (Path(settings.HEADRACE_HOME) / "kept").write_text("ours")
    for path in (
        f"file://{tmp_path}/allowed/link",
        f"file://{settings.HEADRACE_HOME}/kept",
        "res:///out",
    ):
        job = with_files(make_job(project, "link", "cat x"), (path, "x"))
        assert "cannot be fetched" in run_alone(warden, job, ann, State.FAILED)


def test_the_files_of_an_attempt_are_removed_some_time_after_its_end(
    make_warden: Callable[[], Warden], project: Project, ann: User, keep: Callable[[str, bytes], str]
) -> None:
    job = with_files(make_job(project, "swept", "true"), (keep("a", b"a"), ""))
    run_alone(make_warden(), job, ann)
    files, runs = Path(settings.HEADRACE_HOME) / "files", Path(settings.HEADRACE_HOME) / "runs"
    sweep(files, runs, time.time())
    assert os.listdir(files)
    sweep(files, runs, time.time() + KEPT_AFTER_END + 60)
    assert os.listdir(files) == []


def test_a_secret_in_an_address_is_sealed_kept_and_cloned(project: Project, ann: User) -> None:
    given = [("oss://me:hidden@box/a", "a")]
    job = create_job(project, name="x", kind="SHELL", by=ann, resources=given)
    shown = [("oss://me:******@box/a", "a")]
    assert list(job.resources.values_list("path", "alias")) == shown
    update_job(job, by=ann, resources=[*shown, ("oss://box/b", "")])
    assert list(job.resources.values_list("secret", flat=True)) == ["hidden", ""]
    assert clone_job(job, by=ann).resources.first().secret == "hidden"


def test_what_opens_an_address_is_masked_wherever_a_job_prints_it(
    make_warden: Callable[[], Warden], project: Project, ann: User, keep: Callable[[str, bytes], str]
) -> None:
    content = "echo oss://me:hid-den-42@box/x; echo by-hand-43 by-store-44"
    job = create_job(
        project,
        name="teller",
        kind="SHELL",
        by=ann,
        content=content,
        resources=[("s3://me:by-hand-43@box/gone", ""), (keep("a", b"a"), "")],
    )
    create_storage(
        project, by=ann, kind="s3", bucket="box", endpoint="https://s3.invalid", secret="by-store-44"
    )
    update_job(job, by=ann, resources=[("res:///a", "")])
    log = run_alone(make_warden(), job, ann)
    assert "oss://me:******@box/x" in log and "hid-den-42" not in log and "by-store-44" not in log
    update_job(job, by=ann, content="true")
    assert job.address_secrets == ""


def test_a_fetch_that_hangs_holds_up_nobody_and_is_killed_with_its_attempt(
    make_warden: Callable[[], Warden], project: Project, ann: User, settings: Settings
) -> None:
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        create_storage(project, by=ann, kind="s3", bucket="box", endpoint=endpoint)
        hangs = with_files(make_job(project, "hangs", "echo never"), ("s3://box/a", ""))
        run, warden = submit_job(hangs, by=ann), make_warden()
        until(warden, lambda: running_pid(run, "hangs"))
        other = submit_job(make_job(project, "other", "echo fine"), by=ann)
        assert work_off(warden, other).state == State.SUCCEEDED
        pid = running_pid(run, "hangs")
        assert node_of(run, "hangs").state == State.RUNNING
        kill_run(run, by=ann)
        assert work_off(warden, run).state == State.KILLED
    assert session_of(pid) == []
    assert "never" not in log_of(run, "hangs")
