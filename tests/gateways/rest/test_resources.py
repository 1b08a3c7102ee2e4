"""Files and storages through our own API."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.test import Client

from apps.projects.models import Project
from tests.gateways.rest.conftest import ROOT, Caller


def put(caller: Caller, path: str, data: bytes) -> Any:
    headers = {"Authorization": f"Bearer {caller.key.key_id}:{caller.key.secret}"}
    return Client().put(f"{ROOT}{path}", data, "application/octet-stream", headers=headers)


async def _gathered(pieces: Any) -> bytes:
    return b"".join([piece async for piece in pieces])


def test_a_file_is_written_listed_read_and_deleted(olga: Caller, project: Project) -> None:
    at = f"projects/{project.ref}/resources/"
    body = b'{"not": json' * 3
    made = put(olga, f"{at}content/?path=lib/a.jar", body)
    assert (made.status_code, made.json()) == (201, {"address": "res:///lib/a.jar"})
    assert olga.post(at, {"path": "lib/deep"}).status_code == 201
    listed = olga.get(f"{at}?folder=lib").json()
    assert listed["folders"] == ["deep"] and listed["after"] == ""
    (file,) = listed["files"]
    assert (file["name"], file["size"], file["address"]) == ("a.jar", len(body), "res:///lib/a.jar")
    answer = olga.get(f"{at}content/?path=lib/a.jar")
    assert asyncio.run(_gathered(answer.streaming_content)) == body  # type: ignore[attr-defined]
    answer.opened.stream.close()  # type: ignore[attr-defined]
    assert olga.delete(f"{at}content/?path=lib/a.jar").status_code == 204
    gone = olga.get(f"{at}content/?path=lib/a.jar")
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["", "../up", "a/../../b", "a%00b"])
def test_a_path_that_leads_out_is_refused(olga: Caller, project: Project, path: str) -> None:
    answer = put(olga, f"projects/{project.ref}/resources/content/?path={path}", b"x")
    assert (answer.status_code, answer.json()["field"]) == (400, "path")


def test_a_stranger_finds_nothing(stan: Caller, project: Project) -> None:
    for path in ("resources/", "resources/content/?path=a", "storages/", f"storages/{project.ref}/"):
        assert stan.get(f"projects/{project.ref}/{path}").status_code == 404
    assert put(stan, f"projects/{project.ref}/resources/content/?path=a", b"x").status_code == 404


def test_a_storage_is_made_changed_and_forgotten_and_its_secret_is_not_told(
    olga: Caller, project: Project
) -> None:
    at = f"projects/{project.ref}/storages/"
    given = {"kind": "s3", "bucket": "box", "endpoint": "https://s3.example.com", "secret": "hid-den-42"}
    made = olga.post(at, given).json()
    assert made["address"] == "s3://box/" and "secret" not in made
    one = f"{at}{made['id']}/"
    assert olga.patch(one, {"access_key": "me", "secret": ""}).json()["access_key"] == "me"
    assert project.storages.get().secret == "hid-den-42"
    assert "hid-den-42" not in olga.get(at).content.decode()
    wrong = olga.patch(one, {"endpoint": "ftp://x"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "endpoint")
    assert olga.post(at, given).status_code == 409
    assert olga.delete(one).status_code == 204
    assert olga.get(one).status_code == 404
