"""The one door at `/`, through which people and machines come.

A call is an RPC when it carries an `Authorization: ACS3-HMAC-SHA256` header, or `Action`
in its query or form. It is authenticated by its signature alone, never by a session, so it
needs no CSRF token. Everything else is a person, who only ever GETs here: what is POSTed
is answered as an RPC in any case.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import bad_request as django_bad_request
from django.views.defaults import server_error as django_server_error

from apps.gateways.dataworks import service as dataworks
from apps.gateways.dialect import BodyTooLarge, Call, in_english, read_call, read_head
from apps.gateways.emr import service as emr
from apps.gateways.nebula import service as nebula
from apps.gateways.rpc import errors
from apps.gateways.rpc.frame import Envelope, Service, open_envelope, refuse, respond

SERVICES: dict[str, Service] = {service.version: service for service in (emr.SERVICE, dataworks.SERVICE)}


@csrf_exempt
@in_english
def root(request: HttpRequest) -> HttpResponse:
    """Answer an RPC, or send a person to the projects."""
    try:
        call = read_call(request)
    except BodyTooLarge:
        return refuse(_head(request), errors.too_large(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
    try:
        envelope = open_envelope(call)
    except ValueError:
        return refuse(_head(request), errors.too_many_parameters())
    if _is_rpc(envelope) or call.method not in ("GET", "HEAD"):
        return respond(envelope, SERVICES)
    return redirect("projects:list")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handler for 400, which also hears of what was refused before any view (a wrong host)."""
    envelope = _head(request)
    if request.path == "/" and _is_rpc(envelope):
        return refuse(envelope, errors.malformed_request())
    if request.path.startswith(nebula.PREFIX):
        return nebula.refusal_of_request()
    return django_bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Handler for 500: what broke outside the view is told in the caller's form too."""
    envelope = _head(request)
    if request.path == "/" and _is_rpc(envelope):
        return refuse(envelope, errors.internal_error())
    if request.path.startswith(nebula.PREFIX):
        return nebula.refusal_of_fault()
    return django_server_error(request)


def _is_rpc(envelope: Envelope) -> bool:
    return envelope.is_acs3 or "Action" in envelope.parameters


def _head(request: HttpRequest) -> Envelope:
    """The envelope as far as it can be read without the body."""
    call = read_head(request)
    try:
        return open_envelope(call)
    except ValueError:
        return Envelope(Call(call.method, call.path, "", call.headers, b""), {})
