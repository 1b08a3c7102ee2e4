from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.alerts.rules import clean_rules
from apps.flows.actions import create_flow, delete_flow, update_flow
from apps.flows.models import Flow, Run
from apps.flows.runs import submit_flow
from apps.gateways.rest.paging import ByName
from apps.gateways.rest.reach import Caller, flow_for, project_for, run_for
from apps.gateways.rest.views.view import ListView, View, cluster_in, folder_in, given, made, named
from apps.gateways.rest.wire.flows import FlowRow, FlowRunWire, FlowWire
from apps.gateways.rest.wire.runs import RunWire
from apps.lib.errors import Invalid
from apps.projects.access import visible_projects
from apps.projects.models import Project

#: What the rules of flows and schedules call their fields -> their names on the wire.
NAMES = {field: f"schedule.{field}" for field in ("cron", "time_zone", "start_at", "end_at")}
#: An absent schedule, to the action.
NO_SCHEDULE = {"cron": "", "enabled": False}


class Flows(ListView):
    """The flows of a project, without their drawings."""

    queryset = Flow.objects.none()
    serializer_class = FlowRow
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Flow]:
        project = project_for(self.request.user, self.kwargs["project"])
        return (
            Flow.objects.filter(project=project)
            .select_related(
                "project", "folder", "cluster", "document", "schedule", "created_by", "modified_by"
            )
            .defer("document__text", "source_text", "alert_rules", "dialect_settings")
        )

    @extend_schema(request=FlowWire, responses={201: FlowWire})
    def post(self, request: Request, project: int) -> Response:
        """Make a flow; without a graph, START and END are drawn. A graph must be one that can run."""
        found = project_for(request.user, project, "edit")
        fields = _fields(request.user, found, given(FlowWire, request))
        with named(NAMES):
            flow = create_flow(found, by=request.user, **fields)
        return made(FlowWire, _with_parents(flow))


class OneFlow(View):
    @extend_schema(responses=FlowWire)
    def get(self, request: Request, flow: int) -> Response:
        return Response(FlowWire(_with_parents(flow_for(request.user, flow))).data)

    @extend_schema(request=FlowWire, responses=FlowWire)
    def patch(self, request: Request, flow: int) -> Response:
        """Change what is given. Editors send operations to the flow's document instead of a graph."""
        found = flow_for(request.user, flow, "edit")
        body = given(FlowWire, request, partial=True)
        fields = _fields(request.user, found.project, body)
        if "schedule" in body and body["schedule"] is None:
            fields["schedule"] = NO_SCHEDULE
        with named(NAMES):
            update_flow(found, by=request.user, **fields)
        return Response(FlowWire(_with_parents(flow_for(request.user, flow))).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, flow: int) -> Response:
        """Delete the flow with its revisions and runs. Refused while a run goes on."""
        delete_flow(flow_for(request.user, flow, "edit"), by=request.user)
        return Response(status=204)


class RunFlow(View):
    @extend_schema(request=FlowRunWire, responses={201: RunWire})
    def post(self, request: Request, flow: int) -> Response:
        """Freeze the flow as it is now and start a run of it."""
        found = flow_for(request.user, flow, "run")
        how = given(FlowRunWire, request)
        with named(NAMES):
            run = submit_flow(found, by=request.user, trigger=Run.Trigger.API, **how)
        return made(RunWire, run_for(request.user, run.uid))


def _fields(user: Caller, project: Project, body: dict[str, Any]) -> dict[str, Any]:
    """What was read as the actions want it: rows for ids, text for the graph, clean rules."""
    found = dict(body)
    if "folder" in found:
        found["folder"] = folder_in(project, found["folder"])
    if "cluster" in found:
        found["cluster"] = cluster_in(project, found["cluster"])
    if "document" in found:
        found["graph"] = found.pop("document")["text"]
    if "alert_rules" in found:
        found["alert_rules"] = clean_rules([dict(rule) for rule in found["alert_rules"]])
    if "parent_flows" in found:
        found["parents"] = _flows(user, found.pop("parent_flows"))
    return found


def _flows(user: Caller, uids: list[int]) -> list[Flow]:
    """The flows, which may be of any project that the caller sees, in the order of their ids."""
    rows = Flow.objects.filter(uid__in=uids, project__in=visible_projects(user))
    by_uid = {flow.uid: flow for flow in rows}
    for place, uid in enumerate(uids):
        if uid not in by_uid:
            raise Invalid(_("There is no such flow."), field=f"parents.{place}")
    return [by_uid[uid] for uid in uids]


def _with_parents(flow: Flow) -> Flow:
    rows = flow.dependencies.filter(parent__isnull=False).select_related("parent")
    flow.parent_flows = [row.parent for row in rows]  # type: ignore[attr-defined]
    return flow
