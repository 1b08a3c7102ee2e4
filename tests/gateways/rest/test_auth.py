from __future__ import annotations

import base64

import pytest
from django.test import Client

from apps.gateways.models import AccessKey
from apps.projects.models import Project
from tests.gateways.rest.conftest import ROOT, Caller


def ask(authorization: str | None) -> tuple[int, dict[str, str]]:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = Client().get(f"{ROOT}me/", headers=headers)
    return response.status_code, response.json()


def basic(key_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key_id}:{secret}".encode()).decode()


def test_a_key_is_presented_as_bearer_or_as_basic(olga: Caller) -> None:
    key = olga.key
    for authorization in (f"Bearer {key.key_id}:{key.secret}", basic(key.key_id, key.secret)):
        status, me = ask(authorization)
        assert (status, me["name"]) == (200, "olga")
        assert me["key"] == {"id": "olgas-key", "name": "", "project": None}


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer olgas-key:wrong",
        "Bearer nobody:wrong",
        "Bearer olgas-key",
        "Bearer olgas-key:",
        "Bearer :",
        "Bearer ",
        basic("olgas-key", ""),
    ],
)
def test_a_wrong_key_and_a_wrong_secret_get_the_same_answer(olga: Caller, authorization: str) -> None:
    status, body = ask(authorization)
    assert status == 401
    assert body == {
        "code": "unauthenticated",
        "message": "The access key or its secret is wrong.",
        "field": "",
    }


@pytest.mark.parametrize("credentials", ["%%%", "w6k", base64.b64encode(b"\xff:x").decode()])
def test_basic_credentials_that_cannot_be_read_are_refused(db: None, credentials: str) -> None:
    assert ask(f"Basic {credentials}")[0] == 401


def test_a_key_that_is_off_and_a_key_of_someone_who_left_are_wrong(olga: Caller) -> None:
    authorization = f"Bearer {olga.key.key_id}:{olga.key.secret}"
    AccessKey.objects.update(enabled=False)
    off = ask(authorization)
    AccessKey.objects.update(enabled=True)
    owner = olga.key.owner
    owner.is_active = False
    owner.save()
    assert off == ask(authorization) == ask("Bearer nobody:x")


def test_a_key_whose_secret_cannot_be_unsealed_lets_nobody_in(olga: Caller) -> None:
    with_broken_seal = AccessKey.objects.filter(pk=olga.key.pk)
    with_broken_seal.update(secret="")
    assert ask("Bearer olgas-key:")[0] == 401


@pytest.mark.parametrize("authorization", [None, "Digest x", "Bearerolgas-key"])
def test_without_a_key_or_a_session_nobody_comes_in(db: None, authorization: str | None) -> None:
    status, body = ask(authorization)
    assert (status, body["code"]) == (401, "unauthenticated")


def test_the_challenge_opens_no_password_box_in_a_browser(db: None) -> None:
    assert Client().get(f"{ROOT}me/").headers["WWW-Authenticate"].startswith("Bearer")


def test_the_session_of_a_browser_works_and_needs_the_csrf_token_to_write(project: Project) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(project.owner, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(f"{ROOT}me/").json()["key"] is None
    body = {"name": "new"}
    refused = browser.post(f"{ROOT}projects/", body, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "denied")
    browser.cookies["csrftoken"] = "a" * 32
    accepted = browser.post(f"{ROOT}projects/", body, "application/json", headers={"X-CSRFToken": "a" * 32})
    assert accepted.status_code == 201


def test_the_use_of_a_key_is_noted(olga: Caller) -> None:
    olga.get("me/")
    olga.key.refresh_from_db()
    assert olga.key.last_used_at is not None
