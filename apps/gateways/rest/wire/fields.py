"""Fields and rules that all things on the wire share."""

from __future__ import annotations

import json
from datetime import UTC
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.lib import ids

#: Times are told in UTC, whatever the caller's own zone on the pages.
Moment = partial(serializers.DateTimeField, default_timezone=UTC)


class Wire(serializers.Serializer):
    """A thing on the wire. A key that means nothing is refused: it is a typing error of the caller.

    Keys that are only read may be sent back; they change nothing.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(key for key in data if key not in self.fields)
            if unknown:
                raise serializers.ValidationError({key: [_("There is no such field.")] for key in unknown})
        return super().to_internal_value(data)


class Id(serializers.CharField):
    """The id of another row: its 16 hex digits outside, its uid inside."""

    default_error_messages = {"not_an_id": _("An id is 16 hexadecimal digits.")}

    def to_representation(self, value: Any) -> str:
        return str(value.ref)

    def to_internal_value(self, data: Any) -> int:
        uid = ids.read(super().to_internal_value(data))
        return uid if uid is not None else self.fail("not_an_id")


@extend_schema_field({"type": "object", "additionalProperties": {}})
class Values(serializers.DictField):
    """Named plain values."""

    default_error_messages = {"not_plain": _("The value of {name} must be text, a number, true or false.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        for name, value in data.items():
            if isinstance(value, dict | list):
                self.fail("not_plain", name=name)
        return dict(data)


class ValuesText(Values):
    """Named plain values that are kept as JSON text. Text that was kept broken reads as none."""

    def to_representation(self, value: str) -> dict[str, Any]:
        try:
            found = json.loads(value) if value else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        return json.dumps(values, ensure_ascii=False) if values else ""


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": {}}]})
class GraphText(serializers.Field):
    """A drawing: EMR Graph JSON as text, which is kept as it is, or as an object."""

    default_error_messages = {"not_a_graph": _("A graph is JSON text or an object.")}

    def to_representation(self, value: str) -> str:
        return value

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str):
            return data
        if not isinstance(data, dict):
            self.fail("not_a_graph")
        return json.dumps(data, ensure_ascii=False)


def optional(source: str) -> serializers.CharField:
    """A text that is read through a row that may be missing."""
    return serializers.CharField(source=source, read_only=True, default=None, allow_null=True)
