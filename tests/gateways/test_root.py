"""The door at `/`: who is an RPC, who is a person, and what is refused in which form."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.gateways import keys
from apps.gateways.models import AccessKey, Nonce
from apps.projects.models import User
from tests.gateways.callers import FORM, Acs3Caller, RpcCaller, stamp

pytestmark = pytest.mark.django_db


def test_a_person_is_sent_to_the_projects() -> None:
    response = Client().get("/")
    assert (response.status_code, response["Location"]) == (302, "/projects/")


def test_parameters_are_taken_from_query_and_form(caller: RpcCaller, owner: User) -> None:
    made = caller.post("CreateFlowProject", {"Description": "a b+ü"}, Name="Orders")
    assert made.status_code == 200, made.content
    project_id = json.loads(made.content)["Id"]
    assert caller.ask("DescribeFlowProject", ProjectId=project_id)["Description"] == "a b+ü"


def test_acs3_takes_its_action_from_a_header(acs3: Acs3Caller, owner: User) -> None:
    made = acs3.post("CreateFlowProject", {"Description": "d'd ~*"}, Name="p +/é", RegionId="cn-hangzhou")
    assert made.status_code == 200, made.content
    assert made["Content-Type"] == "application/json;charset=utf-8"
    reply = json.loads(acs3.post("ListFlowProject").content)
    assert [row["Name"] for row in reply["Projects"]["Project"]] == ["p +/é"]


def test_the_action_alone_in_a_form_makes_an_rpc(caller: RpcCaller) -> None:
    form = urlencode(caller.parameters("ListFlowProject", {}, "POST"))
    response = Client(enforce_csrf_checks=True).post("/", form, content_type=FORM)
    assert response.status_code == 200, response.content


def test_a_session_signs_nothing(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    response = client.get("/?Action=ListFlowProject&Version=2016-04-08&Format=JSON")
    assert response.status_code == 400
    assert json.loads(response.content)["Code"] == "MissingParameter"


def test_a_call_is_accepted_once(caller: RpcCaller) -> None:
    url = f"/?{urlencode(caller.parameters('ListFlowProject', {}))}"
    assert Client().get(url).status_code == 200
    again = Client().get(url)
    assert (again.status_code, json.loads(again.content)["Code"]) == (400, "SignatureNonceUsed")


def test_an_acs3_call_is_accepted_once(acs3: Acs3Caller) -> None:
    headers = acs3.headers("ListFlowProject", "", b"")
    assert acs3.send("", b"", headers).status_code == 200
    assert json.loads(acs3.send("", b"", headers).content)["Code"] == "SignatureNonceUsed"


def test_two_keys_may_use_the_same_nonce(caller: RpcCaller, stranger: RpcCaller) -> None:
    assert caller.get("ListFlowProject", SignatureNonce="same").status_code == 200
    assert stranger.get("ListFlowProject", SignatureNonce="same").status_code == 200


def test_a_wrong_signature_burns_no_nonce(caller: RpcCaller, key: AccessKey) -> None:
    thief = RpcCaller(key.key_id, "guessed")
    assert thief.refused("ListFlowProject", SignatureNonce="n")[1] == "SignatureDoesNotMatch"
    assert not Nonce.objects.exists()
    assert caller.get("ListFlowProject", SignatureNonce="n").status_code == 200


def test_a_wrong_signature_is_told_the_string_to_sign(key: AccessKey) -> None:
    status, code, message = RpcCaller(key.key_id, "guessed").refused("ListFlowProject")
    assert (status, code) == (400, "SignatureDoesNotMatch")
    start = "Specified signature is not matched with our calculation. server string to sign is:GET&%2F&"
    assert message.startswith(start)


def test_what_is_posted_without_an_action_is_told_so_and_not_redirected() -> None:
    response = Client(enforce_csrf_checks=True).post("/", "a=b", content_type=FORM)
    assert response.status_code == 400
    assert b"MissingParameter" in response.content


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_call_signed_too_early_or_too_late_is_refused(caller: RpcCaller, minutes: int) -> None:
    at = stamp(timedelta(minutes=minutes))
    assert caller.refused("ListFlowProject", Timestamp=at)[:2] == (400, "InvalidTimeStamp.Expired")


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_may_be_fourteen_minutes_off(caller: RpcCaller, minutes: int) -> None:
    assert caller.get("ListFlowProject", Timestamp=stamp(timedelta(minutes=minutes))).status_code == 200


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01T00:00:00Z", "1700000000"])
def test_a_time_that_is_none_is_refused(caller: RpcCaller, at: str) -> None:
    assert caller.refused("ListFlowProject", Timestamp=at)[1] == "InvalidTimeStamp.Format"


def test_an_unknown_key_is_refused() -> None:
    assert RpcCaller("nobody", "x").refused("ListFlowProject")[:2] == (404, "InvalidAccessKeyId.NotFound")


def test_a_key_that_is_off_or_whose_owner_is_off_is_refused(caller: RpcCaller, key: AccessKey) -> None:
    AccessKey.objects.update(enabled=False)
    assert caller.refused("ListFlowProject")[:2] == (403, "InvalidAccessKeyId.Inactive")
    AccessKey.objects.update(enabled=True)
    User.objects.update(is_active=False)
    assert caller.refused("ListFlowProject")[:2] == (403, "InvalidAccessKeyId.Inactive")


def test_a_temporary_token_is_refused_clearly(caller: RpcCaller) -> None:
    assert caller.refused("ListFlowProject", SecurityToken="sts")[1] == "InvalidSecurityToken.NotSupported"


def test_an_action_that_is_not_there_is_not_found(caller: RpcCaller) -> None:
    assert caller.refused("NoSuchAction")[:2] == (404, "InvalidAction.NotFound")


def test_another_version_is_not_known(key: AccessKey) -> None:
    assert RpcCaller.of(key, version="1999-01-01").refused("ListFlowProject")[:2] == (400, "InvalidVersion")


def test_other_methods_are_refused(caller: RpcCaller) -> None:
    query = urlencode(caller.parameters("ListFlowProject", {}, "PUT"))
    response = Client().put(f"/?{query}")
    assert (response.status_code, json.loads(response.content)["Code"]) == (403, "UnsupportedHTTPMethod")


def test_an_unsigned_header_makes_acs3_incomplete(acs3: Acs3Caller) -> None:
    headers = acs3.headers("ListFlowProject", "", b"")
    headers["authorization"] = headers["authorization"].replace("host;", "")
    assert json.loads(acs3.send("", b"", headers).content)["Code"] == "IncompleteSignature"


def test_a_body_that_was_exchanged_breaks_acs3(acs3: Acs3Caller) -> None:
    headers = acs3.headers("ListFlowProject", "", b"PageSize=1")
    response = acs3.send("", b"PageSize=2", headers)
    assert (response.status_code, json.loads(response.content)["Code"]) == (400, "SignatureDoesNotMatch")


def test_a_body_that_is_too_large_is_refused_in_the_callers_form(caller: RpcCaller, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = caller.post("CreateFlowProject", {"Description": "x" * 1001}, Name="p")
    assert (response.status_code, json.loads(response.content)["Code"]) == (413, "RequestEntityTooLarge")


def test_too_many_parameters_are_refused(caller: RpcCaller, settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
    many = {f"UserList.{n}": "u" for n in range(30)}
    response = caller.get("ListFlowProject", **many)
    assert response.status_code == 400
    assert b"InvalidParameter" in response.content


def test_a_host_that_is_not_served_is_refused_in_the_callers_form(caller: RpcCaller, settings) -> None:
    settings.ALLOWED_HOSTS = ["headrace.example"]
    response = Client().get(f"/?{urlencode(caller.parameters('ListFlowProject', {}))}")
    assert (response.status_code, json.loads(response.content)["Code"]) == (400, "InvalidRequest")


@pytest.mark.parametrize(("form", "is_xml"), [("XML", True), ("", True), ("json", False), ("None", False)])
def test_the_format_is_chosen_by_the_caller(caller: RpcCaller, form: str, is_xml: bool) -> None:
    response = caller.get("ListFlowProject", Format=form)
    assert response["Content-Type"] == (
        "text/xml;charset=utf-8" if is_xml else "application/json;charset=utf-8"
    )
    if is_xml:
        root = ElementTree.fromstring(response.content)
        assert (root.tag, root.find("RequestId") is not None) == ("ListFlowProjectResponse", True)


def test_an_error_has_the_same_envelope_in_both_forms(caller: RpcCaller) -> None:
    as_json = json.loads(caller.get("DescribeFlowProject").content)
    as_xml = ElementTree.fromstring(caller.get("DescribeFlowProject", Format="XML").content)
    assert set(as_json) == {each.tag for each in as_xml} == {"RequestId", "HostId", "Code", "Message"}
    assert (as_xml.tag, as_xml.findtext("Code")) == ("Error", "MissingParameter")
    assert '"ProjectId"' in as_json["Message"]


def test_an_answer_knows_its_length(caller: RpcCaller) -> None:
    response = caller.get("ListFlowProject")
    assert int(response["Content-Length"]) == len(response.content)


def test_the_last_use_of_a_key_is_noted_to_the_minute(caller: RpcCaller, key: AccessKey) -> None:
    caller.ask("ListFlowProject")
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    caller.ask("ListFlowProject")
    key.refresh_from_db()
    assert key.last_used_at == first


def test_a_key_that_calls_too_often_is_held_back_and_let_in_again(
    caller: RpcCaller, key: AccessKey, settings: Any
) -> None:
    settings.HEADRACE_CALLS_PER_SECOND = 1
    for _ in range(10):
        caller.ask("ListFlowProject")
    assert caller.refused("ListFlowProject")[:2] == (400, "Throttling.User")
    assert Nonce.objects.filter(key=key).count() == 10, "what was refused is not counted"
    Nonce.objects.update(at=timezone.now() - keys.RATE_WINDOW)
    caller.ask("ListFlowProject")


@pytest.mark.django_db(transaction=True)
def test_of_calls_at_once_with_one_nonce_one_is_let_in(key: AccessKey) -> None:
    def spend(_: int) -> bool:
        try:
            return keys.spend_nonce(key, "same", timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(spend, range(8))) == [False] * 7 + [True]


def test_only_nonces_that_no_window_lets_through_are_forgotten(key: AccessKey) -> None:
    now = timezone.now()
    for minutes in (1, 29, 32):
        assert keys.spend_nonce(key, f"n{minutes}", now - timedelta(minutes=minutes))
    assert keys.prune_nonces(now) == 1
    assert set(Nonce.objects.values_list("value", flat=True)) == {"n1", "n29"}
