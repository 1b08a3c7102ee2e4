"""The panel beside the drawing: a node, several, or the flow itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.drawings.actions import apply_operations
from apps.engine.drafts import NodeDraft, UnreadableGraph, read_graph
from apps.flows.actions import refresh_uses, update_flow
from apps.flows.checks_of_hosts import hosts_for
from apps.flows.forms import BeginForm, FlowForm, JobPanelForm, NodeForm, ParentsForm, ScheduleForm
from apps.flows.models import Flow, Schedule
from apps.flows.views.answers import blame, done, with_events
from apps.flows.views.fires import fires_context, skipped_of
from apps.flows.views.reach import flow_of
from apps.flows.views.tasks import after, declared_operations, is_valid, task_context
from apps.flows.views.versions import publishing
from apps.flows.views.ways import ways_context
from apps.jobs.actions import update_job
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job
from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment
from apps.lib.ids import read
from apps.projects.access import can, visible_projects
from apps.projects.models import User

VERSIONS = 50
MOST_BELOW = 50
TABS = ("settings", "schedule", "alerts", "versions")


def inspector(request: HttpRequest, flow: int) -> HttpResponse:
    """What is selected on the canvas decides: ?id=…&id=… or nothing."""
    found = flow_of(request, flow)
    ids = request.GET.getlist("id")
    if len(ids) == 1:
        return _panel(request, "flows/_inspect_node.html", node_context(found, request, ids[0]))
    if ids:
        nodes = [node for node in _nodes(found) if node.id in set(ids)]
        many = {"flow": found, "project": found.project, "nodes": nodes, "count": len(ids)}
        return _panel(request, "flows/_inspect_many.html", many)
    return _panel(request, "flows/_inspect_flow.html", flow_panel(found, request, request.GET.get("tab", "")))


def _panel(request: HttpRequest, fragment: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """In the panel, or on a page of its own for a plain browser."""
    context = {**context, "fragment": fragment, "title": _("Inspector")}
    return page_or_fragment(request, "flows/form.html", fragment, context, status)


def flow_panel(flow: Flow, request: HttpRequest, tab: str) -> dict[str, Any]:
    tab = tab if tab in TABS else "settings"
    context: dict[str, Any] = {
        "flow": flow,
        "project": flow.project,
        "panel": tab,
        "may_edit": can(request.user, "edit", flow.project),
    }
    if tab == "settings":
        context["form"] = FlowForm(instance=flow)
    elif tab == "schedule":
        context |= schedule_context(flow) | begin_context(flow, request)
    elif tab == "alerts":
        context["rules"] = flow.alert_rules
    else:
        context |= publishing(flow)
        context["revisions"] = list(
            flow.revisions.select_related("created_by").defer("drawing", "nodes")[:VERSIONS]
        )
    return context


def schedule_context(flow: Flow, form: ScheduleForm | None = None) -> dict[str, Any]:
    schedule = Schedule.objects.filter(flow=flow).first() or Schedule(
        flow=flow, time_zone=flow.project.time_zone
    )
    form = form or ScheduleForm(instance=schedule)
    was_off = bool(schedule.pk) and not schedule.enabled
    return {
        "form": form,
        "skipped": skipped_of(schedule),
        **fires_context(schedule, was_off=was_off),
    }


def begin_context(flow: Flow, request: HttpRequest, **forms: Any) -> dict[str, Any]:
    """What else than the clock lets a run begin: parents, limits, a pause; and who waits for it."""
    below = Flow.objects.filter(dependencies__parent=flow, project__in=visible_projects(request.user))
    return {
        "begin": forms.get("begin") or BeginForm(instance=flow),
        "parents": forms.get("parents") or ParentsForm(flow=flow, user=request.user),
        "unresolved": list(flow.dependencies.filter(parent=None).values_list("parent_name", flat=True)),
        "below": list(below.exclude(pk=flow.pk).select_related("project").distinct()[:MOST_BELOW]),
    }


@require_POST
def save_settings(request: HttpRequest, flow: int) -> HttpResponse:
    found = flow_of(request, flow, "edit")
    form = FlowForm(request.POST, instance=found)
    if form.is_valid():
        fields = {**form.cleaned_data, "folder": form.cleaned_data["folder"] or found.folder}
        try:
            update_flow(flow_of(request, flow, "edit"), by=request.user, **fields)
        except DomainError as error:
            blame(form, error)
        else:
            renamed = {"name": fields["name"]}
            return _stay(request, found, _("Settings saved."), "settings", flow_renamed=renamed)
    context = {**flow_panel(found, request, "settings"), "form": form}
    return _panel(request, "flows/_inspect_flow.html", context, 422)


@require_POST
def save_begin(request: HttpRequest, flow: int) -> HttpResponse:
    """When runs may begin: the parents, the limits, the pause."""
    found = flow_of(request, flow, "edit")
    form = BeginForm(request.POST, instance=flow_of(request, flow, "edit"))
    parents = ParentsForm(request.POST, flow=found, user=request.user)
    if form.is_valid() and parents.is_valid():
        fields = {**form.cleaned_data}
        paused = fields.pop("paused")
        fields["paused_at"] = (found.paused_at or timezone.now()) if paused else None
        try:
            update_flow(found, by=request.user, parents=parents.wanted(), **fields)
        except DomainError as error:
            if error.field in form.fields:
                blame(form, error)
            else:
                blame(parents, error, "add")
        else:
            return _stay(request, found, _("Saved."), "schedule")
    context = {**flow_panel(found, request, "schedule"), "begin": form, "parents": parents}
    return _panel(request, "flows/_inspect_flow.html", context, 422)


@require_POST
def save_schedule(request: HttpRequest, flow: int) -> HttpResponse:
    found = flow_of(request, flow, "edit")
    form = ScheduleForm(request.POST, instance=Schedule(flow=found))
    if form.is_valid():
        try:
            update_flow(found, by=request.user, schedule=form.cleaned_data)
        except DomainError as error:
            blame(form, error)
        else:
            return _stay(request, found, _("Schedule saved."), "schedule")
    context = {**flow_panel(found, request, "schedule"), "form": form}
    return _panel(request, "flows/_inspect_flow.html", context, 422)


def node_context(flow: Flow, request: HttpRequest, node_id: str) -> dict[str, Any]:
    """A node as it is saved; one that the canvas has not saved yet comes with the request."""
    query, nodes = request.GET, _nodes(flow)
    node = next((node for node in nodes if node.id == node_id), None) or NodeDraft(
        id=node_id, kind=query.get("kind", ""), name=query.get("label", ""), job=query.get("job", "")
    )
    uid = read(node.job.rpartition("-")[2])
    job = Job.objects.filter(project=flow.project, uid=uid or 0).select_related("folder").first()
    return {
        "flow": flow,
        "project": flow.project,
        "node": node,
        "kind": KINDS.get(node.kind),
        "job": job,
        "used_by": job.used_by.exclude(flow=flow).count() if job else 0,
        "node_form": NodeForm(
            initial={"label": node.name, "host_name": node.host}, hosts=(hosts := hosts_for(flow, node, job))
        ),
        "hosts": hosts,
        "job_form": JobPanelForm(instance=job) if job else None,
        "may_edit": can(request.user, "edit", flow.project),
        **task_context(nodes, node, KINDS.get(node.kind), request.POST or None),
        **ways_context(flow, node, job, request.POST or None),
    }


@require_POST
def save_node(request: HttpRequest, flow: int) -> HttpResponse:
    """Save what changed of a node and of its job: the drawing by operations, the job as a job."""
    found = flow_of(request, flow, "edit")
    context = node_context(found, request, request.GET.get("id", ""))
    node, job = context["node"], context["job"]
    context["node_form"] = node_form = NodeForm(request.POST, hosts=context["hosts"])
    context["job_form"] = job_form = JobPanelForm(request.POST, instance=job) if job else None
    ways_form = context.get("ways_form")
    # All are asked, so that all can show what is wrong with them.
    valid = [form.is_valid() for form in (node_form, job_form, ways_form) if form]
    if not all(valid) or not is_valid(context):
        return _panel(request, "flows/_inspect_node.html", context, 422)
    try:
        if job_form and job_form.has_changed():
            job.refresh_from_db()
            update_job(job, by=request.user, **job_form.cleaned_data)
    except DomainError as error:
        blame(job_form, error)
        return _panel(request, "flows/_inspect_node.html", context, 422)
    ops = _node_operations(node, node_form.cleaned_data) + declared_operations(node, context)
    ops += ways_form.operations() if ways_form else []
    return _node_saved(request, found, context, ops)


def _node_saved(
    request: HttpRequest, flow: Flow, context: dict[str, Any], ops: list[dict[str, Any]]
) -> HttpResponse:
    said = _("Node saved.")
    label = _("Change %(name)s") % {"name": context["node"].title}
    if request.htmx:
        if context["job"]:
            context["job_form"] = JobPanelForm(instance=context["job"])
            if "ways_form" not in context or not context["ways_form"].has_changed():
                # Ways may have other names by now.
                context |= ways_context(flow, context["node"], context["job"], None)
        context |= task_context(_nodes(flow), after(context["node"], ops), context["kind"])
        events: dict[str, Any] = {"flow_changed": {}}
        events |= {"dag_apply": {"ops": ops, "label": label}} if ops else {}
        return with_events(render(request, "flows/_inspect_node.html", context), message=said, **events)
    if ops:
        apply_here(flow, ops, by=request.user, label=label)
    return done(request, reverse("flows:edit", args=[flow.ref]), said)


def _node_operations(node: NodeDraft, given: dict[str, str]) -> list[dict[str, Any]]:
    """What must be set in the drawing so that it says what was given."""
    changes = (
        (["label"], node.name, given["label"]),
        (["config", "hostName"], node.host, given["host_name"]),
    )
    return [
        {"op": "set", "of": "node", "id": node.id, "path": path, "value": after}
        for path, before, after in changes
        if before != after
    ]


def apply_here(flow: Flow, ops: Sequence[dict[str, Any]], *, by: User, label: str) -> None:
    """Change the drawing without a canvas: what a plain form does."""
    apply_operations(flow.document, base_version=flow.document.version, ops=ops, by=by, label=label)
    refresh_uses(flow)


def _nodes(flow: Flow) -> Sequence[NodeDraft]:
    try:
        return read_graph(flow.document.text).nodes
    except UnreadableGraph:
        return ()


def _stay(request: HttpRequest, flow: Flow, said: str, tab: str, **events: Any) -> HttpResponse:
    if not request.htmx:
        return done(request, reverse("flows:edit", args=[flow.ref]), said)
    fresh = flow_of(request, flow.uid)
    page = render(request, "flows/_inspect_flow.html", flow_panel(fresh, request, tab))
    return with_events(page, message=said, **events)
