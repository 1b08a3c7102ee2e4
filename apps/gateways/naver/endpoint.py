"""From a call below /api/v1/ to its answer: read, authenticate, run, render."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NoReturn, TypeAlias

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from apps.gateways.dialect import BodyTooLarge, Call, answer, in_english, read_call
from apps.gateways.models import AccessKey
from apps.gateways.naver import errors
from apps.gateways.naver.auth import authenticate
from apps.gateways.naver.errors import NaverError
from apps.jobs.dataflow.reading import Part, Wrong
from apps.lib.disk import full_disk
from apps.lib.errors import DomainError
from apps.projects.models import Project, User

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """An authenticated call, as an operation sees it."""

    call: Call
    key: AccessKey
    now: datetime

    @property
    def user(self) -> User:
        owner: User = self.key.owner
        return owner

    @property
    def project(self) -> Project:
        if self.key.project is None:
            raise errors.no_project()
        return self.key.project

    @cached_property
    def query(self) -> Mapping[str, str]:
        return QueryDict(self.call.query.encode("utf-8", "surrogateescape")).dict()

    @cached_property
    def body(self) -> Part:
        """The body as a JSON object, whatever its label: the reference's own example calls it a form."""
        try:
            found = json.loads(self.call.body.decode("utf-8-sig"), parse_constant=_not_json)
            json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise errors.bad_parameter("", f"the body is not JSON: {error}") from None
        return Part(found, "").object()

    @property
    def body_or_nothing(self) -> Part:
        return self.body if self.call.body.strip() else Part({}, "")


Operation: TypeAlias = Callable[..., Any]


def endpoint(status: Mapping[str, int] | None = None, **operations: Operation) -> Callable[..., HttpResponse]:
    """A view that answers each method by its operation; `status` names those that answer not 200."""

    @csrf_exempt
    @in_english
    def view(request: HttpRequest, **ids: str) -> HttpResponse:
        try:
            call = read_call(request)
            if call.method not in operations:
                raise errors.wrong_method(call.method)
            # What a proxy or a mount took from the path.
            asked = Asked(
                call, authenticate(call, request.META.get("SCRIPT_NAME", ""), timezone.now()), timezone.now()
            )
            return _reply(operations[call.method](asked, **ids), (status or {}).get(call.method, 200))
        except Exception as error:
            return refuse(error)

    return view


def refuse(error: Exception) -> HttpResponse:
    """The rim of the dialect: whatever went wrong is told in the caller's form."""
    if isinstance(error, BodyTooLarge):
        error = errors.too_large(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if isinstance(error, Wrong):
        error = errors.bad_parameter(error.path, error.message)
    error = full_disk(error) or error
    if isinstance(error, DomainError):
        error = errors.refuse(error)
    if not isinstance(error, NaverError):
        logger.exception("a Data Flow call broke", exc_info=error)
        error = errors.unexpected()
    return _reply(error.body(), error.status)


@csrf_exempt
def unknown_address(request: HttpRequest, path: str = "") -> HttpResponse:
    return refuse(errors.unknown_address())


def _reply(body: Any, status: int) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return answer(text.encode("utf-8", "replace"), "application/json;charset=utf-8", status)


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
