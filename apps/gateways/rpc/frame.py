"""From a call to `/` to its answer: read, authenticate, look the operation up, run, render.

Two ways of signing lead here. RPC v1 has everything among the parameters. ACS3 has the
action and the signature in headers and only business parameters elsewhere; callers of
RPC v1 send some of the same headers, so only `Authorization` tells the two apart.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeAlias

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from apps.gateways import keys, signing
from apps.gateways.dialect import Call, answer
from apps.gateways.models import AccessKey
from apps.gateways.rpc import errors
from apps.gateways.rpc.errors import RpcError
from apps.gateways.rpc.parameters import Parameters
from apps.gateways.rpc.rendering import render
from apps.lib.disk import full_disk
from apps.lib.errors import DomainError
from apps.projects.models import User

logger = logging.getLogger(__name__)

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LONGEST_NONCE = 128
_SIGNATURE_PARAMETERS = ("AccessKeyId", "Signature", "SignatureNonce", "Timestamp")


@dataclass(frozen=True)
class Asked:
    """An authenticated call, as an operation sees it."""

    key: AccessKey
    p: Parameters
    now: datetime

    @property
    def user(self) -> User:
        owner: User = self.key.owner
        return owner


Operation: TypeAlias = Callable[[Asked], dict[str, Any]]


@dataclass(frozen=True)
class Service:
    """One product: its version, its operations, and its words for the domain's errors."""

    name: str
    version: str
    operations: Mapping[str, Operation]
    refuse: Callable[[DomainError], RpcError]


@dataclass(frozen=True)
class Envelope:
    """The parts of a call that are not its business parameters."""

    call: Call
    parameters: Mapping[str, str]

    @property
    def is_acs3(self) -> bool:
        return self.call.headers.get("authorization", "").startswith(signing.ACS3)

    @property
    def action(self) -> str:
        return self._say("Action", "x-acs-action")

    @property
    def version(self) -> str:
        return self._say("Version", "x-acs-version")

    def _say(self, parameter: str, header: str) -> str:
        return self.call.headers.get(header, "") if self.is_acs3 else self.parameters.get(parameter, "")

    @cached_property
    def form(self) -> str:
        """XML for those who ask for it, and for RPC v1 callers who ask for nothing."""
        if self.is_acs3:
            return "JSON"
        asked = self.parameters.get("Format", "").strip().upper()
        # One client sends the word "None" when its user chose no format: it takes anything.
        return "XML" if asked in ("", "XML") else "JSON"


def open_envelope(call: Call) -> Envelope:
    """Raises ValueError when the call has too many parameters."""
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    query = signing.decode_pairs(call.query, limit=limit)
    # A name that is in both places counts as the body has it: that is what its caller signed.
    return Envelope(call, dict(query) | dict(signing.decode_pairs(call.form, limit=limit)))


def respond(envelope: Envelope, services: Mapping[str, Service]) -> HttpResponse:
    """The answer to the call, whatever happens on the way."""
    request_id = str(uuid.uuid4()).upper()
    try:
        service = _service(envelope, services)
        reply = _run(envelope, service)
    except RpcError as error:
        return refuse(envelope, error, request_id)
    except Exception:
        logger.exception("%s %s failed, request %s", envelope.version, envelope.action, request_id)
        return refuse(envelope, errors.internal_error(), request_id)
    reply = {"RequestId": request_id} | reply
    body, content_type = render(f"{envelope.action}Response", reply, envelope.form)
    return answer(body, content_type)


def refuse(envelope: Envelope, error: RpcError, request_id: str = "") -> HttpResponse:
    reply = {
        "RequestId": request_id or str(uuid.uuid4()).upper(),
        "HostId": envelope.call.headers.get("host", ""),
        "Code": error.code,
        "Message": error.message,
    }
    body, content_type = render("Error", reply, envelope.form)
    return answer(body, content_type, error.status)


def _service(envelope: Envelope, services: Mapping[str, Service]) -> Service:
    if envelope.call.method not in ("GET", "POST"):
        raise errors.unsupported_method(envelope.call.method)
    if not envelope.action:
        raise errors.missing_parameter("Action")
    if not envelope.version:
        raise errors.missing_parameter("Version")
    if envelope.version not in services:
        raise errors.unknown_version(envelope.version)
    return services[envelope.version]


def _run(envelope: Envelope, service: Service) -> dict[str, Any]:
    now = timezone.now()
    try:
        key = authenticate(envelope, now)
        operation = service.operations.get(envelope.action)
        if operation is None:
            raise errors.unknown_action()
        return operation(Asked(key, Parameters(envelope.parameters), now))
    except Exception as error:
        told = full_disk(error) or error
        if isinstance(told, DomainError):
            raise service.refuse(told) from error
        raise


def authenticate(envelope: Envelope, now: datetime) -> AccessKey:
    """The key that signed the call: right signature, in time, never seen before."""
    key, timestamp, nonce = _check_acs3(envelope) if envelope.is_acs3 else _check_rpc(envelope)
    name = "x-acs-date" if envelope.is_acs3 else "Timestamp"
    if not keys.is_fresh(_read_timestamp(timestamp, name), now):
        raise errors.expired_timestamp(name)
    if not keys.is_within_rate(key, now):
        raise errors.throttled()
    if not keys.spend_nonce(key, nonce, now):
        raise errors.used_nonce()
    keys.note_use(key, now)
    return key


def _check_rpc(envelope: Envelope) -> tuple[AccessKey, str, str]:
    given = envelope.parameters
    for name in _SIGNATURE_PARAMETERS:
        if not given.get(name):
            raise errors.missing_parameter(name)
    if given.get("SecurityToken"):
        raise errors.unsupported_token()
    if given.get("SignatureMethod", "HMAC-SHA1").upper() != "HMAC-SHA1":
        raise errors.unsupported_parameter("SignatureMethod", "only HMAC-SHA1 is.")
    if given.get("SignatureVersion", "1.0") != "1.0":
        raise errors.unsupported_parameter("SignatureVersion", "only 1.0 is.")
    key = _usable_key(given["AccessKeyId"])
    string_to_sign = signing.rpc_string_to_sign(envelope.call.method, given)
    if not signing.same(signing.rpc_signature(key.secret, string_to_sign), given["Signature"]):
        raise errors.wrong_signature(string_to_sign)
    return key, given["Timestamp"], _checked_nonce(given["SignatureNonce"])


def _check_acs3(envelope: Envelope) -> tuple[AccessKey, str, str]:
    call, headers = envelope.call, envelope.call.headers
    authorization = signing.parse_acs3_authorization(headers.get("authorization", ""))
    if authorization is None:
        raise errors.incomplete_signature("Authorization is malformed.")
    for name in signing.ACS3_NEEDED:
        if not headers.get(name):
            raise errors.incomplete_signature(f"header {name} is missing.")
        if name not in authorization.signed_headers:
            raise errors.incomplete_signature(f"header {name} is not signed.")
    if headers.get("x-acs-security-token"):
        raise errors.unsupported_token()
    key = _usable_key(authorization.key_id)
    body_hash = signing.sha256_hex(call.body)
    header_block = signing.acs3_header_block(headers, authorization.signed_headers)
    query = signing.decode_pairs(call.query)
    canonical = signing.acs3_canonical_request(call.method, call.path, query, header_block, body_hash)
    string_to_sign = signing.acs3_string_to_sign(canonical)
    if not signing.same(signing.acs3_signature(key.secret, string_to_sign), authorization.signature):
        raise errors.wrong_signature(string_to_sign)
    if not signing.same(headers["x-acs-content-sha256"].lower(), body_hash):
        raise errors.incomplete_signature("x-acs-content-sha256 is not the hash of the body.")
    return key, headers["x-acs-date"], _checked_nonce(headers["x-acs-signature-nonce"])


def _usable_key(key_id: str) -> AccessKey:
    key = keys.find_key(key_id) if key_id.isprintable() else None
    if key is None:
        raise errors.unknown_key()
    # A secret that no seal key opens reads as empty: nobody may sign with that.
    if not key.secret or not keys.is_usable(key):
        raise errors.disabled_key()
    return key


def _checked_nonce(nonce: str) -> str:
    if len(nonce) > LONGEST_NONCE or not nonce.isprintable():
        raise errors.incomplete_signature("the nonce must be at most 128 printable characters.")
    return nonce


def _read_timestamp(text: str, name: str) -> datetime:
    if not _TIMESTAMP.fullmatch(text):
        raise errors.malformed_timestamp(name)
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise errors.malformed_timestamp(name) from None
