from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.engine.states import State
from apps.flows.models import NodeRun, Run
from apps.flows.runs import submit_flow, submit_job
from apps.gateways.models import AccessKey, ForeignId
from apps.gateways.nebula.wire import STATUS, stamped_name
from apps.projects.actions import add_member, create_project
from apps.projects.models import Role, User
from tests.factories import make_flow, make_job
from tests.gateways.nebula.callers import Explorer, workflow
from tests.gateways.nebula.conftest import PASSWORD

BAD_REQUEST, PARAM, FORBIDDEN, NOT_FOUND = 40004000, 40004001, 40304000, 40404000


def filtered(path: str = "/jobs", **wanted: object) -> str:
    return f"{path}?filter={quote(json.dumps(wanted))}"


def made_at(run: Run, at: datetime) -> Run:
    Run.objects.filter(pk=run.pk).update(created_at=at)
    return run


@pytest.fixture
def job(plain) -> Run:
    return submit_flow(plain, by=plain.created_by)


@pytest.fixture
def stranger(project) -> Explorer:
    User.objects.create_user("stan", password=PASSWORD)
    return Explorer.of("stan", PASSWORD)


# --- numbers and forms


def test_a_new_job_has_a_number(explorer, plain):
    data = explorer.ask("POST", f"/workflows/{plain.pk}/jobs", {})
    assert data == {"id": Run.objects.get().pk}
    assert Run.objects.get().trigger == Run.Trigger.API


def test_a_job_is_told_with_times_in_milliseconds_and_tasks_with_text(explorer, plain, job):
    NodeRun.objects.filter(run=job, node="query").update(
        started_at=datetime(2022, 7, 15, 7, 19, 25, tzinfo=UTC), state=State.RUNNING
    )
    told = explorer.ask("GET", f"/jobs/{job.pk}")
    assert re.fullmatch(r"plain_\d{14}", told["name"])
    assert told["runBeginTime"] == int(job.started_at.timestamp() * 1000)
    assert told["createTime"] > 10**12
    assert {name: told[name] for name in ("id", "workflowId", "workflowName", "status", "runEndTime")} == {
        "id": job.pk,
        "workflowId": str(plain.pk),
        "workflowName": "plain",
        "status": 1,
        "runEndTime": 0,
    }
    assert told["tasks"] == [
        {
            "id": "query_1",
            "name": "query",
            "runBeginTime": "2022-07-15T07:19:25+00:00",
            "runEndTime": None,
            "status": 1,
        }
    ]


def test_every_state_has_a_status():
    assert STATUS.keys() == set(State)


def test_a_node_that_declares_nothing_is_a_task_by_its_own_id(explorer, project):
    run = submit_flow(make_flow(project, a=[]), by=project.owner)
    assert [task["id"] for task in explorer.ask("GET", f"/jobs/{run.pk}")["tasks"]] == ["a"]
    assert explorer.ask("GET", f"/jobs/{run.pk}/tasks/a/sample_result") == {"items": []}


def test_a_workflow_that_came_from_elsewhere_keeps_its_number(explorer, plain):
    ForeignId.objects.create(dialect="nebula", kind="workflow", text="4216617528", uid=plain.uid)
    number = explorer.ask("POST", "/workflows/4216617528/jobs", {})["id"]
    assert explorer.ask("GET", f"/jobs/{number}")["workflowId"] == "4216617528"
    assert explorer.ask("GET", "/workflows/4216617528/jobs")["items"][0]["workflowId"] == "4216617528"


# --- lists


def test_lists_have_pages_with_capitals_and_begin_with_the_newest(explorer, plain):
    runs = [submit_flow(plain, by=plain.created_by) for _ in range(12)]
    first = explorer.ask("GET", "/jobs")
    assert (first["total"], first["Page"], first["PageSize"]) == (12, 1, 10)
    assert [item["id"] for item in first["items"]] == [run.pk for run in reversed(runs)][:10]
    second = explorer.ask("GET", f"/workflows/{plain.pk}/jobs?pageSize=5&page=3")
    assert (second["total"], second["Page"], second["PageSize"]) == (12, 3, 5)
    assert [item["id"] for item in second["items"]] == [runs[1].pk, runs[0].pk]
    assert explorer.ask("GET", "/jobs?page=99")["items"] == []
    assert explorer.ask("GET", "/jobs?pageSize=5000")["PageSize"] == 1000


def test_a_list_costs_the_same_for_any_number_of_jobs(explorer, plain):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            explorer.ask("GET", "/jobs")
        return len(asked)

    submit_flow(plain, by=plain.created_by)
    few = queries()
    for _ in range(8):
        submit_flow(plain, by=plain.created_by)
    assert queries() == few


def test_a_list_holds_runs_of_flows_whichever_door_started_them(explorer, plain, job):
    submit_job(make_job(plain.project), by=plain.created_by)
    assert [item["id"] for item in explorer.ask("GET", "/jobs")["items"]] == [job.pk]


def test_jobs_are_filtered_by_time_and_ordered(explorer, plain):
    day = datetime(2022, 7, 15, tzinfo=UTC)
    runs = [
        made_at(submit_flow(plain, by=plain.created_by), day + timedelta(days=number)) for number in range(3)
    ]
    since = filtered(
        fromCreateTime=int((day + timedelta(hours=1)).timestamp() * 1000), orderByCreateTime="asc"
    )
    assert [item["id"] for item in explorer.ask("GET", since)["items"]] == [runs[1].pk, runs[2].pk]
    until = filtered(toCreateTime=day.timestamp() * 1000)
    assert [item["id"] for item in explorer.ask("GET", until)["items"]] == [runs[0].pk]


def test_jobs_are_filtered_by_status(explorer, job):
    assert explorer.ask("GET", filtered(status=1))["total"] == 1
    assert explorer.ask("GET", filtered(status=2))["total"] == 0
    assert explorer.ask("GET", filtered(status=99))["total"] == 0
    Run.objects.filter(pk=job.pk).update(state=State.KILL_FAILED)
    assert explorer.ask("GET", filtered(status=3))["total"] == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain_20220715090915", 1),
        ("PLAIN_202207", 1),
        ("in_2022", 1),
        ("lai", 1),
        ("20220715", 1),
        ("plain_", 1),
        ("plain_20220716", 0),
        ("other_20220715", 0),
        ("%", 0),
        ("plain_99999999", 0),
    ],
)
def test_jobs_are_filtered_by_a_part_of_their_name(explorer, job, text, found):
    made_at(job, datetime(2022, 7, 15, 9, 9, 15, 500_000, tzinfo=UTC))
    assert explorer.ask("GET", filtered(name=text))["total"] == found


def test_a_stamp_that_was_cut_off_means_every_time_that_begins_so():
    name, start, end = stamped_name("a_202202", UTC)
    assert (name, start, end) == ("a", datetime(2022, 2, 1, tzinfo=UTC), datetime(2022, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=two",
        "pageSize=0",
        "page=99999999999999999999",
        "filter=%7B",
        "filter=[]",
        'filter={"status":"1"}',
        'filter={"status":true}',
        'filter={"name":1}',
        'filter={"fromCreateTime":"today"}',
        'filter={"fromCreateTime":1e300}',
        'filter={"orderByCreateTime":"up"}',
    ],
)
def test_what_a_list_cannot_read_is_refused(explorer, query):
    assert explorer.refused("GET", f"/jobs?{query}") == PARAM


# --- what is not there, and what is not yours


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/workflows/999999999999/jobs"),
        ("GET", "/workflows/999999999999/jobs"),
        ("GET", "/workflows/abc"),
        ("GET", "/jobs/999999999"),
        ("GET", "/jobs/99999999999999999999999"),
        ("PUT", "/jobs/999999999/cancel"),
        ("GET", "/jobs/999999999/tasks/query_1/sample_result"),
        ("GET", "/nowhere"),
        ("GET", "/"),
    ],
)
def test_what_is_not_there_is_not_found(explorer, method, path):
    assert explorer.refused(method, path, {} if method == "POST" else None) == NOT_FOUND


def test_an_unknown_task_is_not_found(explorer, job):
    assert explorer.refused("GET", f"/jobs/{job.pk}/tasks/query_9/sample_result") == NOT_FOUND
    assert explorer.refused("GET", f"/jobs/{job.pk}/tasks/start/sample_result") == NOT_FOUND


def test_a_method_that_an_address_does_not_take(explorer, job):
    assert explorer.refused("DELETE", f"/jobs/{job.pk}") == BAD_REQUEST


def test_another_users_job_is_forbidden_and_not_listed(stranger, plain, job):
    assert stranger.refused("GET", f"/jobs/{job.pk}") == FORBIDDEN
    assert stranger.refused("PUT", f"/jobs/{job.pk}/cancel") == FORBIDDEN
    assert stranger.refused("GET", f"/jobs/{job.pk}/tasks/query_1/sample_result") == FORBIDDEN
    assert stranger.refused("POST", f"/workflows/{plain.pk}/jobs", {}) == FORBIDDEN
    assert stranger.ask("GET", "/jobs")["total"] == 0
    assert stranger.ask("GET", "/workflows")["total"] == 0


def test_a_viewer_may_look_and_not_run(stranger, project, plain, job):
    add_member(project, user_name="stan", role=Role.VIEWER, by=project.owner)
    assert stranger.ask("GET", f"/jobs/{job.pk}")["id"] == job.pk
    assert stranger.refused("POST", f"/workflows/{plain.pk}/jobs", {}) == FORBIDDEN
    assert stranger.refused("PUT", f"/jobs/{job.pk}/cancel") == FORBIDDEN


def test_a_key_of_a_project_lists_what_is_in_it(project, owner, plain, job):
    other = create_project(name="elsewhere", by=owner)
    AccessKey.objects.create(key_id="k", secret="secret", owner=owner, project=other)
    assert Explorer.of("k", "secret").ask("GET", "/jobs")["total"] == 0


# --- cancel


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_job_is_interrupted(explorer, project, work_off):
    flow = workflow(project, wait={"kind": "SHELL", "content": "sleep 60"})
    number = explorer.ask("POST", f"/workflows/{flow.pk}/jobs", {})["id"]
    assert explorer.ask("PUT", f"/jobs/{number}/cancel") == {"success": True}
    work_off(number)
    assert explorer.ask("GET", f"/jobs/{number}")["status"] == 4


def test_a_job_that_ended_cannot_be_cancelled(explorer, job):
    Run.objects.filter(pk=job.pk).update(state=State.SUCCEEDED)
    assert explorer.refused("PUT", f"/jobs/{job.pk}/cancel") == BAD_REQUEST


# --- sample results


@pytest.mark.parametrize("limit", ["0", "-1", "ten"])
def test_a_limit_is_a_number_from_one_on(explorer, job, limit):
    path = f"/jobs/{job.pk}/tasks/query_1/sample_result"
    assert explorer.refused("GET", f"{path}?limit={limit}") == PARAM
    assert explorer.ask("GET", path) == {"items": []}


# --- our addition


def test_workflows_can_be_found_with_what_their_tasks_declare(explorer, find):
    listed = explorer.ask("GET", "/workflows")
    assert (listed["total"], listed["Page"], listed["PageSize"]) == (1, 1, 10)
    assert listed["items"][0]["id"] == find.pk
    told = explorer.ask("GET", f"/workflows/{find.pk}")
    assert told["name"] == "find"
    assert told["tasks"] == [
        {"id": "query_1", "name": "query", "type": "NGQL", "input": [{"name": "name", "type": "text"}]}
    ]


def test_what_breaks_is_told_in_this_form(explorer, job):
    Run.objects.filter(pk=job.pk).update(state="nonsense")
    response = explorer.send("GET", f"/jobs/{job.pk}")
    assert (response.status_code, json.loads(response.content)["code"]) == (500, 50004000)


def test_a_wrong_host_is_refused_in_this_form(explorer, settings):
    settings.ALLOWED_HOSTS = ["headrace.example"]
    assert explorer.refused("GET", "/jobs") == BAD_REQUEST
