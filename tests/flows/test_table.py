from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.flows.models import Flow
from apps.jobs.models import Job
from apps.projects.models import Role, User
from tests.factories import make_flow, make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def flow(ann: User) -> Flow:
    return make_flow(make_project(ann), a=[])


@pytest.fixture
def job(flow: Flow) -> Job:
    return Job.objects.filter(used_by__flow=flow).first()


def ask(client: Client, flow: Flow, jobs: Any = None) -> Any:
    url = reverse("flows:job_settings", args=[flow.ref])
    if jobs is None:
        return client.get(url)
    return client.post(url, json.dumps({"jobs": jobs}), content_type="application/json")


def test_the_settings_of_the_jobs_of_a_flow_are_read_and_changed_at_once(
    client: Client, ann: User, flow: Flow, job: Job
) -> None:
    client.force_login(ann)
    assert ask(client, flow).json()["jobs"][job.ref]["max_retry"] == 0
    answer = ask(client, flow, {job.ref: {"max_retry": 3, "fail_act": "CONTINUE"}})
    job.refresh_from_db()
    assert (answer.json()["jobs"][job.ref]["max_retry"], job.max_retry, job.fail_act) == (3, 3, "CONTINUE")


def test_whom_a_job_runs_as_stands_among_its_run_settings_which_keep_all_else(
    client: Client, ann: User, flow: Flow, job: Job
) -> None:
    client.force_login(ann)
    Job.objects.filter(pk=job.pk).update(run_conf_text='{"memory": 512, "userName": "old"}')
    assert ask(client, flow).json()["jobs"][job.ref]["run_as"] == "old"
    ask(client, flow, {job.ref: {"run_as": " hadoop ", "max_retry": 2}})
    job.refresh_from_db()
    assert (json.loads(job.run_conf_text), job.max_retry) == ({"memory": 512, "userName": "hadoop"}, 2)
    ask(client, flow, {job.ref: {"run_as": ""}})
    job.refresh_from_db()
    assert json.loads(job.run_conf_text) == {"memory": 512}


@pytest.mark.parametrize(
    "changes",
    [
        {"max_retry": 101},
        {"max_retry": "3"},
        {"max_retry": True},
        {"run_as": 7},
        {"fail_act": "NEVER"},
        {"content": "rm"},
        7,
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_nothing_is_changed(
    client: Client, ann: User, flow: Flow, job: Job, changes: Any
) -> None:
    client.force_login(ann)
    assert ask(client, flow, {job.ref: changes}).status_code == 422
    job.refresh_from_db()
    assert (job.max_retry, job.fail_act) == (0, "STOP")


def test_the_jobs_of_other_flows_are_not_changed_here(
    client: Client, ann: User, flow: Flow, job: Job
) -> None:
    other = make_flow(make_project(ann), a=[])
    client.force_login(ann)
    assert ask(client, other, {job.ref: {"max_retry": 1}}).status_code == 422


def test_a_viewer_reads_and_a_stranger_finds_nothing(client: Client, ann: User, flow: Flow, job: Job) -> None:
    client.force_login(make_member(flow.project, Role.VIEWER))
    assert ask(client, flow).status_code == 200
    assert ask(client, flow, {job.ref: {"max_retry": 1}}).status_code == 403
    client.force_login(User.objects.create_user("stranger"))
    assert ask(client, flow).status_code == 404
