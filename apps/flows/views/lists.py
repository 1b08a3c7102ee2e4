"""The flows of a project, and what is done to a flow as a whole."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.flows.actions import clone_flow, create_flow, delete_flow, update_flow
from apps.flows.forms import NewFlowForm
from apps.flows.queries import flow_list, folders_below, with_last_runs
from apps.flows.views.answers import blame, form_or_page, gone_to, refused
from apps.flows.views.reach import flow_of, project_of
from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment
from apps.lib.ids import read
from apps.projects.access import can
from apps.projects.models import Folder, Project, Tree

FLOWS_A_PAGE = 100
#: How many flows the home page of a project shows: those that were changed last.
FLOWS_AT_HOME = 10


def flows(request: HttpRequest, project: int) -> HttpResponse:
    found = project_of(request, project)
    context = {
        "project": found,
        "may_edit": can(request.user, "edit", found),
        "may_run": can(request.user, "run", found),
        "nav": "flows",
        **_flow_table(found, request.GET),
    }
    return page_or_fragment(request, "flows/list.html", "flows/_flow_table.html", context)


def _flow_table(project: Project, query: QueryDict) -> dict[str, Any]:
    folders = list(Folder.objects.filter(project=project, tree=Tree.FLOW).order_by("name"))
    chosen = next((folder for folder in folders if folder.uid == read(query.get("folder", ""))), None)
    rows = flow_list(project)
    if chosen is not None and chosen.parent_id is not None:
        rows = rows.filter(folder_id__in=folders_below(folders, chosen))
    text = query.get("q", "").strip()
    if text:
        rows = rows.filter(name__icontains=text)
    if "brief" in query:
        rows = rows.order_by("-modified_at")[:FLOWS_AT_HOME]
    page = Paginator(rows, FLOWS_A_PAGE).get_page(query.get("page"))
    page.object_list = with_last_runs(page.object_list)
    kept = {"folder": chosen.ref if chosen else "", "q": text}
    return {
        "folders": _tree(folders),
        "chosen": chosen,
        "q": text,
        "page": page,
        "pager_query": "".join(urlencode({name: value}) + "&" for name, value in kept.items() if value),
    }


def _tree(folders: list[Folder]) -> list[dict[str, Any]]:
    """Folders as they are shown: each after its parent, with its depth; the root is left out."""
    below: dict[int | None, list[Folder]] = {}
    for folder in folders:
        below.setdefault(folder.parent_id, []).append(folder)
    shown: list[dict[str, Any]] = []
    todo = [(folder, 0) for root in below.get(None, []) for folder in reversed(below.get(root.pk, []))]
    while todo:
        folder, depth = todo.pop()
        shown.append({"folder": folder, "depth": depth})
        todo += [(child, depth + 1) for child in reversed(below.get(folder.pk, []))]
    return shown


@require_http_methods(["GET", "POST"])
def new_flow(request: HttpRequest, project: int) -> HttpResponse:
    found = project_of(request, project, "edit")
    folder = Folder.objects.filter(project=found, uid=read(request.GET.get("folder", "")) or 0).first()
    form = NewFlowForm(request.POST or None, project=found, initial={"folder": folder})
    if request.method == "POST" and form.is_valid():
        try:
            flow = create_flow(found, by=request.user, **form.cleaned_data)
        except DomainError as error:
            blame(form, error)
        else:
            return gone_to(request, reverse("flows:edit", args=[flow.ref]))
    return form_or_page(request, "flows/_new_flow.html", _("New flow"), {"project": found, "form": form})


@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, flow: int) -> HttpResponse:
    """Rename or move, from the list."""
    found = flow_of(request, flow, "edit")
    back = reverse("flows:list", args=[found.project.ref])
    initial = {"name": found.name, "description": found.description, "folder": found.folder}
    form = NewFlowForm(request.POST or None, project=found.project, initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = {**form.cleaned_data, "folder": form.cleaned_data["folder"] or found.folder}
        try:
            update_flow(found, by=request.user, **fields)
        except DomainError as error:
            blame(form, error)
        else:
            return gone_to(request, back)
    context = {"project": found.project, "flow": found, "form": form}
    return form_or_page(request, "flows/_rename.html", _("Rename or move"), context)


@require_POST
def clone(request: HttpRequest, flow: int) -> HttpResponse:
    found = flow_of(request, flow, "edit")
    try:
        made = clone_flow(found, by=request.user)
    except DomainError as error:
        return refused(request, reverse("flows:list", args=[found.project.ref]), error)
    message = _("%(old)s was cloned.") % {"old": found.name}
    return gone_to(request, reverse("flows:edit", args=[made.ref]), message)


@require_POST
def delete(request: HttpRequest, flow: int) -> HttpResponse:
    found = flow_of(request, flow, "edit")
    back = reverse("flows:list", args=[found.project.ref])
    try:
        delete_flow(found, by=request.user)
    except DomainError as error:
        return refused(request, back, error)
    return gone_to(request, back, _("%(name)s was deleted.") % {"name": found.name})
