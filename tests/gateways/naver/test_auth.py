"""Who is let in: signature v2 over the request target as it was sent."""

from __future__ import annotations

import asyncio
import json

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import Client

from apps.gateways.dialect import Call, read_call
from apps.gateways.models import AccessKey
from apps.gateways.naver.auth import signature, targets
from tests.gateways.naver.callers import NaverCaller

#: Published by others, or made with plain HMAC: method, target, signature.
VECTORS = [
    (
        "POST",
        "/vserver/v2/createServerInstances?regionCode=KR",
        "xBcE26XFU55BMjppdPT7ZY3oDrqoOedfPyAn3Cq4lUw=",
    ),
    ("POST", "/api/v1/jobs", "CPo23iEnBgxIzXuNnm4hJWHTQF+PwD7mtR2UsLiJ06k="),
    ("GET", "/api/v1/jobs?page=0&limit=10", "jRxFOu1EN8hF1cE1d3aALoVQZtqTO/KhsAf1Y+yPzC0="),
    ("DELETE", "/api/v1/jobs/5Yns7JgRt25f", "/N7ZAKU4rE1xm/Sgx1MMPbGZOSMM4imvj1kX9qxBYCo="),
    ("POST", "/api/v1/jobs?", "IgdfepI08lNVplCYcWywtlDRvjPWQcnkKhpYDzDwDoo="),
]


@pytest.mark.parametrize(("method", "target", "expected"), VECTORS)
def test_signatures_are_those_of_the_vendor(method: str, target: str, expected: str) -> None:
    assert signature("SK_TEST", method, target, "1700000000000", "AK_TEST") == expected


def refused(response, status: int = 401) -> str:
    assert response.status_code == status, response.content
    body = json.loads(response.content)
    assert set(body["error"]) == {"errorCode", "message", "details"}
    assert isinstance(body["error"]["errorCode"], str)
    assert body["detail"] == body["error"]["details"]
    assert body["errorType"] == body["error"]["errorCode"]
    return body["error"]["details"]


def test_a_signed_call_is_let_in(naver: NaverCaller) -> None:
    assert naver.call("GET", "/jobs?page=0&limit=10").status_code == 200


@pytest.mark.parametrize("shift", [-299, 299])
def test_five_minutes_are_allowed_both_ways(naver: NaverCaller, shift: int) -> None:
    headers = naver.headers("GET", "/api/v1/jobs", shift)
    assert naver.call("GET", "/jobs", **headers).status_code == 200


@pytest.mark.parametrize("shift", [-301, 301])
def test_more_than_five_minutes_are_not(naver: NaverCaller, shift: int) -> None:
    headers = naver.headers("GET", "/api/v1/jobs", shift)
    assert refused(naver.call("GET", "/jobs", **headers)) == "Invalid authentication information."


def test_no_headers_are_said_to_be_missing(db) -> None:
    assert refused(Client().get("/api/v1/jobs")) == "Authentication information are missing."


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ncp-apigw-signature-v2": "A" * 43 + "="},
        {"x-ncp-iam-access-key": "AK_OTHER"},
        {"x-ncp-iam-access-key": "\x01"},
        {"x-ncp-apigw-timestamp": "yesterday"},
        {"x-ncp-apigw-timestamp": "9" * 15},
    ],
)
def test_wrong_headers_get_one_answer(naver: NaverCaller, headers: dict[str, str]) -> None:
    assert refused(naver.call("GET", "/jobs", **headers)) == "Invalid authentication information."


def test_the_query_is_signed(naver: NaverCaller) -> None:
    refused(naver.call("GET", "/jobs?limit=11", **naver.headers("GET", "/api/v1/jobs?limit=10")))


def test_the_method_is_signed(naver: NaverCaller) -> None:
    refused(naver.call("DELETE", "/jobs/x", **naver.headers("GET", "/api/v1/jobs/x")))


def test_a_question_mark_with_nothing_after_it_may_be_signed(naver: NaverCaller) -> None:
    assert naver.call("GET", "/jobs", **naver.headers("GET", "/api/v1/jobs?")).status_code == 200


def test_a_key_that_is_off_and_one_whose_owner_left_are_refused(naver: NaverCaller, key: AccessKey) -> None:
    AccessKey.objects.filter(pk=key.pk).update(enabled=False)
    refused(naver.call("GET", "/jobs"))
    AccessKey.objects.filter(pk=key.pk).update(enabled=True)
    key.owner.is_active = False
    key.owner.save()
    refused(naver.call("GET", "/jobs"))


def test_a_key_without_a_project_is_told_so(naver: NaverCaller, key: AccessKey) -> None:
    AccessKey.objects.filter(pk=key.pk).update(project=None)
    assert "no default project" in refused(naver.call("GET", "/jobs"), 403)


def test_a_session_does_not_count(owner) -> None:
    client = Client()
    client.force_login(owner)
    refused(client.get("/api/v1/jobs"))


def test_what_is_signed_is_the_target_as_it_stood_on_the_request_line() -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/jobs/a b",
        "raw_path": b"/api/v1/jobs/a%20b",
        "query_string": b"name=%ED%95%9C&b=2&a=1",
        "headers": [],
    }
    asyncio.set_event_loop(None)
    call = read_call(ASGIRequest(scope, _Nothing()))
    assert list(targets(call, "")) == ["/api/v1/jobs/a%20b?name=%ED%95%9C&b=2&a=1"]


class _Nothing:
    def read(self, size: int = -1) -> bytes:
        return b""


def test_behind_a_prefix_both_spellings_are_tried() -> None:
    assert list(targets(Call("GET", "/flows/api/v1/jobs", "a=1", {}, b""), "/flows")) == [
        "/api/v1/jobs?a=1",
        "/flows/api/v1/jobs?a=1",
    ]
