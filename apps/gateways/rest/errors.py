"""What went wrong, as our API says it: `{"code", "message", "field"}` with a fitting status.

`code` is for programs, `message` for people, `field` the wrong input where there is one
(`schedule.cron`, `ops.3`). Input that breaks several rules lists them all in `errors`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler

from apps.drawings.actions import Stale
from apps.lib.disk import full_disk
from apps.lib.errors import Busy, Conflict, Denied, DomainError, Invalid, NotFound, Unsupported

logger = logging.getLogger(__name__)

STATUS: dict[type[DomainError], int] = {
    Stale: 412,
    Conflict: 409,
    Invalid: 400,
    NotFound: 404,
    Denied: 403,
    Unsupported: 422,
    Busy: 503,
}
#: The framework's own refusals -> our codes.
CODES = {
    400: "invalid",
    401: "unauthenticated",
    403: "denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    429: "busy",
}


class PreconditionRequired(exceptions.APIException):
    """A change that must say what it is based on does not."""

    status_code = 428
    default_code = "precondition_required"


class TooLarge(exceptions.APIException):
    """The body is larger than this installation accepts."""

    status_code = 413


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    error = full_disk(error) or error
    if isinstance(error, DomainError):
        return _domain_error(error)
    if isinstance(error, exceptions.ValidationError):
        found = list(_flat(error.detail))
        field, message = found[0] if found else ("", str(error))
        body = _body("invalid", message, field)
        return Response(body | {"errors": [{"field": f, "message": m} for f, m in found]}, status=400)
    if isinstance(error, exceptions.APIException | Http404 | DjangoPermissionDenied):
        response = framework_handler(error, context)
        code = CODES.get(response.status_code, getattr(error, "default_code", "error"))
        response.data = _body(code, str(response.data.get("detail", error)))
        return response
    # The rim of a dialect: whatever broke is told in the caller's form, and kept in our log.
    logger.exception("%s broke", context.get("view").__class__.__name__, exc_info=error)
    return Response(_body("internal", _("Something broke here. It is in the server's log.")), status=500)


def _domain_error(error: DomainError) -> Response:
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)
    body = _body(error.code, error.message, error.field)
    if isinstance(error, Stale):
        body |= {"version": error.version, "since": error.since}
    headers = {"Retry-After": "1"} if isinstance(error, Busy) else None
    return Response(body, status=status, headers=headers)


def _body(code: str, message: str, field: str = "") -> dict[str, Any]:
    return {"code": code, "message": message, "field": field}


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every message of the framework's nested ones, with the path of its field."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            below = path if key == "non_field_errors" else f"{path}.{key}".lstrip(".")
            yield from _flat(inner, below)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flat(inner, f"{path}.{place}".lstrip(".") if nested else path)
    else:
        yield path, str(detail)
