"""The next fires of a flow: what is asked, and what is expected of each."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

from apps.engine.clocks import Night
from apps.engine.fires import Because, Fire, Outcome
from apps.flows.foretold import say
from apps.flows.models import Schedule
from apps.flows.outlook import MOST
from apps.gateways.rest.wire.fields import Moment, Wire


class FiresAsked(Wire):
    """How many; and what to take instead of what the saved schedule says."""

    count = serializers.IntegerField(required=False, default=30, min_value=1, max_value=MOST)
    cron = serializers.CharField(required=False, max_length=128)
    time_zone = serializers.CharField(required=False, max_length=64)
    start_at = Moment(required=False)
    end_at = Moment(required=False)
    enabled = serializers.BooleanField(required=False, default=None, allow_null=True)
    misfire = serializers.ChoiceField(choices=Schedule.Misfire.choices, required=False)
    overlap = serializers.ChoiceField(choices=Schedule.Overlap.choices, required=False)


class AwaitedWire(Wire):
    name = serializers.CharField(read_only=True)
    flow = serializers.CharField(source="ref", read_only=True)
    nominal_at = Moment(source="at", read_only=True, allow_null=True)
    done_at = Moment(read_only=True, allow_null=True, help_text="When it is expected to have succeeded.")
    comes = serializers.BooleanField(read_only=True, help_text="False when nothing will start it by itself.")


class FireWire(Wire):
    at = Moment(read_only=True)
    outcome = serializers.ChoiceField(choices=[(each.value, each.value) for each in Outcome], read_only=True)
    because = serializers.ChoiceField(
        choices=[(each.value, each.value) for each in Because], read_only=True, allow_null=True
    )
    begins_at = Moment(read_only=True, allow_null=True, help_text="When its run is expected to begin.")
    parent = AwaitedWire(read_only=True, allow_null=True)
    night = serializers.ChoiceField(
        choices=[(each.value, each.value) for each in Night],
        read_only=True,
        allow_null=True,
        help_text="`gap`: its local time does not exist. `twice`: it exists twice, the first fires.",
    )
    count = serializers.IntegerField(read_only=True, help_text="Of skipped times in a row, how many.")
    last_at = Moment(read_only=True, allow_null=True)
    says = serializers.SerializerMethodField(help_text="The same in a sentence; empty for a plain fire.")

    def get_says(self, fire: Fire) -> str:
        zone: ZoneInfo = self.context["zone"]
        return say(fire, zone)


class OutlookWire(Wire):
    time_zone = serializers.CharField(read_only=True)
    usual_seconds = serializers.FloatField(
        read_only=True, allow_null=True, help_text="How long a run takes; null when none succeeded lately."
    )
    fires = FireWire(many=True, read_only=True)


def as_outlook(zone: ZoneInfo, usual: Any, fires: Any) -> dict[str, Any]:
    seconds = usual.total_seconds() if usual else None
    found = {"time_zone": zone.key, "usual_seconds": seconds, "fires": fires}
    return dict(OutlookWire(found, context={"zone": zone}).data)
