"""How a page answers a form: the same for a plain browser and for htmx."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment


def gone_to(request: HttpRequest, url: str, message: str = "") -> HttpResponse:
    """Done, and the reader belongs on another page now."""
    if message:
        messages.success(request, message)
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def done(request: HttpRequest, back: str, message: str = "", **events: Any) -> HttpResponse:
    """Done, and the reader stays: htmx gets the events that update the page, others the page anew."""
    if request.htmx:
        return with_events(HttpResponse(status=204), message=message, **events)
    if message:
        messages.success(request, message)
    return redirect(back)


def refused(request: HttpRequest, back: str, error: DomainError) -> HttpResponse:
    """Not done, and why."""
    if request.htmx:
        return with_events(HttpResponse(status=204), message=error.message, level="error")
    messages.error(request, error.message)
    return redirect(back)


def with_events(
    response: HttpResponse, *, message: str = "", level: str = "success", **events: Any
) -> HttpResponse:
    """Events for the page, in the header that htmx reads; names come as `dag_apply` for `dag:apply`."""
    sent = {name.replace("_", ":", 1): detail for name, detail in events.items()}
    if message:
        sent["toast"] = {"text": message, "level": level}
    if sent:
        response["HX-Trigger"] = json.dumps(sent)
    return response


def blame(form: forms.BaseForm, error: DomainError, field: str = "") -> None:
    """Show a refused action beside the field that it names."""
    field = field or error.field
    form.add_error(field if field in form.fields else None, error.message)


def form_or_page(request: HttpRequest, fragment: str, title: str, context: dict[str, Any]) -> HttpResponse:
    """A form for the dialog that asked for it, or on a page of its own."""
    invalid = getattr(context.get("form"), "errors", None)
    context = {**context, "fragment": fragment, "title": title}
    return page_or_fragment(request, "flows/form.html", fragment, context, 422 if invalid else 200)
