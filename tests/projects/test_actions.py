from __future__ import annotations

import threading

import pytest
from django.db import connection

from apps.drawings.models import Document
from apps.flows.actions import create_flow
from apps.flows.models import Run
from apps.flows.runs import submit_job
from apps.jobs.actions import create_job
from apps.lib.errors import Conflict, Invalid, NotFound
from apps.projects import actions
from apps.projects.access import can
from apps.projects.connections import create_connection
from apps.projects.models import AuditEntry, Cluster, Counter, Folder, Project, Role, Tree, User


def test_a_new_project_has_a_number_its_trees_its_owner_and_the_local_cluster(people):
    Cluster.objects.create(name="local")
    first = actions.create_project(name="First", by=people.alice)
    second = actions.create_project(name="Second", by=people.alice)
    assert (first.number, second.number) == (10000, 10001)
    assert set(first.folders.values_list("tree", flat=True)) == set(Tree.values)
    assert first.members.get().role == Role.ADMIN
    assert first.cluster_settings.get().cluster.name == "local"


def test_numbers_are_not_given_twice_when_a_project_is_deleted(people):
    first = actions.create_project(name="First", by=people.alice)
    actions.delete_project(first, by=people.alice)
    assert actions.create_project(name="Second", by=people.alice).number == 10001
    assert Counter.objects.get().value == 10001


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"name": "x", "time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_a_project_needs_a_name_and_a_time_zone_that_exists(people, fields, field):
    with pytest.raises(Invalid) as refused:
        actions.create_project(**fields, by=people.alice)
    assert refused.value.field == field
    assert not Project.objects.exists()


def test_two_projects_cannot_have_one_name(project, people):
    with pytest.raises(Conflict, match="Orders"):
        actions.create_project(name="Orders", by=people.alice)


def test_deleting_a_project_takes_all_it_holds(project, people):
    folder = actions.create_folder(project, tree=Tree.JOB, name="etl", by=people.alice)
    actions.create_folder(project, tree=Tree.JOB, name="deeper", parent=folder, by=people.alice)
    create_job(project, name="extract", kind="SHELL", folder=folder, by=people.alice)
    actions.delete_project(project, by=people.alice)
    assert not Project.objects.exists()
    assert not Folder.objects.exists()
    assert AuditEntry.objects.get(verb="delete").subject_name == "Orders"


def test_a_member_without_an_account_has_no_right(project, people):
    member = actions.add_member(project, user_name="hadoop", role=Role.ADMIN, by=people.alice)
    assert member.user is None
    assert not can(people.charlie, "view", project)


def test_a_name_is_a_member_once(project, people):
    with pytest.raises(Conflict) as refused:
        actions.add_member(project, user_name="bob", role=Role.VIEWER, by=people.alice)
    assert refused.value.field == "user_name"


def test_the_last_admin_can_neither_leave_nor_step_down(project, people):
    member = project.members.get(user=people.alice)
    with pytest.raises(Conflict, match="only admin"):
        actions.remove_member(project, user_name="alice", by=people.alice)
    with pytest.raises(Conflict, match="only admin"):
        actions.update_member(member, role=Role.VIEWER, by=people.alice)


def test_removing_someone_who_is_no_member_is_told(project, people):
    with pytest.raises(NotFound, match="charlie"):
        actions.remove_member(project, user_name="charlie", by=people.alice)


def test_a_folder_cannot_be_moved_into_itself(project, people):
    outer = actions.create_folder(project, tree=Tree.JOB, name="outer", by=people.bob)
    inner = actions.create_folder(project, tree=Tree.JOB, name="inner", parent=outer, by=people.bob)
    with pytest.raises(Invalid, match="into itself"):
        actions.update_folder(outer, parent=inner, by=people.bob)


def test_two_folders_in_one_place_cannot_have_one_name(project, people):
    actions.create_folder(project, tree=Tree.JOB, name="etl", by=people.bob)
    with pytest.raises(Conflict):
        actions.create_folder(project, tree=Tree.JOB, name="etl", by=people.bob)
    actions.create_folder(project, tree=Tree.FLOW, name="etl", by=people.bob)


def test_only_an_empty_folder_is_deleted_and_a_root_never(project, people):
    folder = actions.create_folder(project, tree=Tree.JOB, name="etl", by=people.bob)
    job = create_job(project, name="extract", kind="SHELL", folder=folder, by=people.bob)
    with pytest.raises(Conflict, match="not empty"):
        actions.delete_folder(folder, by=people.bob)
    job.delete()
    actions.delete_folder(folder, by=people.bob)
    with pytest.raises(Conflict):
        actions.delete_folder(actions.root_folder(project, Tree.JOB), by=people.bob)


def test_the_audit_names_a_secret_and_keeps_its_value_out(project, people):
    actions.set_variable(project, name="token", value="hush", secret=True, by=people.alice)
    entry = project.audit_entries.get(verb="set_variable")
    assert entry.detail == {"name": "token", "secret": True}
    assert entry.user == people.alice


def test_a_variable_is_set_again_under_its_name(project, people):
    actions.set_variable(project, name="region", value="north", secret=False, by=people.alice)
    actions.set_variable(project, name="region", value="south", secret=False, by=people.alice)
    assert project.variables.get().value == "south"


def test_a_cluster_is_linked_once(project, people):
    local = Cluster.objects.get(name="local")
    with pytest.raises(Conflict):
        actions.link_cluster(project, local, by=people.alice)


def test_an_update_that_changes_nothing_is_not_written_down(project, people):
    actions.update_project(project, name="Orders", by=people.alice)
    assert not project.audit_entries.filter(verb="update").exists()


def test_who_acts_may_be_the_system(db):
    project = actions.create_project(name="Demo", by=None)
    assert not project.members.exists()
    assert not User.objects.exists()


def test_a_project_with_a_run_going_on_is_not_deleted(project, people):
    job = create_job(project, name="extract", kind="SHELL", content="true", by=people.alice)
    run = submit_job(job, by=people.alice)
    with pytest.raises(Conflict, match="1 run going on"):
        actions.delete_project(project, by=people.alice)
    Run.objects.filter(pk=run.pk).update(ended_at=run.created_at)
    create_flow(project, name="nightly", by=people.alice)
    actions.delete_project(project, by=people.alice)
    assert not Run.objects.exists()
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_make_a_project_of_one_name_at_once_get_one_project_and_one_clear_answer() -> None:
    together, answers = threading.Barrier(2), []

    def make() -> None:
        together.wait()
        try:
            answers.append(actions.create_project(name="Taken", by=None))
        except Conflict as refused:
            answers.append(refused)
        finally:
            connection.close()

    racers = [threading.Thread(target=make) for _ in range(2)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Project"]


@pytest.mark.django_db(transaction=True)
def test_two_who_give_a_connection_one_name_at_once_get_one_and_a_clear_answer(project: Project) -> None:
    ready, said = threading.Barrier(2), []

    def make() -> None:
        try:
            ready.wait(10)
            said.append(
                create_connection(project, name="shop", by=None, address="db", kind="postgresql").name
            )
        except Conflict as error:
            said.append(error.message)
        finally:
            connection.close()

    both = [threading.Thread(target=make) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert sorted(said) == ["There is a connection shop already.", "shop"]
