"""One call from the request to the envelope `{"code", "data", "message"}`."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.gateways import dialect
from apps.gateways.nebula import auth, wire
from apps.gateways.nebula.errors import BAD_REQUEST, INTERNAL, NOT_FOUND, NebulaError, refuse
from apps.lib.disk import full_disk
from apps.lib.errors import DomainError

logger = logging.getLogger(__name__)

PREFIX = "/api-open/"

Operation = Callable[..., Any]
View = Callable[..., HttpResponse]


def door(**operations: Operation) -> View:
    """The view of one address: an operation for each method. See auth.py for why CSRF is settled there."""

    def perform(request: HttpRequest, **path: str) -> HttpResponse:
        operation = operations.get(request.method or "")
        if operation is None:
            raise NebulaError(BAD_REQUEST, f"this address takes {', '.join(operations)}")
        caller = auth.caller_of(request)
        return _envelope(operation(caller, dialect.read_call(request), **path))

    return _answering(perform)


def _connect(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        raise NebulaError(BAD_REQUEST, "this address takes POST")
    # Who calls is settled first: strangers learn nothing, not even that their body was wrong.
    caller = auth.sign_in(request, "")
    address = wire.read_address(wire.read_body(dialect.read_call(request).body))
    response = _envelope({"success": True})
    auth.give_token(response, auth.Caller(caller.user, caller.key, address))
    return response


def _unknown(request: HttpRequest) -> HttpResponse:
    raise NebulaError(NOT_FOUND, "there is no such address in this API")


def _answering(perform: View) -> View:
    @csrf_exempt
    @transaction.non_atomic_requests
    @dialect.in_english
    def view(request: HttpRequest, **path: str) -> HttpResponse:
        try:
            return perform(request, **path)
        except NebulaError as error:
            return _refusal(error)
        except DomainError as error:
            return _refusal(refuse(error))
        except dialect.BodyTooLarge:
            return _refusal(NebulaError(BAD_REQUEST, "the body is too large"))
        except Exception as error:
            if full := full_disk(error):
                return _refusal(NebulaError(INTERNAL, full.message))
            # The rim of a dialect: whatever broke is told in the caller's form, and kept in our log.
            logger.exception("%s %s broke", request.method, request.path)
            return refusal_of_fault()

    return view


def refusal_of_request() -> HttpResponse:
    """For what was refused before any view (a wrong host)."""
    return _refusal(NebulaError(BAD_REQUEST, "the request is malformed, or its host is not this one"))


def refusal_of_fault() -> HttpResponse:
    return _refusal(NebulaError(INTERNAL, "something broke here; it is in the server's log"))


def _refusal(error: NebulaError) -> HttpResponse:
    return _answer({"code": error.code, "message": error.message}, error.status)


def _envelope(data: Any) -> HttpResponse:
    return _answer({"code": 0, "data": data, "message": "Success"})


def _answer(body: dict[str, Any], status: int = 200) -> HttpResponse:
    response = dialect.answer(json.dumps(body, ensure_ascii=False).encode(), "application/json", status)
    response["Traceparent"] = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
    return response


connect = _answering(_connect)
unknown = _answering(_unknown)
