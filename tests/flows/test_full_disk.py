"""A disk that is full is said as what it is; nothing is half written; all goes on when there is space."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from apps.drawings.models import Document
from apps.engine.states import State
from apps.flows.models import Attempt
from apps.flows.runs import submit_flow, submit_job
from apps.flows.warden import Warden
from apps.jobs.logs import run_folder
from apps.projects.actions import create_project
from apps.projects.models import AuditEntry, Project, User
from tests.flows.at_work import make_flow, make_job, node_of, until, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="disk tests", by=ann)


@pytest.fixture
def small_disk(settings) -> Iterator[Path]:
    """The home of what runs leave, on a file system of a quarter of a megabyte."""
    home = Path(tempfile.mkdtemp(prefix="hr-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(home)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        home.rmdir()
        pytest.skip("this machine lets us mount nothing")
    settings.HEADRACE_HOME = home
    yield home
    subprocess.run(["umount", "--lazy", str(home)], check=True)
    home.rmdir()


def test_a_full_disk_for_logs_fails_what_needs_it_says_why_and_stops_nothing_else(
    small_disk: Path, make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    filling = make_job(
        project, "filling", "while [ ! -e go ]; do sleep 0.02; done; head -c 1000000 /dev/zero"
    )
    patient = make_job(project, "patient", "while [ ! -e go ]; do sleep 0.02; done")
    first = submit_flow(make_flow(project, ann, [], filling, patient), by=ann)
    warden = make_warden()
    work = run_folder(first.uid) / "work"
    until(warden, lambda: Attempt.objects.filter(node_run__run=first).count() == 2 and work.exists())
    until(warden, lambda: len(list(run_folder(first.uid).glob("*.status"))) == 2)
    (work / "go").touch()
    work_off(warden, first)
    # Whoever wrote too much was told by the system; whoever wrote nothing ended well.
    assert node_of(first, "filling").exit_code not in (0, None)
    assert node_of(first, "patient").state == State.SUCCEEDED

    late = submit_job(make_job(project, "after", "true"), by=ann)
    assert work_off(warden, late).state == State.FAILED
    assert "No space left on device" in node_of(late, "after").reason

    for log in run_folder(first.uid).glob("*.log"):
        log.unlink()
    again = submit_job(late.job, by=ann)
    assert work_off(warden, again).state == State.SUCCEEDED


@pytest.mark.parametrize("way", ["page", "rest"])
def test_a_full_disk_for_the_database_is_said_and_nothing_is_half_written(
    client: Client, project: Project, ann: User, no_more_pages: None, way: str
) -> None:
    client.force_login(ann)
    job = make_job(project, "job", "true")
    before = AuditEntry.objects.count(), Document.objects.count()
    large = "echo 1234567890\n" * 60_000
    if way == "page":
        answer = client.post(reverse("jobs:detail", args=[job.ref]), {"content": large, **SETTINGS})
    else:
        answer = client.patch(
            f"/api/headrace/v1/jobs/{job.ref}/", {"content": large}, content_type="application/json"
        )
    assert answer.status_code == 503
    assert "The disk of the server is full" in answer.content.decode()
    job.refresh_from_db()
    assert job.content == "true"
    assert (AuditEntry.objects.count(), Document.objects.count()) == before
    assert client.get(reverse("jobs:detail", args=[job.ref])).status_code == 200


SETTINGS = {
    "mode": "LOCAL",
    "max_retry": "0",
    "retry_interval": "0",
    "fail_act": "STOP",
    "loss_policy": "at_least_once",
    "max_running_seconds": "0",
}
