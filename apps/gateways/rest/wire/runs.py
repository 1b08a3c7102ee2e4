from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.engine.states import State
from apps.flows.models import STATES, Attempt, Run
from apps.flows.why import why_run
from apps.gateways.rest.wire.fields import Id, Moment, Values, Wire, optional


class WhyWire(Wire):
    """What is in the way of what waits: `link` is a page of ours, or empty."""

    code = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)
    since = Moment(read_only=True, allow_null=True)
    link = serializers.CharField(read_only=True)


class RunWire(Wire):
    id = serializers.CharField(source="ref", read_only=True)
    project = Id(read_only=True)
    flow = Id(read_only=True, allow_null=True)
    job = Id(read_only=True, allow_null=True)
    revision = serializers.IntegerField(source="revision_number", read_only=True)
    name = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(choices=STATES, read_only=True)
    trigger = serializers.ChoiceField(choices=Run.Trigger.choices, read_only=True)
    nominal_at = Moment(read_only=True)
    params = Values(read_only=True)
    selection = serializers.JSONField(
        read_only=True, allow_null=True, help_text="Which nodes it is of, when not of all."
    )
    total = serializers.IntegerField(read_only=True)
    ended = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True)
    reason = serializers.CharField(read_only=True)
    heeds_parents = serializers.BooleanField(read_only=True)
    why = serializers.SerializerMethodField()
    created_at = Moment(read_only=True)
    created_by = optional("created_by.username")
    started_at = Moment(read_only=True, allow_null=True)
    ended_at = Moment(read_only=True, allow_null=True)

    @extend_schema_field(WhyWire(allow_null=True))
    def get_why(self, run: Run) -> dict[str, Any] | None:
        told = why_run(run)
        return WhyWire(told).data if told else None


class RerunWire(Wire):
    """How to run it again. Earlier attempts and their logs stay."""

    failed_only = serializers.BooleanField(required=False, default=False)
    only = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        required=False,
        help_text="Ordinals of nodes: only these, and what never ran.",
    )
    latest = serializers.BooleanField(
        required=False, default=False, help_text="With the contents as they are now, not as they were frozen."
    )


class AnswerWire(Wire):
    """What is said with an answer."""

    comment = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)


class RunFilter(Wire):
    """Which runs to list. Several states are given with commas between them."""

    state = serializers.CharField(required=False)
    flow = Id(required=False)
    job = Id(required=False)
    since = Moment(required=False, help_text="Only runs that were made at this moment or later.")

    def validate_state(self, value: str) -> list[str]:
        states = [part.strip() for part in value.split(",")]
        wrong = [state for state in states if state not in set(State)]
        if wrong:
            known = ", ".join(State)
            raise serializers.ValidationError(f"There is no state {wrong[0]}; there are {known}.")
        return states


class NodeRow(Wire):
    ordinal = serializers.IntegerField(read_only=True)
    node = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    kind = serializers.CharField(read_only=True)
    job = Id(read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=STATES, read_only=True)
    host = optional("host.name")
    attempt = serializers.IntegerField(read_only=True)
    retries = serializers.IntegerField(read_only=True)
    exit_code = serializers.IntegerField(read_only=True, allow_null=True)
    reason = serializers.CharField(read_only=True)
    bypass = serializers.CharField(
        read_only=True, help_text="Why it is passed by: not_chosen, disabled or skipped; else empty."
    )
    ready_at = Moment(read_only=True, allow_null=True)
    wake_at = Moment(read_only=True, allow_null=True)
    started_at = Moment(read_only=True, allow_null=True)
    ended_at = Moment(read_only=True, allow_null=True)


class AttemptWire(Wire):
    number = serializers.IntegerField(read_only=True)
    host = optional("host.name")
    started_at = Moment(read_only=True)
    ended_at = Moment(read_only=True, allow_null=True)
    end = serializers.ChoiceField(choices=Attempt.End.choices, read_only=True)
    exit_code = serializers.IntegerField(read_only=True, allow_null=True)
    reason = serializers.CharField(read_only=True)


class NodeWire(NodeRow):
    runs = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="The runs of another flow that it is."
    )
    why = WhyWire(read_only=True, allow_null=True)
    attempts = AttemptWire(many=True, read_only=True)


class LogFilter(Wire):
    attempt = serializers.IntegerField(required=False, min_value=1, help_text="The last one by default.")
    offset = serializers.IntegerField(
        required=False, default=0, help_text="Byte to begin at; below 0 counts from the end."
    )
    limit = serializers.IntegerField(required=False, default=1 << 16, min_value=1 << 12, max_value=1 << 20)


class LogWire(Wire):
    """A piece of a log in whole lines. Secrets are masked, so its length is not that of its bytes."""

    attempt = serializers.IntegerField(read_only=True)
    offset = serializers.IntegerField(read_only=True, help_text="The byte at which the text begins.")
    next_offset = serializers.IntegerField(read_only=True)
    size = serializers.IntegerField(read_only=True)
    ended = serializers.BooleanField(read_only=True, help_text="Whether nothing can follow the last byte.")
    text = serializers.CharField(read_only=True)
