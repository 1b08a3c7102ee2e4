"""What is cleared away after its time, and what never is."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.alerts.models import Delivery
from apps.flows import retention as of_runs
from apps.flows.hosts import register_host
from apps.flows.models import Attempt, Flow, NodeRun, Recovery, Revision, Run, RunEvent, SkippedFire
from apps.flows.recoveries import note
from apps.flows.retention import FolderSweep, old_runs
from apps.flows.runs import submit_flow, submit_job
from apps.gateways.models import Operation
from apps.gateways.operations import clear_operations
from apps.jobs.logs import run_folder
from apps.lib.errors import Invalid
from apps.projects.actions import create_project, delete_project, set_retention
from apps.projects.models import AuditEntry, Project, User
from apps.projects.retention import clear, days_kept
from tests.flows.at_work import make_flow, make_job

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now()


@pytest.fixture
def project(ann: User) -> Project:
    project = create_project(name="retention tests", by=ann)
    set_retention(project, {"runs": 10, "logs": 5, "deliveries": 10, "audit": 10}, by=ann)
    return project


@pytest.fixture
def flow(project: Project, ann: User) -> Flow:
    return make_flow(project, ann, [], make_job(project, "job", "true"))


def run_of(flow: Flow, by: User, *, ended: float | None) -> Run:
    """A run that was over so many days ago, with a file; one that goes on when `ended` is None."""
    run = submit_flow(flow, by=by)
    if ended is not None:
        node = NodeRun.objects.filter(run=run).latest("ordinal")
        Attempt.objects.create(node_run=node, number=1, token=1, started_at=NOW)
        Run.objects.filter(pk=run.pk).update(state="succeeded", ended_at=NOW - timedelta(days=ended))
    run_folder(run.uid).mkdir(parents=True)
    (run_folder(run.uid) / "1.1.log").write_text("a line")
    return run


def left() -> set[int]:
    return set(Run.objects.values_list("pk", flat=True))


def sweep(sweeper: FolderSweep) -> int:
    """All of one look at the folders."""
    total, now = 0, 0.0
    for _ in range(10):
        now += 10
        total += sweeper.step(now)
    return total


def test_old_runs_go_with_all_that_belongs_to_them_and_young_ones_stay(flow: Flow, ann: User) -> None:
    old, young, going_on = (run_of(flow, ann, ended=days) for days in (11, 9, None))
    Delivery.objects.create(project=flow.project, run=old, event=RunEvent.objects.filter(run=old).first())
    assert not clear(NOW)
    assert left() == {young.pk, going_on.pk}
    assert not run_folder(old.uid).exists()
    assert run_folder(young.uid).exists()
    for model, path in ((NodeRun, "run"), (RunEvent, "run"), (Attempt, "node_run__run")):
        assert set(model.objects.values_list(path, flat=True)) <= left()
    assert Delivery.objects.get().run is None


def test_a_run_that_goes_on_and_the_last_one_of_a_flow_or_a_job_stay_however_old(
    flow: Flow, project: Project, ann: User
) -> None:
    alone = submit_job(make_job(project, "alone", "true"), by=ann)
    going_on = run_of(flow, ann, ended=None)
    last = run_of(flow, ann, ended=400)
    for pk in (alone.pk, going_on.pk):
        Run.objects.filter(pk=pk).update(created_at=NOW - timedelta(days=400))
    Run.objects.filter(pk=alone.pk).update(ended_at=NOW - timedelta(days=400), state="failed")
    clear(NOW)
    assert left() == {alone.pk, going_on.pk, last.pk}


def test_revisions_stay(flow: Flow, ann: User) -> None:
    run_of(flow, ann, ended=20)
    run_of(flow, ann, ended=20)
    count = Revision.objects.count()
    clear(NOW)
    assert Revision.objects.count() == count


def test_a_large_run_goes_in_several_short_transactions(
    flow: Flow, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_runs, "ROWS", 10)
    large = run_of(flow, ann, ended=20)
    Run.objects.filter(pk=large.pk).update(seq=1000)
    events = [RunEvent(run=large, seq=seq, kind="node.held", at=NOW) for seq in range(100, 140)]
    RunEvent.objects.bulk_create(events)
    run_of(flow, ann, ended=1)
    with CaptureQueriesContext(connection) as queries:
        clear(NOW)
    assert large.pk not in left()
    asked = [query["sql"] for query in queries if query["sql"].startswith('DELETE FROM "flows_runevent"')]
    assert max(sql.count(", ") for sql in asked) < 20


def test_the_call_ends_when_its_time_is_used_up_and_says_that_there_is_more(flow: Flow, ann: User) -> None:
    for _ in range(3):
        run_of(flow, ann, ended=20)
    assert clear(NOW, budget=-1.0)
    while clear(NOW, budget=-1.0):
        pass
    assert len(left()) == 1


def test_audit_and_sent_alerts_go_and_what_is_to_be_sent_stays(flow: Flow) -> None:
    project = flow.project
    for field in ("delivered_at", "given_up_at", "due_at"):
        Delivery.objects.create(project=project, subject=field, **{field: NOW})
    Delivery.objects.update(created_at=NOW - timedelta(days=11))
    AuditEntry.objects.update(at=NOW - timedelta(days=11))
    clear(NOW)
    assert list(Delivery.objects.values_list("subject", flat=True)) == ["due_at"]
    assert not AuditEntry.objects.filter(project=project).exists()


def test_asynchronous_calls_are_forgotten_after_their_time(settings) -> None:
    settings.HEADRACE_KEEP_DAYS = {**settings.HEADRACE_KEEP_DAYS, "operations": 30}
    old, young = (
        Operation.objects.create(dialect="x", kind="x", ended_at=NOW - timedelta(days=d)) for d in (31, 29)
    )
    unfinished = Operation.objects.create(dialect="x", kind="x")
    assert clear_operations(NOW) == 1
    assert set(Operation.objects.all()) == {young, unfinished}
    assert old.pk


def test_acts_of_recovery_are_forgotten_after_their_time() -> None:
    for days in (91, 89):
        note(Recovery.Act.HOST_BACK, f"{days} days ago", now=NOW - timedelta(days=days))
    assert of_runs.clear_recoveries(NOW) == 1
    assert Recovery.objects.get().why == "89 days ago"


def test_files_go_before_their_runs_where_the_project_says_so(flow: Flow, ann: User) -> None:
    old, young, last = (run_of(flow, ann, ended=days) for days in (6, 4, 300))
    assert sweep(FolderSweep(register_host())) == 1
    assert not run_folder(old.uid).exists()
    assert run_folder(young.uid).exists()
    assert run_folder(last.uid).exists()


def test_a_run_that_is_started_again_meanwhile_keeps_its_files(flow: Flow, ann: User) -> None:
    old = run_of(flow, ann, ended=6)
    run_of(flow, ann, ended=1)
    sweeper = FolderSweep(register_host())
    sweeper._look(1.0)
    sweeper._look(2.0)
    Run.objects.filter(pk=old.pk).update(ended_at=None, state="running")
    assert sweep(sweeper) == 0
    assert run_folder(old.uid).exists()


def test_folders_of_no_run_go_after_a_day_and_that_is_told(flow: Flow, ann: User) -> None:
    lone, fresh = (run_folder(uid) for uid in (0xABC, 0xDEF))
    for folder in (lone, fresh):
        folder.mkdir(parents=True)
    a_while_ago = time.time() - 90_000
    os.utime(lone, (a_while_ago, a_while_ago))
    run_of(flow, ann, ended=None)
    sweep(FolderSweep(register_host()))
    assert (lone.exists(), fresh.exists()) == (False, True)
    assert Recovery.objects.get().act == "files_removed"
    fresh.rmdir()


def test_deleting_a_project_removes_the_files_of_its_runs(flow: Flow, ann: User) -> None:
    run = run_of(flow, ann, ended=1)
    delete_project(flow.project, by=ann)
    assert not run_folder(run.uid).exists()


def test_the_page_counts_what_days_would_remove_and_changes_nothing(
    client: Client, flow: Flow, ann: User
) -> None:
    client.force_login(ann)
    for days in (30, 20, 1):
        run_of(flow, ann, ended=days)
    page = reverse("projects:retention", args=[flow.project.ref])
    before = (NOW - timedelta(days=25)).date()
    assert f"1 from before {before}" in client.get(page, {"runs": "25"}).content.decode()
    assert days_kept(Project.objects.get(pk=flow.project.pk), "runs") == 10
    assert client.post(page, {"runs": "25", "audit": "0"}).status_code == 302
    project = Project.objects.get(pk=flow.project.pk)
    assert project.retention == {"runs": 25, "audit": 0}
    assert client.post(page, {"runs": "-1"}).status_code == 422


def test_only_who_manages_a_project_changes_what_it_keeps(client: Client, flow: Flow) -> None:
    client.force_login(User.objects.create(username="stranger"))
    assert client.post(reverse("projects:retention", args=[flow.project.ref])).status_code == 404


def test_days_that_cannot_be_are_refused_by_name(project: Project, ann: User) -> None:
    with pytest.raises(Invalid) as refused:
        set_retention(project, {"runs": -1}, by=ann)
    assert refused.value.field == "runs"


def test_old_runs_are_found_by_an_index(project: Project) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL chooses by how much there is")
    sql, values = old_runs(project, NOW).order_by("id")[:500].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        plan = [row[-1] for row in cursor.fetchall()]
    assert any("run_of_project" in line for line in plan), plan
    assert not [line for line in plan if "SCAN" in line], plan


def test_skipped_fires_go_with_the_runs_of_their_time(project: Project, flow: Flow) -> None:
    for days in (9, 11):
        at = NOW - timedelta(days=days)
        SkippedFire.objects.create(flow=flow, first_at=at - timedelta(days=3), last_at=at, reason="misfire")
    assert not clear(NOW)
    assert [skip.last_at for skip in SkippedFire.objects.all()] == [NOW - timedelta(days=9)]
