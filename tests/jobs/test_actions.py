from __future__ import annotations

import pytest

from apps.flows.actions import create_flow
from apps.flows.models import FlowJob, Run
from apps.flows.runs import submit_job
from apps.jobs import actions
from apps.jobs.logs import run_folder
from apps.jobs.models import Job
from apps.lib.errors import Conflict, Invalid
from apps.projects.actions import create_folder, root_folder
from apps.projects.models import Tree


@pytest.fixture
def job(project, people) -> Job:
    return actions.create_job(project, name="extract", kind="SHELL", content="echo hi", by=people.bob)


def test_a_job_lies_at_the_top_of_its_tree_unless_told(project, people, job):
    adhoc = actions.create_job(project, name="try", kind="SHELL", adhoc=True, by=people.bob)
    assert job.folder == root_folder(project, Tree.JOB)
    assert adhoc.folder == root_folder(project, Tree.ADHOC)


def test_two_jobs_may_have_one_name(project, people, job):
    actions.create_job(project, name="extract", kind="SHELL", by=people.bob)
    assert project.jobs.filter(name="extract").count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": "COBOL"}, "kind"),
        ({"max_retry": 101}, "max_retry"),
        ({"max_retry": -1}, "max_retry"),
        ({"retry_interval": 86_401}, "retry_interval"),
        ({"fail_act": "PANIC"}, "fail_act"),
        ({"params_text": "{"}, "params_text"),
        ({"params_text": "[1]"}, "params_text"),
        ({"params_text": '{"a": {"b": 1}}'}, "params_text"),
        ({"env_text": '{"A": "%s"}' % ("x" * 1024)}, "env_text"),
        ({"run_conf_text": "nonsense"}, "run_conf_text"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named_and_nothing_is_stored(project, people, fields, field):
    with pytest.raises(Invalid) as refused:
        actions.create_job(project, **{"name": "x", "kind": "SHELL"} | fields, by=people.bob)
    assert refused.value.field == field
    assert not Job.objects.exists()


def test_settings_are_kept_as_they_were_given(project, people):
    text = '{ "b":1,\n"a" : "${yyyy-MM-dd}" }'
    job = actions.create_job(project, name="x", kind="SHELL", params_text=text, by=people.bob)
    job.refresh_from_db()
    assert job.params_text == text


def test_a_job_may_not_lie_in_a_folder_of_flows_or_of_another_project(project, people):
    with pytest.raises(Invalid) as refused:
        actions.create_job(
            project, name="x", kind="SHELL", folder=root_folder(project, Tree.FLOW), by=people.bob
        )
    assert refused.value.field == "folder"


def test_the_kind_of_a_job_stays(job, people):
    with pytest.raises(Invalid, match="cannot be changed"):
        actions.update_job(job, kind="PYTHON", by=people.bob)


def test_an_update_says_which_fields_it_changed(job, people, project):
    actions.update_job(job, content="echo ho", max_retry=0, resources=[("oss://b/x", "x")], by=people.bob)
    assert project.audit_entries.get(verb="update").detail == {"fields": ["content", "resources"]}
    assert job.resources.get().alias == "x"


def test_moving_a_job_to_the_other_tree_makes_it_ad_hoc(job, project, people):
    actions.update_job(job, folder=root_folder(project, Tree.ADHOC), by=people.bob)
    assert job.adhoc


def test_a_clone_has_all_but_the_name(project, people):
    job = actions.create_job(
        project,
        name="load",
        kind="SHELL",
        content="true",
        max_retry=3,
        params_text='{"a": 1}',
        resources=[("oss://b/x", "x")],
        by=people.bob,
    )
    first, second = (actions.clone_job(job, by=people.bob) for _ in range(2))
    assert [first.name, second.name] == ["load copy", "load copy 2"]
    assert (first.content, first.max_retry, first.params_text) == ("true", 3, '{"a": 1}')
    assert first.resources.get().path == "oss://b/x"
    assert first.ref != job.ref


def test_a_job_that_a_flow_uses_is_not_deleted_and_the_flow_is_named(job, project, people):
    flow = create_flow(project, name="nightly", by=people.bob)
    FlowJob.objects.create(flow=flow, job=job)
    with pytest.raises(Conflict, match="nightly"):
        actions.delete_job(job, by=people.bob)
    assert Job.objects.filter(pk=job.pk).exists()


def test_a_job_nobody_uses_is_deleted(job, project, people):
    actions.delete_job(job, by=people.bob)
    assert not project.jobs.exists()
    assert project.audit_entries.filter(verb="delete", subject_name="extract").exists()


def test_a_job_is_found_again_after_its_folder_moved(job, project, people):
    outer = create_folder(project, tree=Tree.JOB, name="outer", by=people.bob)
    actions.update_job(job, folder=outer, by=people.bob)
    job.refresh_from_db()
    assert job.folder == outer
    assert not job.adhoc


def test_a_job_is_deleted_with_its_own_runs_once_they_are_over(job, project, people):
    run = submit_job(job, by=people.bob)
    with pytest.raises(Conflict, match="running"):
        actions.delete_job(job, by=people.bob)
    Run.objects.filter(pk=run.pk).update(ended_at=run.created_at)
    actions.delete_job(job, by=people.bob)
    assert not Run.objects.exists()


def test_a_job_that_is_deleted_leaves_no_files_of_its_runs(people, job, django_capture_on_commit_callbacks):
    run = submit_job(job, by=people.bob)
    Run.objects.update(ended_at=run.created_at)
    folder = run_folder(run.uid)
    folder.mkdir(parents=True)
    (folder / "0.1.log").write_text("the secret of the day")
    with django_capture_on_commit_callbacks(execute=True):
        actions.delete_job(job, by=people.bob)
    assert not folder.exists()
