"""A kind's own settings: fields of the job page, and names among the run settings for any caller."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from apps.jobs.actions import create_job, update_job
from apps.jobs.models import Job
from apps.lib.errors import Invalid
from apps.projects.models import Connection, Project
from tests.people import People

URL = "https://api.example.org/v1"


@pytest.fixture
def job(project: Project, people: People) -> Job:
    conf = json.dumps({"queue": "night", "url": URL, "timeout": "60"})
    return create_job(project, name="call", kind="HTTP", by=people.alice, run_conf_text=conf)


def fields_of(client: Client, job: Job) -> dict[str, str]:
    form = client.get(f"/jobs/{job.ref}/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def test_settings_are_fields_and_the_other_run_settings_stay_lines(alice: Client, job: Job) -> None:
    given = fields_of(alice, job)
    assert (given["conf_url"], given["conf_timeout"], given["conf_method"]) == (URL, "60", "GET")
    assert given["run_conf_text"] == "queue = night"
    saved = alice.post(
        f"/jobs/{job.ref}/", {**given, "resources": "", "conf_timeout": "30", "conf_method": "PUT"}
    )
    assert saved.status_code == 302
    job.refresh_from_db()
    assert json.loads(job.run_conf_text) == {"queue": "night", "url": URL, "method": "PUT"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"conf_timeout": "0"}, "conf_timeout"),
        ({"conf_timeout": "x"}, "conf_timeout"),
        ({"conf_url": ""}, "conf_url"),
    ],
)
def test_a_wrong_setting_is_told_beside_its_field(
    alice: Client, job: Job, wrong: dict[str, str], field: str
) -> None:
    given = {**fields_of(alice, job), "resources": "", **wrong}
    refused = alice.post(f"/jobs/{job.ref}/", given)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, [field])
    job.refresh_from_db()
    assert json.loads(job.run_conf_text)["timeout"] == "60"


@pytest.mark.parametrize("conf", [{"timeout": "0"}, {"timeout": "soon"}, {"method": "FETCH"}])
def test_a_wrong_setting_is_refused_whoever_gives_it(people: People, job: Job, conf: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        update_job(job, by=people.alice, run_conf_text=json.dumps(conf))
    assert refused.value.field == "run_conf_text"


def test_a_setting_may_name_a_parameter(people: People, job: Job) -> None:
    update_job(job, by=people.alice, run_conf_text='{"timeout": "${seconds}"}')


def test_a_connection_is_chosen_among_those_of_the_kind(
    alice: Client, people: People, project: Project
) -> None:
    for name, kind in (("graph", "nebula"), ("shop", "sqlite"), ("dwh", "postgresql")):
        Connection.objects.create(project=project, name=name, kind=kind)
    job = create_job(project, name="ask", kind="SQL", by=people.alice)
    choices = alice.get(f"/jobs/{job.ref}/").context["form"].fields["conf_connection"].choices
    assert [value for value, _label in choices] == ["", "dwh", "shop"]
