from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.engine.selection import Reach
from apps.flows.models import Schedule
from apps.flows.selections import Selection
from apps.gateways.rest.wire.fields import GraphText, Id, Moment, Values, Wire, optional


class ScheduleWire(Wire):
    cron = serializers.CharField(max_length=128)
    time_zone = serializers.CharField(max_length=64, required=False)
    start_at = Moment(required=False, allow_null=True)
    end_at = Moment(required=False, allow_null=True)
    enabled = serializers.BooleanField(required=False)
    misfire = serializers.ChoiceField(choices=Schedule.Misfire.choices, required=False)
    overlap = serializers.ChoiceField(choices=Schedule.Overlap.choices, required=False)
    catch_up_most = serializers.IntegerField(min_value=1, max_value=32767, required=False)
    catch_up_hours = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    catch_up = serializers.BooleanField(
        required=False,
        write_only=True,
        help_text="When it is switched on: also the times since its last fire, as `misfire` says.",
    )
    next_fire_at = Moment(read_only=True)
    last_fire_at = Moment(read_only=True)
    trouble = serializers.CharField(read_only=True)


class FlowRow(Wire):
    """A flow in a list: without its drawing."""

    id = serializers.CharField(source="ref", read_only=True)
    project = Id(read_only=True)
    folder = Id(required=False)
    name = serializers.CharField(max_length=64)
    description = serializers.CharField(max_length=1024, required=False, allow_blank=True)
    document = Id(read_only=True)
    cluster = Id(required=False, allow_null=True)
    host_name = serializers.CharField(max_length=253, required=False, allow_blank=True)
    run_timeout = serializers.IntegerField(required=False, min_value=0)
    start_timeout = serializers.IntegerField(required=False, min_value=0)
    schedule = ScheduleWire(required=False, allow_null=True, default=None)
    created_at = Moment(read_only=True)
    created_by = optional("created_by.username")
    modified_at = Moment(read_only=True)
    modified_by = optional("modified_by.username")


class AlertRuleWire(Wire):
    event = serializers.CharField(max_length=64)
    enabled = serializers.BooleanField(required=False)
    user_groups = serializers.ListField(child=serializers.CharField(), required=False)
    dingtalk_groups = serializers.ListField(child=serializers.CharField(), required=False)


class FlowWire(FlowRow):
    graph = GraphText(required=False, source="document.text")
    params = Values(required=False)
    priority = serializers.IntegerField(required=False)
    max_runs = serializers.IntegerField(required=False, help_text="Runs at once; 0 is any number.")
    max_nodes = serializers.IntegerField(required=False, help_text="Nodes at once; 0 is any number.")
    delay = serializers.IntegerField(required=False, help_text="Seconds after its nominal time.")
    wait_limit = serializers.IntegerField(
        required=False, help_text="Seconds it waits for parents before it fails; 0 is for ever."
    )
    follows = serializers.BooleanField(
        required=False, help_text="Without a cron of its own, it runs when its parents have."
    )
    paused_at = Moment(required=False, allow_null=True)
    alert_rules = AlertRuleWire(many=True, required=False)
    parents = serializers.ListField(child=Id(), required=False, source="parent_flows")


class FlowRunWire(Wire):
    """How to run a flow: for which time and with which parameters."""

    nominal_at = Moment(required=False)
    params = Values(required=False)
    heeds_parents = serializers.BooleanField(
        required=False, help_text="Wait until what the flow waits for has succeeded. Not without being asked."
    )
    nodes = serializers.ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        max_length=10_000,
        help_text="Ids of nodes of the drawing: only these run, as far as `reach` says. All by default.",
    )
    reach = serializers.ChoiceField(
        choices=[(reach.value, reach.value) for reach in Reach], required=False, default=Reach.ONLY.value
    )
    disabled = serializers.ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        max_length=10_000,
        help_text="Ids of nodes that are passed by; what comes after them runs.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        nodes, disabled = attrs.pop("nodes", []), attrs.pop("disabled", [])
        reach = Reach(attrs.pop("reach", Reach.ONLY))
        return attrs | {"selection": Selection(nodes, reach, disabled)} if nodes or disabled else attrs
