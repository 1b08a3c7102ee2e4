from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.flows.actions import create_flow
from apps.flows.models import FlowJob
from apps.jobs.actions import create_job
from apps.jobs.kinds import OFFERED
from apps.jobs.models import Job
from apps.projects.actions import create_folder, set_variable
from apps.projects.models import Tree

HTMX = {"HX-Request": "true"}
SETTINGS = {
    "mode": "LOCAL",
    "max_retry": 0,
    "retry_interval": 0,
    "fail_act": "STOP",
    "loss_policy": "at_least_once",
    "max_running_seconds": 0,
}


@pytest.fixture
def job(project, people) -> Job:
    return create_job(project, name="extract", kind="SHELL", content="echo hi", by=people.bob)


def url(name: str, row) -> str:
    return reverse(f"jobs:{name}", args=[row.ref])


def test_a_viewer_reads_the_list_and_a_job(project, job, vera):
    assert b"extract" in vera.get(url("list", project)).content
    page = vera.get(url("detail", job)).content.decode()
    assert "echo hi" in page
    assert "disabled" in page
    assert 'form="job-form"' not in page


@pytest.mark.parametrize("page", ("detail", "move", "clone", "delete", "preview"))
def test_a_stranger_is_told_that_there_is_no_such_job(job, charlie, page):
    assert charlie.post(url(page, job)).status_code == 404


@pytest.mark.parametrize("page", ("detail", "move", "clone", "delete"))
def test_a_viewer_cannot_edit(job, vera, page):
    assert vera.post(url(page, job), {"name": "mine", **SETTINGS}).status_code == 403
    assert Job.objects.get().name == "extract"


def test_the_list_and_its_fragment_are_the_same_rows(project, job, vera):
    page = vera.get(url("list", project)).content.decode()
    fragment = vera.get(url("list", project), headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert fragment.count("data-href") == page.count("data-href") == 1


def test_the_list_asks_no_more_for_more_jobs_and_folders(project, people, bob, job):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            bob.get(url("list", project))
        return len(asked)

    before = count()
    for number in range(5):
        folder = create_folder(project, tree=Tree.JOB, name=f"f{number}", by=people.bob)
        create_job(project, name=f"j{number}", kind="SHELL", folder=folder, by=people.bob)
    assert count() == before


def test_a_folder_shows_what_is_in_it_and_below(project, people, vera):
    outer = create_folder(project, tree=Tree.JOB, name="outer", by=people.bob)
    inner = create_folder(project, tree=Tree.JOB, name="inner", parent=outer, by=people.bob)
    create_job(project, name="deep", kind="SHELL", folder=inner, by=people.bob)
    create_job(project, name="shallow", kind="SHELL", by=people.bob)
    page = vera.get(url("list", project), {"folder": outer.ref}).content.decode()
    assert "deep" in page
    assert "shallow" not in page


def test_a_search_looks_into_every_folder(project, people, vera):
    folder = create_folder(project, tree=Tree.ADHOC, name="mine", by=people.bob)
    create_job(project, name="needle", kind="SHELL", folder=folder, by=people.bob)
    assert b"needle" in vera.get(url("list", project), {"q": "NEED"}).content


def test_a_job_is_made_from_the_dialog(project, bob):
    root = project.folders.get(tree=Tree.JOB)
    fields = {"name": "load", "kind": "PYTHON", "folder": root.ref}
    response = bob.post(url("new", project), fields, headers=HTMX)
    assert response.headers["HX-Redirect"] == url("detail", Job.objects.get(name="load"))


def test_a_job_without_a_name_is_refused_beside_the_field(project, bob):
    root = project.folders.get(tree=Tree.JOB)
    response = bob.post(url("new", project), {"kind": "SHELL", "folder": root.ref}, headers=HTMX)
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"name"}


def test_kinds_are_offered_in_families_and_the_chosen_one_is_kept(project, bob):
    root = project.folders.get(tree=Tree.JOB)
    page = bob.post(url("new", project), {"kind": "HIVE_SQL", "folder": root.ref}).content.decode()
    families = re.findall(r'<p class="kind-family"[^>]*>([^<]+)', page)
    assert families == ["Scripts and calls", "Flow control", "SQL", "Spark and Flink", "Data", "Graphs"]
    assert set(re.findall(r'name="kind" value="(\w+)"', page)) == set(OFFERED)
    assert re.findall(r'value="(\w+)" class="visually-hidden" checked', page) == ["HIVE_SQL"]


def test_content_and_settings_are_saved(job, bob):
    fields = SETTINGS | {
        "content": "echo a\r\necho b\r\n",
        "max_retry": 2,
        "params_text": "day = ${yyyy-MM-dd}",
    }
    assert bob.post(url("detail", job), fields).status_code == 302
    job.refresh_from_db()
    assert job.content == "echo a\necho b\n"
    assert (job.max_retry, job.params_text) == (2, '{"day": "${yyyy-MM-dd}"}')


def test_json_that_means_the_same_keeps_its_spelling(project, people, bob):
    text = '{"a":1e2,   "b":"x"}'
    job = create_job(project, name="x", kind="SHELL", params_text=text, by=people.bob)
    page = bob.get(url("detail", job))
    lines = page.context["form"]["params_text"].value()
    bob.post(url("detail", job), SETTINGS | {"params_text": lines})
    job.refresh_from_db()
    assert job.params_text == text


@pytest.mark.parametrize(
    ("field", "value"),
    [("params_text", "no equals sign"), ("env_text", "A = " + "x" * 1100), ("max_retry", "999")],
)
def test_what_is_wrong_stands_beside_its_field(job, bob, field, value):
    response = bob.post(url("detail", job), SETTINGS | {"content": "new", field: value})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {field}
    job.refresh_from_db()
    assert job.content == "echo hi"


def test_running_saves_first_and_sends_the_same_post_on_to_the_run(job, bob):
    response = bob.post(url("detail", job), SETTINGS | {"content": "echo new", "then": "run"})
    job.refresh_from_db()
    assert job.content == "echo new"
    assert (response.status_code, response.url) == (307, f"/jobs/{job.ref}/run/")


def test_the_preview_says_what_values_become_and_masks_secrets(job, project, people, bob):
    set_variable(project, name="token", value="hush-hush", secret=True, by=people.alice)
    asked = {"content": "${day} ${token} ${other}", "params_text": "day = 2026"}
    page = bob.post(url("preview", job), asked).content.decode()
    assert "2026" in page
    assert "hush-hush" not in page
    assert "stays as it is" in page


def test_the_preview_of_broken_parameters_says_what_is_wrong(job, bob):
    assert b"not of the form" in bob.post(url("preview", job), {"params_text": "oops"}).content


def test_a_viewer_previews_what_is_stored(job, vera):
    assert vera.post(url("preview", job)).status_code == 200


def test_a_job_is_renamed_and_moved(job, project, people, bob):
    folder = create_folder(project, tree=Tree.JOB, name="etl", by=people.bob)
    bob.post(url("move", job), {"name": "extract orders", "folder": folder.ref})
    job.refresh_from_db()
    assert (job.name, job.folder) == ("extract orders", folder)


def test_a_clone_opens(job, bob):
    response = bob.post(url("clone", job))
    assert response.url == url("detail", Job.objects.get(name="extract copy"))


def test_the_delete_dialog_names_the_flows_that_use_it(job, project, people, bob):
    flow = create_flow(project, name="nightly", by=people.bob)
    FlowJob.objects.create(flow=flow, job=job)
    page = bob.get(url("delete", job), headers=HTMX).content.decode()
    assert "nightly" in page
    assert bob.post(url("delete", job), headers=HTMX).status_code == 422
    assert Job.objects.exists()


def test_a_job_is_deleted(job, bob):
    assert bob.post(url("delete", job), headers=HTMX).headers["HX-Redirect"]
    assert not Job.objects.exists()


def test_the_palette_finds_jobs(project, job, vera):
    assert url("detail", job) in vera.get(url("find", project), {"q": "ext"}).content.decode()


def test_saving_from_the_editor_leaves_the_page_as_it_is(job, bob):
    response = bob.post(url("detail", job), SETTINGS | {"content": "echo new"}, headers=HTMX)
    assert response.status_code == 204
    assert "Saved" in response.headers["HX-Trigger"]


def test_a_refused_save_from_the_editor_brings_the_page_with_its_errors(job, bob):
    response = bob.post(url("detail", job), SETTINGS | {"max_retry": 999}, headers=HTMX)
    assert response.status_code == 422
    assert response.headers["HX-Retarget"] == "#main"
