from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.drawings.models import Document
from apps.flows.actions import refresh_uses
from apps.flows.checks import problems_with
from apps.flows.models import Flow
from apps.gateways.rest.errors import PreconditionRequired
from apps.gateways.rest.reach import document_for
from apps.gateways.rest.views.view import View, given
from apps.gateways.rest.wire.documents import DocumentWire, OpsWire, SavedWire, TextWire
from apps.jobs.pictures import edit_drawing, replace_drawing
from apps.lib.errors import Invalid

_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description='The version it is based on: `"17"`.'
)


class OneDocument(View):
    """A drawing. Its ETag is its version."""

    @extend_schema(responses=DocumentWire)
    def get(self, request: Request, document: int) -> Response:
        """The drawing as it was stored, with what is wrong with it. Answers 304 to If-None-Match."""
        found = document_for(request.user, document)
        headers = _etag(found)
        if headers["ETag"] in request.headers.get("If-None-Match", "").replace("W/", "").split(", "):
            return Response(status=304, headers=headers)
        body = {"id": found.ref, "version": found.version, "kind": found.kind, "text": found.text}
        return Response(body | {"problems": _problems(found)}, headers=headers)

    @extend_schema(request=OpsWire, parameters=[IF_MATCH], responses=SavedWire)
    def patch(self, request: Request, document: int) -> Response:
        """Apply operations to the version that If-Match names, all or none.

        412 tells the current version and the steps to it; 400 names the operation that does not fit.
        """
        found = document_for(request.user, document, "edit")
        body = given(OpsWire, request)
        edit_drawing(found, base_version=_base_version(request), by=request.user, **body)
        if any(map(_may_change_jobs, body["ops"])):
            _refresh_uses(found)
        return _saved(found)

    @extend_schema(request=TextWire, parameters=[IF_MATCH], responses=SavedWire)
    def put(self, request: Request, document: int) -> Response:
        """Replace the whole text, as one step that open editors notice."""
        found = document_for(request.user, document, "edit")
        body = given(TextWire, request)
        replace_drawing(found, base_version=_base_version(request), by=request.user, **body)
        _refresh_uses(found)
        return _saved(found)


def _base_version(request: Request) -> int:
    text = request.headers.get("If-Match")
    if text is None:
        raise PreconditionRequired(_("Say with If-Match which version the change is based on."))
    match = _ETAG.fullmatch(text.strip())
    if match is None:
        raise Invalid(_('If-Match must be one version in quotes, like "17".'), field="If-Match")
    return int(match[1])


def _may_change_jobs(op: dict[str, Any]) -> bool:
    """Whether an operation that was applied can change which jobs a drawing names: a move cannot."""
    return op["op"] in ("add_node", "remove_node") or (
        op.get("of") == "node" and op["path"][0] == "attribute"
    )


def _refresh_uses(document: Document) -> None:
    flow = Flow.objects.filter(document=document).first()
    if flow is not None:
        flow.document = document
        refresh_uses(flow)


def _saved(document: Document) -> Response:
    body = {"version": document.version, "problems": _problems(document)}
    return Response(body, headers=_etag(document))


def _etag(document: Document) -> dict[str, str]:
    return {"ETag": f'"{document.version}"', "Cache-Control": "no-cache"}


def _problems(document: Document) -> list[dict[str, Any]]:
    return [asdict(problem) for problem in problems_with(document)]
