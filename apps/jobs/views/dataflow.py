"""The editor of a data flow: its drawing, what can be put on it, and the panel beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from apps.engine.declared import KEY
from apps.jobs import actions
from apps.jobs.dataflow.checking import Check, Fault, check_nodes
from apps.jobs.dataflow.compiling import LONGEST_NAME
from apps.jobs.dataflow.drawing import FIELDS, JOIN, OF_THE_DRAWING, SIDE
from apps.jobs.dataflow.operations import Columns
from apps.jobs.forms import ContentForm, JobSettingsForm
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job
from apps.jobs.peeking import fields_in
from apps.jobs.pictures import KIND, edit_drawing, nodes_or_none, problems_in, told
from apps.jobs.queries import job_for
from apps.jobs.table_forms import Arriving, all_columns, boxes, lists, read_form
from apps.jobs.table_sheets import SHEETS, Sheet
from apps.lib.errors import Invalid, NotFound
from apps.lib.htmx import page_or_fragment
from apps.projects.access import Verb, granted
from apps.projects.forms import submit

TABS = ("settings", "json", "runs")
SHOWN_COLUMNS = 200


def editor(request: HttpRequest, job: Job) -> HttpResponse:
    document = job.document
    context = {
        "nav": "jobs",
        **_job_panel(request, job, "settings"),
        "document": document,
        "drawing": {
            "version": document.version,
            "text": document.text,
            "problems": [asdict(problem) for problem in problems_in(document)],
        },
        "palette": _palette(),
    }
    return render(request, "jobs/dataflow.html", context)


def _palette() -> list[tuple[Any, list[dict[str, Any]]]]:
    groups: dict[Any, list[dict[str, Any]]] = {}
    for kind, sheet in SHEETS.items():
        dag = {"kind": kind, "label": str(sheet.label), "fields": dict(sheet.starter)}
        item = {"sheet": sheet, "label": sheet.label, "kind": kind, "dag": json.dumps(dag)}
        groups.setdefault(sheet.group, []).append(item)
    return list(groups.items())


@login_required
def outline(request: HttpRequest, job: int) -> HttpResponse:
    """The saved drawing as a list: the linear way in."""
    found = _dataflow(request, job)
    rows = [{"node": node, "sheet": SHEETS.get(node.get("type", ""))} for node in _nodes(found)]
    return render(request, "jobs/_dataflow_outline.html", {"job": found, "rows": rows})


@login_required
def inspector(request: HttpRequest, job: int) -> HttpResponse:
    """What is selected on the canvas decides: ?id=…, or nothing for the job itself."""
    found = _dataflow(request, job)
    ids = request.GET.getlist("id")
    if len(ids) == 1:
        return _panel(request, "jobs/_inspect_table.html", _node_panel(request, found, _nodes(found)))
    if ids:
        context = {"job": found, "project": found.project, "count": len(ids)}
        return _panel(request, "jobs/_inspect_tables.html", context)
    return _panel(
        request, "jobs/_inspect_dataflow.html", _job_panel(request, found, request.GET.get("tab", ""))
    )


def _panel(request: HttpRequest, fragment: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """In the panel, or on a page of its own for a plain browser."""
    return page_or_fragment(
        request, "jobs/inspect.html", fragment, {**context, "fragment": fragment, "nav": "jobs"}, status
    )


# --- the job itself


def _job_panel(request: HttpRequest, job: Job, tab: str) -> dict[str, Any]:
    may = granted(request.user, job.project)
    return {
        "job": job,
        "project": job.project,
        "kind": KINDS[KIND],
        "panel": tab if tab in TABS else "settings",
        "granted": may,
        "may_edit": "edit" in may,
        "form": JobSettingsForm(instance=copy(job)),
        "content_form": ContentForm(initial={"content": job.content}),
        "flows": job.used_by.select_related("flow").order_by("flow__name"),
    }


@login_required
@require_POST
def save_settings(request: HttpRequest, job: int) -> HttpResponse:
    found = _dataflow(request, job, "edit")
    form = JobSettingsForm(request.POST, instance=copy(found))
    if not submit(form, lambda: actions.update_job(found, by=request.user, **form.cleaned_data)):
        context = {**_job_panel(request, found, "settings"), "form": form}
        return _panel(request, "jobs/_inspect_dataflow.html", context, 422)
    if not request.htmx:
        messages.success(request, _("Settings saved."))
        return redirect("jobs:detail", found.ref)
    page = render(request, "jobs/_inspect_dataflow.html", _job_panel(request, found, "settings"))
    return _telling(page, _("Settings saved."))


@login_required
@require_POST
def save_content(request: HttpRequest, job: int) -> HttpResponse:
    """The nodes as JSON, written by hand or pasted: the drawing is made anew from them."""
    found = _dataflow(request, job, "edit")
    form = ContentForm(request.POST)
    if not submit(form, lambda: actions.update_job(found, by=request.user, **form.cleaned_data)):
        context = {**_job_panel(request, found, "json"), "content_form": form}
        return _panel(request, "jobs/_inspect_dataflow.html", context, 422)
    messages.success(request, _("The nodes are saved and drawn."))
    page = reverse("jobs:detail", args=[found.ref])
    return HttpResponseClientRedirect(page) if request.htmx else redirect(page)


# --- one node


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A node as its panel sees it: what it is, what arrives, and what is wrong with it."""

    node: dict[str, Any]
    sheet: Sheet | None
    arriving: Arriving
    columns: Columns | None
    faults: list[Fault]
    parents: list[dict[str, Any]]

    @property
    def id(self) -> str:
        return str(self.node["id"])

    @property
    def fields(self) -> dict[str, Any]:
        return {key: value for key, value in self.node.items() if key not in OF_THE_DRAWING}


def _choose(nodes: Sequence[dict[str, Any]], asked: dict[str, str]) -> _Chosen:
    """The node that is asked for; one that the canvas has not saved yet comes with the request."""
    place = next((n for n, node in enumerate(nodes) if str(node.get("id")) == asked["id"]), None)
    node = dict(nodes[place]) if place is not None else _unsaved(asked)
    sheet = SHEETS.get(node.get("type") or "")
    check = check_nodes(list(nodes))
    faults = [fault for fault in check.faults if fault.place == place and place is not None]
    known = check.nodes.get(str(node["id"]))
    return _Chosen(
        node,
        sheet,
        _arriving(node, check),
        known.columns if known else None,
        faults,
        _parents(node, nodes, check),
    )


def _unsaved(asked: dict[str, str]) -> dict[str, Any]:
    sheet = SHEETS.get(asked.get("kind", ""))
    starter = dict(sheet.starter) if sheet else {}
    return {
        "id": asked["id"],
        "type": asked.get("kind", ""),
        "name": asked.get("label", ""),
        "parentNodeIds": [],
        **starter,
    }


def _arriving(node: dict[str, Any], check: Check) -> Arriving:
    known = check.nodes.get(str(node["id"]))
    if known is None:
        return Arriving()
    by_parent = dict(zip(known.parents, known.inputs, strict=True))
    if node.get("type") == JOIN:
        left, right = (by_parent.get(str(node.get(key))) for key in ("leftNodeId", "rightNodeId"))
        return Arriving(left=left, right=right)
    return Arriving(columns=known.inputs[0] if known.inputs else None)


def _parents(node: dict[str, Any], nodes: Sequence[dict[str, Any]], check: Check) -> list[dict[str, Any]]:
    names = {str(other.get("id")): other.get("name") for other in nodes}
    given = node.get("parentNodeIds")
    ids = [str(parent) for parent in given] if isinstance(given, list) else []
    known = check.nodes.get(str(node["id"]))
    columns = dict(zip(known.parents, known.inputs, strict=True)) if known else {}
    return [{"id": one, "name": names.get(one) or one, "columns": columns.get(one)} for one in ids]


def _node_panel(request: HttpRequest, job: Job, nodes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    chosen = _choose(nodes, {key: request.GET.get(key, "") for key in ("id", "kind", "label")})
    shown = chosen.columns or ()
    context = {
        "job": job,
        "project": job.project,
        "chosen": chosen,
        "sheet": chosen.sheet,
        "columns": shown[:SHOWN_COLUMNS],
        "more_columns": max(0, len(shown) - SHOWN_COLUMNS),
        "may_edit": "edit" in granted(request.user, job.project),
        "query": request.GET.urlencode(),
        "left": str(chosen.node.get("leftNodeId", "")),
        "known": _known_columns(chosen.arriving),
    }
    if chosen.sheet:
        given = (chosen.fields, chosen.faults, chosen.arriving)
        context |= {"boxes": boxes(chosen.sheet, *given), "lists": lists(chosen.sheet, *given)}
        paths = {row["box"].key for row in context["boxes"]} | {rows.key for rows in chosen.sheet.lists}
        context["general"] = [
            {"unfinished": fault.unfinished, "message": told(fault)}
            for fault in chosen.faults
            if fault.path.partition("[")[0] not in paths
        ]
    return context


def _known_columns(arriving: Arriving) -> dict[str, Columns]:
    """Suggestions for columns that are typed."""
    return {look: columns for look in ("column", "left", "right") if (columns := arriving.of(look))}


@login_required
@require_POST
def save_node(request: HttpRequest, job: int) -> HttpResponse:
    """What changed of a node, as operations on the drawing: the canvas applies and saves them."""
    found = _dataflow(request, job, "edit")
    nodes = _nodes(found)
    chosen = _choose(nodes, {key: request.GET.get(key, "") for key in ("id", "kind", "label")})
    fields, said, trouble = _filled_in(request, chosen)
    name = request.POST.get("node_name", "").strip()[:LONGEST_NAME] or chosen.node.get("name", "")
    left = request.POST.get("left", "")
    ops = _operations(chosen, fields, name) + _side_operations(found, chosen, left)
    drawn = {key: chosen.node[key] for key in OF_THE_DRAWING if key in chosen.node}
    after = {**drawn, **fields, "name": name, **_sides(chosen, left)}
    label = _("Change %(name)s") % {"name": name}
    if not request.htmx:
        if ops:
            edit_drawing(
                found.document, base_version=found.document.version, ops=ops, label=label, by=request.user
            )
        messages.add_message(request, messages.ERROR if trouble else messages.SUCCESS, trouble or said)
        return redirect(f"{reverse('jobs:inspector', args=[found.ref])}?id={chosen.id}")
    known = [after if str(node.get("id")) == chosen.id else node for node in nodes]
    if not any(node is after for node in known):
        known.append(after)
    page = render(request, "jobs/_inspect_table.html", _node_panel(request, found, known))
    events = {"dag:apply": {"ops": ops, "label": label}} if ops else {}
    # That all is saved is told by the bar, once the canvas has saved it.
    said = said if request.POST.get("then") else ""
    return _telling(page, trouble or said, level="error" if trouble else "success", **events)


def _filled_in(request: HttpRequest, chosen: _Chosen) -> tuple[dict[str, Any], str, str]:
    """The fields, and what is told: that it is done, or why what was asked for could not be."""
    said = _("Node saved.")
    if chosen.sheet is None:
        return chosen.fields, said, ""
    fields = read_form(chosen.sheet, request.POST, chosen.fields, chosen.arriving)
    then, _colon, key = request.POST.get("then", "").partition(":")
    for rows in chosen.sheet.lists:
        if then == "all" and rows.key == key and rows.all:
            fields[key] = all_columns(rows, fields, chosen.arriving)
    if then == "read" and "bucketName" in fields:
        try:
            where = [str(fields.get(key) or "") for key in ("bucketName", "prefix", "dataType")]
            fields["fieldList"] = fields_in(*where)
        except Invalid as error:
            return fields, said, error.message
        said = _("The fields were read from the data.")
    return fields, said, ""


def _operations(chosen: _Chosen, fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    ops: list[dict[str, Any]] = []
    place = {"of": "node", "id": chosen.id}
    if name != chosen.node.get("name", ""):
        ops.append({"op": "set", **place, "path": ["label"], "value": name})
    before = chosen.fields
    for key, value in fields.items():
        if key not in before or before[key] != value:
            ops.append({"op": "set", **place, "path": [KEY, FIELDS, key], "value": value})
    ops += [{"op": "unset", **place, "path": [KEY, FIELDS, key]} for key in before if key not in fields]
    return ops


def _side_operations(job: Job, chosen: _Chosen, left: str) -> list[dict[str, Any]]:
    """Which table of a join is the left one is said by the edges."""
    if not left or left == str(chosen.node.get("leftNodeId", "")):
        return []
    edges = json.loads(job.document.text).get("edges", ())
    return [
        {
            "op": "set",
            "of": "edge",
            "id": edge["id"],
            "path": [KEY],
            "value": {SIDE: "left" if edge.get("source") == left else "right"},
        }
        for edge in edges
        if edge.get("target") == chosen.id and edge.get("id")
    ]


def _sides(chosen: _Chosen, left: str) -> dict[str, Any]:
    """What the operations on the edges will come to."""
    ids = [parent["id"] for parent in chosen.parents]
    if left not in ids or len(ids) != 2:
        return {}
    (right,) = [one for one in ids if one != left]
    return {"leftNodeId": left, "rightNodeId": right}


# --- finding and telling


def _dataflow(request: HttpRequest, uid: int, verb: Verb = "view") -> Job:
    job = job_for(request.user, uid, verb)
    if job.kind != KIND or job.document is None:
        raise NotFound(_("This job is no data flow."))
    return job


def _nodes(job: Job) -> list[dict[str, Any]]:
    return nodes_or_none(job.content)


def _telling(response: HttpResponse, message: str, *, level: str = "success", **events: Any) -> HttpResponse:
    toast = {"toast": {"text": message, "level": level}} if message else {}
    response["HX-Trigger"] = json.dumps({**toast, **events})
    return response
