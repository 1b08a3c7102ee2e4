"""Bringing over an EMR account: a form, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from apps.gateways.forms import ImportForm
from apps.gateways.imports import has_fallen_silent, imports_of, start_import
from apps.gateways.models import Operation
from apps.lib.errors import NotFound
from apps.lib.htmx import page_or_fragment
from apps.projects.forms import submit

LISTED = 20
#: What needs a look first: what was refused, what differs, then the rest.
OUTCOMES = {
    "refused": _("refused"),
    "differs": _("differs"),
    "changed": _("changed"),
    "made": _("made"),
    "same": _("same"),
}
KINDS = {
    "call": _("call"),
    "cluster": _("cluster"),
    "contact": _("contact"),
    "DingTalk group": _("DingTalk group"),
    "flow": _("flow"),
    "folder": _("folder"),
    "job": _("job"),
    "member": _("member"),
    "parents": _("parents"),
    "project": _("project"),
    "user group": _("user group"),
    "variable": _("variable"),
}


@never_cache
@login_required
def imports(request: HttpRequest) -> HttpResponse:
    """Start one, and see those before. It makes projects and clusters: for administrators."""
    _require_administrator(request)
    form = ImportForm(request.POST or None, initial={"region": "cn-hangzhou", "dry_run": True})
    made: list[Operation] = []
    if request.method == "POST" and submit(
        form, lambda: made.append(start_import(request.user, **form.cleaned_data))
    ):
        return redirect("gateways:import", made[0].ref)
    context = {"form": form, "imports": imports_of(request.user)[:LISTED], "nav": "projects"}
    status = 422 if form.errors else 200
    return page_or_fragment(request, "gateways/imports.html", "gateways/_import_form.html", context, status)


@login_required
def one(request: HttpRequest, operation: int) -> HttpResponse:
    """How far it is, and its report."""
    _require_administrator(request)
    found = get_object_or_404(imports_of(request.user), uid=operation)
    context = {
        "operation": found,
        "silent": has_fallen_silent(found) if found.ended_at is None else False,
        "rows": _rows(found),
        "counts": _counts(found),
        "nav": "projects",
    }
    return page_or_fragment(request, "gateways/import.html", "gateways/_import.html", context)


def _rows(found: Operation) -> list[dict[str, Any]]:
    order = list(OUTCOMES)
    rows = sorted((found.result or {}).get("rows", []), key=lambda row: order.index(row["outcome"]))
    return [
        {**row, "kind": KINDS.get(row["kind"], row["kind"]), "outcome": OUTCOMES[row["outcome"]]}
        for row in rows
    ]


def _counts(found: Operation) -> list[tuple[Any, int]]:
    counts = (found.result or {}).get("counts", {})
    return [(said, counts[outcome]) for outcome, said in OUTCOMES.items() if outcome in counts]


def _require_administrator(request: HttpRequest) -> None:
    if not request.user.is_superuser:
        raise NotFound("There is no such page.")
