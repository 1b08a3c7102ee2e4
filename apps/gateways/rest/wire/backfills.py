from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.flows.backfills import MOST_PARALLEL
from apps.flows.models import Backfill
from apps.gateways.rest.wire.fields import Id, Moment, Values, Wire


class BackfillAsked(Wire):
    """Which times: those of the flow's cron, or each midnight where it has none."""

    first_at = Moment()
    last_at = Moment()
    parallel = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MOST_PARALLEL)
    descending = serializers.BooleanField(required=False, default=False)
    downstream = serializers.BooleanField(
        required=False, default=False, help_text="With the flows that wait for it, for the same times."
    )
    only_missing = serializers.BooleanField(
        required=False, default=False, help_text="Only times without a run that succeeded."
    )
    stops_on_failure = serializers.BooleanField(required=False, default=False)
    params = Values(required=False)


class PlannedWire(Wire):
    flow = Id(read_only=True)
    nominal_at = Moment(read_only=True)


class DryWire(Wire):
    times = PlannedWire(many=True, read_only=True)
    succeeded = serializers.ListField(child=Moment(), read_only=True, help_text="Times that are left out.")


class BackfillTimeWire(PlannedWire):
    run = Id(read_only=True, allow_null=True)
    state = serializers.SerializerMethodField()
    left_out = serializers.CharField(read_only=True, help_text="Why it is not run; else empty.")

    def get_state(self, row: Any) -> str:
        return str(row.run.state) if row.run else "skipped" if row.left_out else "waiting"


class BackfillWire(Wire):
    id = serializers.CharField(source="ref", read_only=True)
    flow = Id(read_only=True)
    first_at = Moment(read_only=True)
    last_at = Moment(read_only=True)
    parallel = serializers.IntegerField(read_only=True)
    descending = serializers.BooleanField(read_only=True)
    downstream = serializers.BooleanField(read_only=True)
    reason = serializers.CharField(read_only=True)
    created_at = Moment(read_only=True)
    ended_at = Moment(read_only=True, allow_null=True)
    times = serializers.SerializerMethodField()

    def get_times(self, backfill: Backfill) -> list[dict[str, Any]]:
        rows = backfill.times.select_related("run", "flow")
        return list(BackfillTimeWire(rows, many=True).data)
