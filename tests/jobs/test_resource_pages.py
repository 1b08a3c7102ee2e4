"""The page of a project's files: seen by members, changed by editors, and nobody else's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from apps.jobs.actions import create_job
from apps.jobs.models import Storage
from apps.jobs.shelves import shelf_of
from apps.jobs.storing import create_storage, update_storage, upload_object
from apps.lib.errors import Conflict, Invalid
from apps.projects.models import Project
from tests.people import People

pytestmark = pytest.mark.django_db


def page(project: Project, what: str = "", **query: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/projects/{project.ref}/resources/{what}?{asked}"


def put(client: Client, project: Project, name: str, data: bytes, **query: str) -> int:
    return client.put(
        page(project, "upload/", name=name, **query), data, "application/octet-stream"
    ).status_code


def test_a_file_is_uploaded_seen_downloaded_and_deleted(bob: Client, project: Project) -> None:
    assert "Nothing is stored here yet" in bob.get(page(project)).content.decode()
    assert put(bob, project, "a b.csv", b"1,2\n", path="in") == 201
    assert "?store=own&amp;path=in" in bob.get(page(project)).content.decode()
    seen = bob.get(page(project, path="in")).content.decode()
    assert "a b.csv" in seen and "res:///in/a b.csv" in seen
    answer = bob.get(page(project, "download/", path="in", name="a b.csv"))
    body = b"".join(asyncio.run(_gathered(answer.streaming_content)))
    answer.opened.stream.close()
    assert (body, answer["Content-Disposition"]) == (b"1,2\n", 'attachment; filename="a b.csv"')
    assert bob.get(page(project, "delete/", path="in", name="a b.csv")).status_code == 200
    assert bob.post(page(project, "delete/", path="in", name="a b.csv")).status_code == 302
    assert bob.get(page(project, "download/", path="in", name="a b.csv")).status_code == 404
    assert list(project.audit_entries.values_list("verb", flat=True))[:2] == ["delete object", "upload"]


async def _gathered(pieces: object) -> list[bytes]:
    return [piece async for piece in pieces]  # type: ignore[attr-defined]


def test_the_form_of_the_page_uploads_too(bob: Client, project: Project) -> None:
    files = [SimpleUploadedFile(name, b"x") for name in ("one", "two")]
    assert bob.post(page(project, "upload/"), {"file": files}).status_code == 302
    seen = bob.get(page(project)).content.decode()
    assert "2 files are uploaded." in seen and ">two</a>" in seen


def test_a_folder_is_made_and_only_an_empty_one_is_deleted(bob: Client, project: Project) -> None:
    bob.post(page(project, "folder/"), {"name": "deep/er"})
    put(bob, project, "x", b"x", path="deep/er")
    refused = bob.post(page(project, "delete/", path="deep", name="er", folder=""))
    assert refused.status_code == 422 and "not empty" in refused.content.decode()
    bob.post(page(project, "delete/", path="deep/er", name="x"))
    assert bob.get(page(project, path="deep")).content.decode().count("data-href") == 0
    assert bob.post(page(project, "folder/"), {"name": "../up"}).status_code == 422


def test_who_may_not_edit_reads_and_a_stranger_finds_nothing(
    bob: Client, vera: Client, charlie: Client, project: Project
) -> None:
    put(bob, project, "x", b"x")
    assert "Choose files" not in vera.get(page(project)).content.decode()
    assert put(vera, project, "y", b"y") == 403
    answer = vera.get(page(project, "download/", name="x"))
    assert answer.status_code == 200
    answer.opened.stream.close()
    assert vera.post(page(project, "delete/", name="x")).status_code == 403
    for what in ("", "pick/", "folder/", "delete/", "download/"):
        assert charlie.get(page(project, what, name="x")).status_code == 404
    assert put(charlie, project, "y", b"y") == 404
    assert charlie.post(page(project, "states/")).status_code == 404
    for what in ("new/", f"{project.ref}/"):
        assert charlie.get(f"/projects/{project.ref}/storages/{what}").status_code == 404
        assert bob.get(f"/projects/{project.ref}/storages/{what}").status_code == 403


def test_what_is_too_large_is_refused_with_the_limit(
    bob: Client, project: Project, settings: Settings
) -> None:
    settings.HEADRACE_MAX_UPLOAD_BYTES = 1024
    answer = bob.put(page(project, "upload/", name="x"), b"x" * 1025, "application/octet-stream")
    assert answer.status_code == 422
    assert "at most 1.0\xa0KB" in answer.json()["message"]


def test_a_job_chooses_from_all_storages_of_its_project(bob: Client, project: Project) -> None:
    put(bob, project, "a.jar", b"x", path="lib")
    create_storage(project, by=None, kind="s3", bucket="box", endpoint="https://s3.example.com")
    top = bob.get(page(project, "pick/")).content.decode()
    assert "Project files" in top and ">box</button>" in top and "path=lib" in top
    assert 'data-picks="res:///lib/a.jar"' in bob.get(page(project, "pick/", path="lib")).content.decode()


@pytest.mark.parametrize("query", [{"path": "../up"}, {"path": "a/../../b"}, {"path": "a%00b"}])
def test_no_path_leads_out_of_the_store(bob: Client, project: Project, query: dict[str, str]) -> None:
    assert bob.get(page(project, **query)).status_code == 422
    assert put(bob, project, "x", b"x", **query) == 422
    assert put(bob, project, "../x", b"x") == 422


def test_a_storage_of_another_project_is_not_there(alice: Client, people: People, project: Project) -> None:
    other = Project.objects.create(number=77, name="other")
    row = Storage.objects.create(project=other, bucket="box", endpoint="https://s3.example.com")
    assert alice.get(page(project, store=row.ref)).status_code == 404


def test_a_storage_is_made_by_who_manages_and_its_secret_is_never_shown(
    alice: Client, people: People, project: Project
) -> None:
    new = f"/projects/{project.ref}/storages/new/"
    form = {"kind": "oss", "bucket": "box", "access_key": "me", "secret": "hid-den-42"}
    assert alice.post(new, form | {"endpoint": "ftp://x"}).status_code == 422
    assert alice.post(new, form | {"endpoint": "oss-cn-hangzhou.aliyuncs.com"}).status_code == 302
    row = project.storages.get()
    assert (row.endpoint, row.addressing) == ("https://s3.oss-cn-hangzhou.aliyuncs.com", "virtual")
    edit = f"/projects/{project.ref}/storages/{row.ref}/"
    assert "hid-den-42" not in alice.get(edit).content.decode()
    alice.post(edit, {"kind": "oss", "bucket": "box", "endpoint": row.endpoint, "access_key": "you"})
    row.refresh_from_db()
    assert (row.access_key, row.secret) == ("you", "hid-den-42")
    with pytest.raises(Conflict):
        create_storage(project, by=people.alice, kind="s3", bucket="box", endpoint="https://x.example.com")
    alice.post(edit, {"action": "delete"})
    assert not project.storages.exists()


def test_an_endpoint_inside_a_private_network_is_told_and_not_called(alice: Client, project: Project) -> None:
    row = create_storage(project, by=None, kind="s3", bucket="box", endpoint="http://127.0.0.1:9")
    seen = alice.get(page(project, store=row.ref)).content.decode()
    assert "an address inside a private network" in seen
    with pytest.raises(Invalid):
        update_storage(row, by=None, endpoint="http://user:pass@host")


def test_a_long_folder_is_told_in_pages_with_the_same_number_of_queries(
    bob: Client, project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    folder = Path(shelf_of(project, "").place.folder) / project.ref
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "one").write_text("")
    bob.get(page(project))
    with django_assert_num_queries(6):
        bob.get(page(project))
    for number in range(250):
        (folder / f"file {number:03}").write_text("")
    with django_assert_num_queries(6):
        first = bob.get(page(project)).content.decode()
    assert "file 199" in first and "file 200" not in first
    assert "file 249" in bob.get(page(project, after="file 199")).content.decode()


def test_the_form_of_a_job_takes_rows_and_says_what_is_missing(
    bob: Client, people: People, project: Project
) -> None:
    upload_object(shelf_of(project, ""), "a.csv", SimpleUploadedFile("a", b"1"), by=people.bob, size=1)
    job = create_job(project, name="j", kind="SHELL", by=people.bob)
    form = {
        "fail_act": "STOP",
        "mode": "LOCAL",
        "max_retry": 0,
        "retry_interval": 0,
        "loss_policy": "at_least_once",
        "max_running_seconds": 0,
        "resources_path": ["res:///a.csv", "", "res:///b.csv"],
        "resources_alias": ["in.csv", "", ""],
    }
    assert bob.post(f"/jobs/{job.ref}/", form).status_code == 302
    assert list(job.resources.values_list("path", "alias")) == [
        ("res:///a.csv", "in.csv"),
        ("res:///b.csv", ""),
    ]
    seen = bob.get(f"/jobs/{job.ref}/").content.decode()
    assert 'value="res:///a.csv"' in seen and 'value="in.csv"' in seen
    told = bob.post(page(project, "states/"), form).content.decode()
    assert "res:///b.csv" in told and "there is no such file" in told and "a.csv" not in told
    for path, alias in (("http://x/y", ""), ("", "name"), ("res:///a.csv", "../up")):
        wrong = form | {"resources_path": [path], "resources_alias": [alias]}
        assert bob.post(f"/jobs/{job.ref}/", wrong).status_code == 422
