"""What a page answers when the domain says no."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from django_htmx.http import trigger_client_event

from apps.lib.disk import full_disk
from apps.lib.errors import DomainError

STATUS = {"invalid": 422, "not_found": 404, "denied": 403, "conflict": 409, "unsupported": 422, "busy": 503}
TEMPLATES = {404: "404.html", 403: "403.html"}


class DomainErrorMiddleware(MiddlewareMixin):
    """A DomainError that no view caught: a page with its words, a toast for an htmx call.

    A form that can show the error beside its field catches it itself.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        exception = full_disk(exception) or exception
        if not isinstance(exception, DomainError):
            return None
        status = STATUS.get(exception.code, 400)
        if getattr(request, "htmx", False):
            toast = {"level": "error", "text": exception.message}
            return trigger_client_event(HttpResponse(status=status), "toast", toast)
        context = {"message": exception.message, "status": status, "back": _back(request)}
        return render(request, TEMPLATES.get(status, "error.html"), context, status=status)


def _back(request: HttpRequest) -> str:
    """The page the reader came from when it is ours, else the root."""
    referer = request.headers.get("Referer", "")
    here = f"{request.scheme}://{request.get_host()}/"
    return referer if referer.startswith(here) else "/"
