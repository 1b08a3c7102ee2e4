"""The editor of a flow: the drawing, what can be put on it, and what is wrong with it."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from apps.drawings.models import Document
from apps.engine.drafts import UnreadableGraph, read_graph
from apps.flows.checks import problems_with
from apps.flows.forms import NewNodeForm
from apps.flows.models import Flow, Run
from apps.flows.templatetags.runs import kind_label
from apps.flows.views.answers import blame, done, form_or_page, with_events
from apps.flows.views.inspector import apply_here, flow_panel
from apps.flows.views.locks import locking
from apps.flows.views.reach import flow_of
from apps.flows.views.versions import publishing
from apps.jobs.actions import create_job
from apps.jobs.kinds import KINDS, OFFERED
from apps.jobs.kinds.families import by_family
from apps.jobs.models import Job
from apps.lib.errors import DomainError
from apps.projects.access import can
from apps.projects.models import Folder, Project, Tree

#: More jobs than this are found by typing.
PALETTE_JOBS = 200
OUTLINE_NODES = 1000
#: A longer drawing (more than about 400 nodes) does not stand in the page.
PAGE_TEXT = 160_000


def edit(request: HttpRequest, flow: int) -> HttpResponse:
    found = flow_of(request, flow)
    document = found.document
    context = {
        "nav": "flows",
        **flow_panel(found, request, "settings"),
        **locking(request, found),
        "may_run": can(request.user, "run", found.project),
        "document": document,
        "drawing": _drawing_in_page(document),
        "last_run": _last_run(found),
        **publishing(found),
        "restore": request.GET.get("restore", ""),
        **_palette(found.project, ""),
    }
    return render(request, "flows/edit.html", context)


def _drawing_in_page(document: Document) -> dict[str, Any] | None:
    """What the canvas need not ask for. A long drawing is asked for: it comes packed, and beside the page."""
    if len(document.text) > PAGE_TEXT:
        return None
    problems = [asdict(problem) for problem in problems_with(document)]
    return {"version": document.version, "text": document.text, "problems": problems}


@gzip_page
def drawing(request: HttpRequest, flow: int) -> HttpResponse:
    """The text of the drawing as it is stored. Its ETag is its version."""
    document = flow_of(request, flow).document
    etag = f'"{document.version}"'
    response = HttpResponse(document.text, content_type="application/json", headers={"ETag": etag})
    response = get_conditional_response(request, etag=etag, response=response) or response
    response["Cache-Control"] = "private, no-cache"
    return response


def problems(request: HttpRequest, flow: int) -> JsonResponse:
    """What is wrong with the flow as it is saved, after a job or a setting of it changed."""
    found = flow_of(request, flow)
    return JsonResponse({"problems": [asdict(problem) for problem in problems_with(found.document)]})


def last_run(request: HttpRequest, flow: int) -> HttpResponse:
    found = flow_of(request, flow)
    return render(request, "flows/_last_run.html", {"flow": found, "last_run": _last_run(found)})


def _last_run(flow: Flow) -> Run | None:
    return flow.runs.only("uid", "state").order_by("-id").first()


def palette(request: HttpRequest, flow: int) -> HttpResponse:
    """Jobs to draw, searched."""
    found = flow_of(request, flow)
    context = _palette(found.project, request.GET.get("q", "").strip())
    return render(request, "flows/_palette_jobs.html", {"flow": found, **context})


def _palette(project: Project, text: str) -> dict[str, Any]:
    folders = {folder.pk: folder for folder in Folder.objects.filter(project=project, tree=Tree.JOB)}
    jobs = Job.objects.filter(project=project, adhoc=False).only("uid", "name", "kind", "folder_id")
    if text:
        jobs = jobs.filter(name__icontains=text)
    window = list(jobs.order_by("name")[: PALETTE_JOBS + 1])
    groups: dict[str, list[dict[str, Any]]] = {}
    for job in window[:PALETTE_JOBS]:
        groups.setdefault(_path(folders, job.folder_id), []).append(_item(job.kind, job))
    return {
        "groups": sorted(groups.items()),
        "more": len(window) > PALETTE_JOBS,
        "families": [
            (family, [_item(kind.name) for kind in kinds]) for family, kinds in by_family(OFFERED.values())
        ],
        "ends": [_item(kind) for kind in ("START", "END")],
        "q": text,
    }


def _path(folders: dict[int, Folder], pk: int | None) -> str:
    """The folder's place as people read it; the root has no name of its own."""
    names: list[str] = []
    while pk in folders and folders[pk].parent_id is not None:
        names.insert(0, folders[pk].name)
        pk = folders[pk].parent_id
    return " / ".join(names)


def _item(kind_name: str, job: Job | None = None) -> dict[str, Any]:
    """An item of the palette: what it looks like, and what the canvas is told when it is dropped."""
    kind = KINDS.get(kind_name)
    dag = {"kind": kind_name, "label": job.name if job else kind_label(kind_name)}
    if kind:
        dag["shape"] = kind.shape
        if kind.task:
            dag["task"] = kind.task
    if job:
        dag["jobId"] = f"FJ-{job.ref}"
    return {"kind_name": kind_name, "family": kind.family if kind else "", "label": dag["label"], "dag": dag}


def outline(request: HttpRequest, flow: int) -> HttpResponse:
    """The saved drawing as a list: the linear way in."""
    found = flow_of(request, flow)
    try:
        nodes = read_graph(found.document.text).nodes
    except UnreadableGraph:
        nodes = ()
    context = {"flow": found, "nodes": nodes[:OUTLINE_NODES], "rest": max(0, len(nodes) - OUTLINE_NODES)}
    return render(request, "flows/_outline.html", context)


@require_http_methods(["GET", "POST"])
def new_node(request: HttpRequest, flow: int) -> HttpResponse:
    """The dialog that makes the job of a node that was dropped, then places the node."""
    found = flow_of(request, flow, "edit")
    kind = KINDS.get(request.POST.get("kind") or request.GET.get("kind", ""))
    initial = {"content": kind.starter if kind else "", **request.GET.dict()}
    form = NewNodeForm(request.POST or None, project=found.project, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        position = {"x": given.pop("x") or 0, "y": given.pop("y") or 0}
        try:
            job = create_job(found.project, by=request.user, **given)
        except DomainError as error:
            blame(form, error)
        else:
            return _placed(request, found, job, position)
    context = {"flow": found, "project": found.project, "form": form, "kind": kind}
    return form_or_page(request, "flows/_new_node.html", _("New job"), context)


def _add(place: dict[str, Any]) -> dict[str, Any]:
    """The operation that draws a node as EMR writes it."""
    node = {
        "id": secrets.token_hex(4),
        "type": "node",
        "shape": place.get("shape", ""),
        "size": "170*34",
        "x": place["x"],
        "y": place["y"],
        "label": place["label"],
        "attribute": {"type": "JOB", "jobId": place["jobId"], "jobType": place["kind"]},
        "config": {"hostName": "", "clusterId": ""},
    }
    return {"op": "add_node", "node": node}


def _placed(request: HttpRequest, flow: Flow, job: Job, position: dict[str, float]) -> HttpResponse:
    place = {**_item(job.kind, job)["dag"], **position}
    said = _("Job %(name)s was created.") % {"name": job.name}
    if request.htmx:
        return with_events(
            HttpResponse(status=204), message=said, dag_place=place, modal_close={}, jobs_changed={}
        )
    apply_here(flow, [_add(place)], by=request.user, label=_("Add %(name)s") % {"name": job.name})
    return done(request, reverse("flows:edit", args=[flow.ref]), said)
