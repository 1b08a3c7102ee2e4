from __future__ import annotations

import base64
import json
import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing

from apps.flows.runs import submit_flow
from apps.gateways.models import AccessKey
from apps.gateways.nebula.auth import caller_of
from tests.gateways.nebula.callers import BASE, Explorer, bearer, connect
from tests.gateways.nebula.conftest import PASSWORD

UNAUTHORIZED, SESSION, FORBIDDEN, PARAM = 40104000, 40104001, 40304000, 40004001


def code_of(response) -> int:
    return json.loads(response.content)["code"]


@pytest.fixture
def key(project, owner) -> AccessKey:
    return AccessKey.objects.create(key_id="olgas-key", secret="s3cret:with,colons", owner=owner)


# --- connect


@pytest.mark.parametrize("as_list", [False, True])
def test_connect_takes_both_encodings_and_answers_the_cookie(project, as_list):
    response = connect(bearer("olga", PASSWORD, as_list=as_list))
    assert json.loads(response.content) == {"code": 0, "data": {"success": True}, "message": "Success"}
    cookie = response.cookies["explorer_token"]
    assert (cookie["path"], cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (
        "/",
        259200,
        True,
        "Strict",
    )
    assert Explorer(cookie.value).ask("GET", "/jobs")["items"] == []


def test_answers_carry_a_trace(project):
    trace = connect(bearer("olga", PASSWORD))["Traceparent"].split("-")
    assert [len(part) for part in trace] == [2, 32, 16, 2]


@pytest.mark.parametrize("as_list", [False, True])
def test_an_access_key_and_its_secret_sign_in_too(key, as_list):
    response = connect(bearer(key.key_id, key.secret, as_list=as_list))
    assert response.status_code == 200
    assert Explorer(response.cookies["explorer_token"].value).ask("GET", "/jobs")["total"] == 0
    key.refresh_from_db()
    assert key.last_used_at


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer !!!",
        "Bearer " + base64.b64encode(b"olga").decode(),
        "Bearer " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(f"olga:{PASSWORD}".encode()).decode(),
        bearer("olga", "wrong"),
        bearer("nobody", PASSWORD),
        bearer("olgas-key", "wrong"),
        bearer("olgas-key", ""),
    ],
)
def test_who_is_not_known_is_not_let_in(key, header):
    response = connect(header)
    assert (response.status_code, code_of(response)) == (401, UNAUTHORIZED)
    assert "explorer_token" not in response.cookies


@pytest.mark.parametrize(
    "body", [[], {}, {"address": "x"}, {"address": "", "port": 1}, {"address": "x", "port": 70000}]
)
def test_connect_needs_an_address_and_a_port(project, body):
    response = connect(bearer("olga", PASSWORD), body or b"[]")
    assert (response.status_code, code_of(response)) == (400, PARAM)


def test_the_limit_of_failed_logins_holds_here_and_is_told_in_this_form(project):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        connect(bearer("olga", "wrong"))
    assert AccessAttempt.objects.filter(username="olga").exists()
    response = connect(bearer("olga", PASSWORD))
    assert (response.status_code, code_of(response)) == (401, UNAUTHORIZED)


# --- the token


def test_no_password_is_in_the_token(project, key):
    for name, secret in (("olga", PASSWORD), (key.key_id, key.secret)):
        token = Explorer.of(name, secret).token
        held = base64.urlsafe_b64decode(token.split(":")[0] + "==")
        assert secret.encode() not in held + token.encode()
        assert set(json.loads(held)) == {"user", "key", "proof", "address"}


def test_without_a_token_or_with_a_wrong_one_nothing_is_answered(explorer):
    for token in ("", "eyJhbxxx", explorer.token[:-1], explorer.token[1:]):
        assert Explorer(token).refused("GET", "/jobs") == SESSION


def test_a_token_lasts_three_days(explorer, monkeypatch):
    lifetime, now = timedelta(days=3).total_seconds(), time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + lifetime - 5)
    assert explorer.ask("GET", "/jobs")["total"] == 0
    monkeypatch.setattr(signing.time, "time", lambda: now + lifetime + 5)
    assert explorer.refused("GET", "/jobs") == SESSION


def test_a_changed_password_ends_the_tokens_before_it(explorer, owner):
    owner.set_password("another-password-1")
    owner.save()
    assert explorer.refused("GET", "/jobs") == SESSION


def test_who_may_not_sign_in_any_more_has_no_token(explorer, owner):
    owner.is_active = False
    owner.save()
    assert explorer.refused("GET", "/jobs") == SESSION


@pytest.mark.parametrize("change", [{"enabled": False}, {"secret": "another"}])
def test_a_key_that_is_off_or_renewed_ends_its_tokens(key, change):
    explorer = Explorer.of(key.key_id, key.secret)
    for name, value in change.items():
        setattr(key, name, value)
    key.save()
    assert explorer.refused("GET", "/jobs") == SESSION


def test_the_token_is_taken_as_a_bearer_too(explorer):
    headers = {"Authorization": f"Bearer {explorer.token}"}
    assert Explorer("").send("GET", "/jobs", **headers).status_code == 200


def test_the_token_is_taken_as_a_header_of_its_name(explorer, rf):
    """Servers hand it over in the scope, where Django leaves out names with an underscore."""
    request = rf.get(f"{BASE}/jobs")
    request.scope = {"headers": [(b"explorer_token", explorer.token.encode())]}
    assert caller_of(request).user.username == "olga"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver:8080"])
def test_another_site_cannot_make_a_browser_act(explorer, plain, origin):
    path = f"/workflows/{plain.pk}/jobs"
    assert explorer.refused("POST", path, {}, Origin=origin) == FORBIDDEN
    run = submit_flow(plain, by=plain.created_by)
    assert explorer.refused("PUT", f"/jobs/{run.pk}/cancel", Origin=origin) == FORBIDDEN


def test_our_own_pages_and_programs_may_act(explorer, plain):
    path = f"/workflows/{plain.pk}/jobs"
    assert explorer.send("POST", path, {}, Origin="http://testserver").status_code == 200
    headers = {"Authorization": f"Bearer {explorer.token}", "Origin": "https://dashboard.example"}
    assert Explorer("").send("POST", path, {}, **headers).status_code == 200
