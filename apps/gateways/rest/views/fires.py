from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.flows.models import Schedule
from apps.flows.outlook import outlook
from apps.gateways.rest.reach import flow_for
from apps.gateways.rest.views.view import View, checked
from apps.gateways.rest.wire.fires import FiresAsked, OutlookWire, as_outlook


class Fires(View):
    @extend_schema(parameters=[FiresAsked], responses=OutlookWire)
    def get(self, request: Request, flow: int) -> Response:
        """The next times of the flow with what is expected to wait or be skipped, and why.

        With a cron, a zone, a window or a policy in the query: what a schedule changed so would do.
        """
        found = flow_for(request.user, flow)
        asked = checked(FiresAsked, request.query_params.dict())
        count, enabled = asked.pop("count"), asked.pop("enabled")
        schedule = Schedule.objects.filter(flow=found).first() or Schedule(
            flow=found, time_zone=found.project.time_zone, enabled="cron" in asked
        )
        if not {"cron", "time_zone", "start_at", "end_at"}.isdisjoint(asked):
            schedule.next_fire_at = None  # its times are others than those that are due
        for field, value in asked.items():
            setattr(schedule, field, value)
        if enabled is not None:
            schedule.enabled = enabled
        seen = outlook(found, schedule, timezone.now(), count)
        zone = ZoneInfo(schedule.time_zone if schedule.cron else found.project.time_zone)
        return Response(as_outlook(zone, seen.usual, seen.fires))
