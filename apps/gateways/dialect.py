"""What all dialects start from: the request as its caller sent it.

Signatures are made over bytes, so nothing here is decoded, merged or normalised. The body
is read once and never beyond the limit, also when its length was not announced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

FORM = "application/x-www-form-urlencoded"


class BodyTooLarge(Exception):
    """The body is larger than this installation accepts."""


@dataclass(frozen=True, slots=True)
class Call:
    """`path` and `query` are as on the request line; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def form(self) -> str:
        """The body of an HTML form as text, else nothing."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return self.body.decode("utf-8", "surrogateescape") if kind == FORM else ""


def read_head(request: HttpRequest) -> Call:
    """The call without its body: all that can be said when the body cannot be read."""
    path, query = _raw_target(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Call(request.method or "GET", path, query, headers, b"")


def read_call(request: HttpRequest) -> Call:
    """The whole call. Raises BodyTooLarge."""
    head = read_head(request)
    body = _read_body(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return Call(head.method, head.path, head.query, head.headers, body)


def in_english(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Programs of the vendors are answered as there, whatever language this installation speaks."""

    @wraps(view)
    def answering(request: HttpRequest, **path: Any) -> HttpResponse:
        with translation.override("en"):
            return view(request, **path)

    return answering


def answer(content: bytes, content_type: str, status: int = 200) -> HttpResponse:
    """A whole answer; its length is known, so the server sends it in one piece."""
    response = HttpResponse(content, content_type=content_type, status=status)
    response["Content-Length"] = str(len(content))
    response["Cache-Control"] = "no-store"
    return response


def _raw_target(request: HttpRequest) -> tuple[str, str]:
    scope = getattr(request, "scope", None)
    if scope is None:
        return request.path, request.META.get("QUERY_STRING", "")
    raw_path = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string") or b""
    return raw_path.decode("latin-1"), query.decode("utf-8", "surrogateescape")


def _read_body(request: HttpRequest, limit: int | None) -> bytes:
    body: bytes
    if limit is None:
        body = request.read()
        return body
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise BodyTooLarge
    # A chunked body announces no length: one byte more than allowed tells.
    body = request.read(limit + 1)
    if len(body) > limit:
        raise BodyTooLarge
    return body
