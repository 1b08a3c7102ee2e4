from __future__ import annotations

from rest_framework import serializers

from apps.flows.bulk import MOST, Operation
from apps.flows.models import STATES
from apps.gateways.rest.wire.fields import Id, Wire


class BulkAsked(Wire):
    """What to do to which runs, of any projects."""

    operation = serializers.ChoiceField(choices=[(each.value, each.value) for each in Operation])
    runs = serializers.ListField(child=Id(), min_length=1, max_length=MOST)
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Only tell what would be done."
    )


class BulkResultWire(Wire):
    run = serializers.CharField(read_only=True)
    done = serializers.BooleanField(read_only=True, help_text="In a dry run: whether it would be done.")
    reason = serializers.CharField(read_only=True, help_text="Why it is not; else empty.")
    state = serializers.ChoiceField(
        choices=STATES,
        read_only=True,
        allow_null=True,
        help_text="After it; null where there is no such run.",
    )


class WaitingFlowWire(Wire):
    flow = serializers.CharField(source="ref", read_only=True)
    name = serializers.CharField(read_only=True)


class BulkWire(Wire):
    """A result for each run, in the order asked for."""

    operation = serializers.ChoiceField(
        choices=[(each.value, each.value) for each in Operation], read_only=True
    )
    dry_run = serializers.BooleanField(read_only=True)
    done = serializers.IntegerField(read_only=True)
    results = BulkResultWire(many=True, read_only=True)
    downstream = WaitingFlowWire(
        many=True, read_only=True, help_text="Flows that you see and that wait for the flows of these runs."
    )
