"""What is pasted on a drawing and is no graph of ours: the dialects read it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from apps.gateways.dataworks.flowspec import SpecError
from apps.gateways.dataworks.storing.pasting import paste_document
from apps.lib.errors import DomainError
from apps.projects.access import require
from apps.projects.queries import project_for

MAX_BYTES = 4 << 20


@login_required
@require_POST
def paste(request: HttpRequest, project: int) -> JsonResponse:
    """FlowSpec as EMR Graph JSON; the jobs of its nodes are made."""
    assert request.user.is_authenticated
    found = project_for(request.user, project)
    require(request.user, "edit", found)
    if len(request.body) > MAX_BYTES:
        return JsonResponse({"message": f"At most {MAX_BYTES} bytes are read."}, status=413)
    try:
        return JsonResponse(paste_document(found, request.body.decode(), by=request.user))
    except UnicodeDecodeError:
        return JsonResponse({"message": "The text must be UTF-8."}, status=422)
    except (SpecError, DomainError) as error:
        return JsonResponse({"message": str(error)}, status=422)
