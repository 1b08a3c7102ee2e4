from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.flows.models import Flow
from apps.flows.runs import submit_flow
from apps.jobs.actions import create_job
from apps.projects.actions import create_folder, create_project
from apps.projects.models import Project
from tests.gateways.rest.conftest import Caller


def test_me_is_the_owner_of_the_key_with_what_it_belongs_to(olga: Caller, project: Project) -> None:
    me = olga.get("me/").json()
    assert (me["name"], me["superuser"]) == ("olga", False)
    assert me["projects"] == [{"project": project.ref, "name": "orders", "role": "admin"}]


def test_a_project_is_made_read_changed_and_deleted(olga: Caller) -> None:
    made = olga.post("projects/", {"name": "new", "description": "d", "time_zone": "Asia/Seoul"})
    assert made.status_code == 201
    path = f"projects/{made.json()['id']}/"
    read = olga.get(path).json()
    assert (read["name"], read["description"], read["time_zone"], read["owner"]) == (
        "new",
        "d",
        "Asia/Seoul",
        "olga",
    )
    assert read["created_at"].endswith("Z")
    assert olga.patch(path, {"name": "newer"}).json()["name"] == "newer"
    assert olga.delete(path).status_code == 204
    assert olga.get(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"name": "x", "time_zone": "Mars/Olympus"}, "time_zone"),
        ({"name": "x", "nmae": "y"}, "nmae"),
        ([], ""),
    ],
)
def test_a_wrong_project_is_refused_by_its_field(olga: Caller, body: Any, field: str) -> None:
    response = olga.post("projects/", body)
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (
        400,
        "invalid",
        field,
    )
    assert response.json()["message"]


def test_a_name_that_is_taken_is_a_conflict(olga: Caller, project: Project) -> None:
    response = olga.post("projects/", {"name": project.name})
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (
        409,
        "conflict",
        "name",
    )


def test_what_is_read_may_be_sent_back(olga: Caller, project: Project) -> None:
    path = f"projects/{project.ref}/"
    assert olga.patch(path, olga.get(path).json()).status_code == 200


def test_roles_and_strangers(stan: Caller, member: Any, project: Project) -> None:
    editor, path = member("editor"), f"projects/{project.ref}/"
    assert editor.get(path).status_code == 200
    assert editor.patch(path, {"name": "mine"}).status_code == 403
    assert editor.delete(path).status_code == 403
    for method, body in (("GET", None), ("PATCH", {"name": "mine"}), ("DELETE", None)):
        assert stan(method, path, body).status_code == 404
    assert stan.get("projects/").json()["results"] == []
    for list_of in ("folders", "jobs", "flows", "runs"):
        assert stan.get(f"{path}{list_of}/").status_code == 404


def test_folders_come_with_their_parents(olga: Caller, project: Project) -> None:
    create_folder(project, tree="JOB", name="etl", by=None)
    rows = olga.get(f"projects/{project.ref}/folders/").json()["results"]
    roots = {row["tree"]: row["id"] for row in rows if row["parent"] is None}
    assert set(roots) == {"JOB", "FLOW", "ADHOC"}
    assert [row["parent"] for row in rows if row["name"] == "etl"] == [roots["JOB"]]


def test_a_long_list_comes_in_pages_that_a_new_row_does_not_shift(olga: Caller, project: Project) -> None:
    for number in range(7):
        create_job(project, name=f"job {number}", kind="SHELL", by=None)
    first = olga.get(f"projects/{project.ref}/jobs/?limit=3").json()
    create_job(project, name="a first one", kind="SHELL", by=None)
    second = olga.get(first["next"].partition("/api/headrace/v1/")[2]).json()
    third = olga.get(second["next"].partition("/api/headrace/v1/")[2]).json()
    names = [row["name"] for page in (first, second, third) for row in page["results"]]
    assert names == [f"job {number}" for number in range(7)]
    assert third["next"] is None


def test_a_page_is_never_longer_than_its_maximum(olga: Caller, project: Project) -> None:
    for number in range(205):
        create_job(project, name=f"job {number}", kind="SHELL", by=None)
    assert len(olga.get(f"projects/{project.ref}/jobs/?limit=100000").json()["results"]) == 200


@pytest.mark.parametrize("list_of", ["projects", "folders", "jobs", "flows", "runs", "nodes"])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    olga: Caller, project: Project, flow: Flow, list_of: str
) -> None:
    run = submit_flow(flow, by=project.owner)
    path = {"projects": "projects/", "nodes": f"runs/{run.ref}/nodes/"}.get(
        list_of, f"projects/{project.ref}/{list_of}/"
    )
    olga.get(path)
    with CaptureQueriesContext(connection) as few:
        before = len(olga.get(path).json()["results"])
    for number in range(5):
        create_project(name=f"p{number}", by=project.owner)
        create_folder(project, tree="JOB", name=f"f{number}", by=project.owner)
        create_job(project, name=f"j{number}", kind="SHELL", by=project.owner)
        olga.post(
            f"projects/{project.ref}/flows/", {"name": f"w{number}", "schedule": {"cron": "0 0 0 * * ?"}}
        )
        submit_flow(flow, by=project.owner)
    with CaptureQueriesContext(connection) as many:
        after = len(olga.get(path).json()["results"])
    assert after > before or list_of == "nodes"
    assert len(many) == len(few)


def test_an_address_that_means_nothing_answers_in_our_form(olga: Caller) -> None:
    for path in ("nothing/", "projects/xyz/", "projects"):
        response = olga.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    response = olga("PUT", "projects/", {})
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


def test_connections_are_made_read_changed_and_deleted(olga: Caller, project: Project) -> None:
    path = f"projects/{project.ref}/connections/"
    given = {"name": "shop", "kind": "postgresql", "address": "db.example.org", "password": "hush-hush"}
    made = olga.post(path, given)
    assert (made.status_code, "password" in made.json()) == (201, False)
    assert project.connections.get().password == "hush-hush"
    assert [row["name"] for row in olga.get(path).json()["results"]] == ["shop"]
    assert olga.patch(f"{path}shop/", {"port": 6543}).json()["port"] == 6543
    assert project.connections.get().password == "hush-hush"
    assert olga.post(path, given).status_code == 409
    assert olga.post(path, {**given, "name": "b", "kind": "oracle"}).json()["field"] == "kind"
    assert olga.get(f"{path}nowhere/").status_code == 404
    assert olga.delete(f"{path}shop/").status_code == 204
    assert not project.connections.exists()
