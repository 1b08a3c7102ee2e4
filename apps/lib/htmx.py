"""Full page or fragment from the same template and the same context."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def page_or_fragment(
    request: HttpRequest,
    page: str,
    fragment: str,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """Render `fragment` for an htmx swap, else `page` (which includes the fragment).

    A history restore asks for the page: htmx sends HX-Request then too.
    """
    htmx = request.htmx  # type: ignore[attr-defined]
    template = fragment if htmx and not htmx.history_restore_request else page
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ("HX-Request", "HX-History-Restore-Request"))
    return response
