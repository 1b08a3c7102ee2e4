from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.projects import actions
from apps.projects.models import AuditEntry, Cluster, Host, Project, Role, Tree, Variable

PAGES = ("home", "settings", "members", "variables", "connections", "cluster_links", "audit", "clusters")
MANAGED = ("delete",)
HTMX = {"HX-Request": "true"}


def url(name: str, project: Project, *args: object) -> str:
    return reverse(f"projects:{name}", args=[project.ref, *args])


@pytest.mark.parametrize("page", PAGES)
def test_a_viewer_reads_every_page(project, vera, page):
    assert vera.get(url(page, project)).status_code == 200


@pytest.mark.parametrize("page", (*PAGES, *MANAGED))
def test_a_stranger_is_told_that_there_is_no_such_project(project, charlie, page):
    response = charlie.get(url(page, project))
    assert response.status_code == 404
    assert "Orders" not in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_sent_to_sign_in(project, client, page):
    assert client.get(url(page, project)).url.startswith("/sign-in/")


@pytest.mark.parametrize(
    "page", ("settings", "members", "variables", "connections", "cluster_links", "delete")
)
def test_an_editor_cannot_manage(project, bob, page):
    assert bob.post(url(page, project), {"name": "Mine"}).status_code == 403
    project.refresh_from_db()
    assert project.name == "Orders"


def test_the_list_shows_only_projects_one_is_a_member_of(project, people, charlie):
    actions.create_project(name="Secret plans", by=people.alice)
    assert "Secret plans" not in charlie.get("/projects/").content.decode()
    assert "Make your first project" in charlie.get("/projects/").content.decode()


def test_the_list_and_its_fragment_are_the_same_rows(project, alice):
    page = alice.get("/projects/").content.decode()
    fragment = alice.get("/projects/", headers=HTMX).content.decode()
    assert "<html" in page
    assert "<html" not in fragment
    assert fragment.strip() in page


def test_the_list_asks_no_more_for_more_projects(project, people, alice):
    alice.get("/projects/")
    with CaptureQueriesContext(connection) as few:
        alice.get("/projects/")
    for number in range(5):
        actions.create_project(name=f"Project {number}", by=people.alice)
    with CaptureQueriesContext(connection) as many:
        assert alice.get("/projects/").content.count(b"data-href") == 6
    assert len(many) == len(few)


def test_members_and_audit_ask_no_more_for_more_rows(project, people, alice):
    def count(page: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            alice.get(url(page, project))
        return len(asked)

    before = {page: count(page) for page in ("members", "audit", "variables")}
    for number in range(6):
        actions.add_member(project, user_name=f"robot-{number}", role=Role.VIEWER, by=people.alice)
        actions.set_variable(project, name=f"v{number}", value="1", secret=False, by=people.alice)
    assert {page: count(page) for page in before} == before


def test_clusters_ask_no_more_for_more_hosts(project, vera):
    cluster = Cluster.objects.get(name="local")
    Host.objects.create(cluster=cluster, name="one")
    with CaptureQueriesContext(connection) as few:
        vera.get(url("clusters", project))
    Host.objects.bulk_create(Host(cluster=cluster, name=f"host-{number}") for number in range(5))
    with CaptureQueriesContext(connection) as many:
        assert b"host-4" in vera.get(url("clusters", project)).content
    assert len(many) == len(few)


def test_a_project_is_made_from_the_form(people, alice):
    response = alice.post("/projects/new/", {"name": "Billing", "time_zone": "Asia/Shanghai"})
    project = Project.objects.get(name="Billing")
    assert response.url == url("home", project)


def test_what_is_wrong_stands_beside_its_field(project, alice):
    response = alice.post("/projects/new/", {"name": "Orders", "time_zone": "UTC"}, headers=HTMX)
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"name"}
    assert "<html" not in response.content.decode()


def test_a_refused_change_keeps_the_project_as_it_was(project, alice):
    response = alice.post(url("settings", project), {"name": "", "time_zone": "UTC"})
    assert response.status_code == 422
    assert "Orders" in response.content.decode()


def test_a_project_is_deleted_only_by_writing_its_name(project, alice):
    assert alice.post(url("delete", project), {"name": "orders"}).status_code == 422
    assert Project.objects.exists()
    assert alice.post(url("delete", project), {"name": "Orders"}).status_code == 302
    assert not Project.objects.exists()


def test_a_secret_is_never_sent_back(project, people, alice):
    alice.post(url("variables", project), {"name": "token", "value": "hush-hush", "secret": "on"})
    assert Variable.objects.get().value == "hush-hush"
    for page in ("variables", "audit"):
        assert b"hush-hush" not in alice.get(url(page, project)).content


def test_a_role_is_changed_and_a_member_removed(project, people, alice):
    member = project.members.get(user=people.bob)
    alice.post(url("member", project, member.pk), {"role": Role.ADMIN})
    member.refresh_from_db()
    assert member.role == Role.ADMIN
    alice.post(url("member", project, member.pk), {"action": "remove"})
    assert not project.members.filter(user=people.bob).exists()


def test_a_refusal_of_the_domain_is_a_page_in_words(project, people, alice):
    member = project.members.get(user=people.alice)
    response = alice.post(url("member", project, member.pk), {"action": "remove"})
    assert response.status_code == 409
    assert "only admin" in response.content.decode()


def test_a_refusal_of_the_domain_is_a_toast_for_htmx(project, people, alice):
    member = project.members.get(user=people.alice)
    response = alice.post(url("member", project, member.pk), {"action": "remove"}, headers=HTMX)
    assert response.status_code == 409
    assert "only admin" in response.headers["HX-Trigger"]


def test_folders_are_made_renamed_and_deleted(project, bob):
    bob.post(url("folder_new", project, "JOB"), {"name": "etl", "parent": _root(project).ref})
    folder = project.folders.get(name="etl")
    page = reverse("projects:folder_edit", args=[folder.ref])
    bob.post(page, {"name": "daily", "parent": _root(project).ref})
    folder.refresh_from_db()
    assert folder.name == "daily"
    bob.post(reverse("projects:folder_delete", args=[folder.ref]))
    assert not project.folders.filter(name="daily").exists()


def test_a_stranger_cannot_touch_a_folder(project, charlie):
    page = reverse("projects:folder_edit", args=[_root(project).ref])
    assert charlie.post(page, {"name": "mine"}).status_code == 404


def test_the_palette_finds_projects_and_pages(project, vera):
    found = vera.get("/find/", {"q": "memb", "project": project.ref}, headers=HTMX).content.decode()
    assert url("members", project) in found
    assert "Orders" in vera.get("/find/", {"q": "ord"}, headers=HTMX).content.decode()


def test_changes_are_written_down_with_who_made_them(project, people, alice):
    alice.post(url("settings", project), {"name": "Sales", "time_zone": "UTC"})
    entry = AuditEntry.objects.filter(verb="update").get()
    assert (entry.user, entry.detail) == (people.alice, {"fields": ["name"]})


def _root(project: Project):
    return project.folders.get(tree=Tree.JOB, parent=None)


def test_the_runs_of_a_project_are_paused_and_go_on(project, alice, bob):
    address = url("pause", project)
    assert bob.post(address, {"action": "pause"}).status_code == 403
    assert alice.post(address, {"action": "pause"}).status_code == 302
    project.refresh_from_db()
    since = project.paused_at
    assert since is not None
    assert "Let runs go on" in alice.get(url("settings", project)).content.decode()
    alice.post(address, {"action": "pause"})
    project.refresh_from_db()
    assert project.paused_at == since
    alice.post(address, {"action": "resume"})
    project.refresh_from_db()
    assert project.paused_at is None


def test_a_connection_is_added_changed_and_removed_and_its_password_never_shown(project, people, alice):
    given = {
        "name": "shop",
        "kind": "postgresql",
        "address": "db.example.org",
        "user_name": "ann",
        "password": "hush-hush",
    }
    assert alice.post(url("connections", project), given).status_code == 302
    shop = project.connections.get()
    assert (shop.dialled_port, shop.password) == (5432, "hush-hush")
    changed = {**given, "password": "", "port": "6543", "database": "shop"}
    assert alice.post(url("connection", project, shop.pk), changed).status_code == 302
    shop.refresh_from_db()
    assert (shop.dialled_port, shop.password, shop.database) == (6543, "hush-hush", "shop")
    for page in (url("connections", project), url("connection", project, shop.pk), url("audit", project)):
        assert b"hush-hush" not in alice.get(page).content
    alice.post(url("connection", project, shop.pk), {"action": "remove"})
    assert not project.connections.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": ""},
        {"kind": "sqlite"},
        {"kind": "oracle"},
        {"port": "70000"},
        {"options": "sslmode"},
        {"name": ""},
        {"name": "a/b"},
    ],
)
def test_a_connection_that_cannot_be_is_refused(project, people, alice, wrong):
    given = {"name": "shop", "kind": "mysql", "address": "db.example.org", **wrong}
    assert alice.post(url("connections", project), given).status_code == 422
    assert not project.connections.exists()


def test_a_stranger_and_an_editor_reach_no_connection(project, people, alice, bob, charlie):
    alice.post(url("connections", project), {"name": "shop", "kind": "mysql", "address": "db.example.org"})
    page = url("connection", project, project.connections.get().pk)
    assert (charlie.get(page).status_code, bob.get(page).status_code) == (404, 403)
