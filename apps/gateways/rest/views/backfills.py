from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.flows.backfills import Range, create_backfill, plan_backfill, stop_backfill
from apps.flows.models import Backfill
from apps.gateways.rest.reach import Caller, flow_for
from apps.gateways.rest.views.view import View, given, made
from apps.gateways.rest.wire.backfills import BackfillAsked, BackfillWire, DryWire
from apps.lib.errors import NotFound
from apps.projects.access import Verb, can, require


class PlanBackfill(View):
    @extend_schema(request=BackfillAsked, responses=DryWire)
    def post(self, request: Request, flow: int) -> Response:
        """What a backfill would run, in its order. Nothing is done."""
        found = flow_for(request.user, flow, "run")
        dry = plan_backfill(found, Range(**given(BackfillAsked, request)), by=request.user)
        times = [{"flow": each, "nominal_at": at} for each, at in dry.times]
        return Response(DryWire({"times": times, "succeeded": dry.succeeded}).data)


class NewBackfill(View):
    @extend_schema(request=BackfillAsked, responses={201: BackfillWire})
    def post(self, request: Request, flow: int) -> Response:
        """Run the flow for times that are past, a few at once."""
        found = flow_for(request.user, flow, "run")
        wanted = Range(**given(BackfillAsked, request))
        return made(BackfillWire, create_backfill(found, wanted, by=request.user))


class OneBackfill(View):
    @extend_schema(responses=BackfillWire)
    def get(self, request: Request, backfill: int) -> Response:
        """How far it is, with the run of each time."""
        return Response(BackfillWire(_backfill_for(request.user, backfill)).data)


class StopBackfill(View):
    @extend_schema(request=None, responses={202: BackfillWire})
    def post(self, request: Request, backfill: int) -> Response:
        """Start no more of its runs; those that go on go on."""
        stop_backfill(_backfill_for(request.user, backfill, "run"), by=request.user)
        return Response(BackfillWire(_backfill_for(request.user, backfill)).data, status=202)


def _backfill_for(user: Caller, uid: int, verb: Verb = "view") -> Backfill:
    found = Backfill.objects.filter(uid=uid).select_related("project", "flow", "created_by").first()
    if found is None or not can(user, "view", found.project):
        raise NotFound(_("There is no such backfill."))
    require(user, verb, found.project)
    return found
