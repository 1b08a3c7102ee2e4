from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.gateways.rest.wire.fields import Wire


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": {}}})
class Ops(serializers.Field):
    """A list of operations; each is looked at where it is applied."""

    default_error_messages = {"not_a_list": _("Operations come as a list.")}

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        return list(data)


class ProblemWire(Wire):
    code = serializers.CharField(read_only=True)
    message = serializers.CharField(read_only=True)
    nodes = serializers.ListField(child=serializers.CharField(), read_only=True)
    edges = serializers.ListField(child=serializers.CharField(), read_only=True)
    severity = serializers.ChoiceField(choices=["error", "warning"], read_only=True)


class DocumentWire(Wire):
    id = serializers.CharField(source="ref", read_only=True)
    version = serializers.IntegerField(read_only=True)
    kind = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True, help_text="EMR Graph JSON, as it was stored.")
    problems = ProblemWire(many=True, read_only=True)


class OpsWire(Wire):
    """Operations of an editor, applied all or not at all."""

    ops = Ops()
    label = serializers.CharField(required=False, allow_blank=True, default="")
    client = serializers.CharField(required=False, allow_blank=True, default="")


class TextWire(Wire):
    text = serializers.CharField(trim_whitespace=False, help_text="EMR Graph JSON.")
    label = serializers.CharField(required=False, allow_blank=True, default="")
    client = serializers.CharField(required=False, allow_blank=True, default="")


class SavedWire(Wire):
    version = serializers.IntegerField(read_only=True)
    problems = ProblemWire(many=True, read_only=True)
