"""Clients that sign their calls, for tests: one for each of the two signatures."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

from apps.gateways import signing
from apps.gateways.models import AccessKey

FORM = "application/x-www-form-urlencoded"


def stamp(ago: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class RpcCaller:
    """Signs with RPC v1; business parameters go where the test says."""

    key_id: str
    secret: str
    version: str = "2016-04-08"

    @classmethod
    def of(cls, key: AccessKey, **changed: str) -> RpcCaller:
        return cls(key.key_id, key.secret, **changed)

    def parameters(self, action: str, given: Mapping[str, Any], method: str = "GET") -> dict[str, str]:
        everything = {
            "Action": action,
            "Version": self.version,
            "Format": "JSON",
            "AccessKeyId": self.key_id,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureType": "",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "Timestamp": stamp(),
        } | {name: str(value) for name, value in given.items() if value is not None}
        text = signing.rpc_string_to_sign(method, everything)
        return {"Signature": signing.rpc_signature(self.secret, text)} | everything

    def get(self, action: str, /, **given: Any) -> HttpResponse:
        return Client().get(f"/?{urlencode(self.parameters(action, given))}")

    def post(self, action: str, form: Mapping[str, Any] | None = None, /, **given: Any) -> HttpResponse:
        """`form` travels in the body, the rest in the query."""
        signed = self.parameters(action, {**given, **(form or {})}, "POST")
        body = {name: signed.pop(name) for name in form or {}}
        return Client().post(f"/?{urlencode(signed)}", urlencode(body), content_type=FORM)

    def ask(self, action: str, /, **given: Any) -> Any:
        """The reply to a call that must succeed."""
        response = self.get(action, **given)
        reply = json.loads(response.content)
        assert response.status_code == 200, reply
        return reply

    def refused(self, action: str, /, **given: Any) -> tuple[int, str, str]:
        """Status, code and message of a call that must fail."""
        response = self.get(action, **given)
        reply = json.loads(response.content)
        assert response.status_code >= 400, reply
        return response.status_code, reply["Code"], reply["Message"]


@dataclass(frozen=True)
class Acs3Caller:
    key_id: str
    secret: str
    version: str = "2016-04-08"

    @classmethod
    def of(cls, key: AccessKey) -> Acs3Caller:
        return cls(key.key_id, key.secret)

    def headers(self, action: str, query: str, body: bytes, **changed: str) -> dict[str, str]:
        headers = {
            "host": "testserver",
            "content-type": FORM,
            "x-acs-action": action,
            "x-acs-version": self.version,
            "x-acs-date": stamp(),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": signing.sha256_hex(body),
        } | {name.replace("_", "-"): value for name, value in changed.items()}
        names = sorted(headers)
        canonical = signing.acs3_canonical_request(
            "POST",
            "/",
            signing.decode_pairs(query),
            signing.acs3_header_block(headers, names),
            signing.sha256_hex(body),
        )
        signature = signing.acs3_signature(self.secret, signing.acs3_string_to_sign(canonical))
        credential = f"Credential={self.key_id},SignedHeaders={';'.join(names)},Signature={signature}"
        return headers | {"authorization": f"{signing.ACS3} {credential}"}

    def post(self, action: str, form: Mapping[str, Any] | None = None, /, **given: Any) -> HttpResponse:
        query, body = urlencode(given), urlencode(form or {}).encode()
        return self.send(query, body, self.headers(action, query, body))

    def send(self, query: str, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
        return Client().post(f"/?{query}", body, content_type=FORM, headers=dict(headers))
