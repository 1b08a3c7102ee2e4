from __future__ import annotations

from rest_framework import serializers

from apps.gateways.rest.wire.fields import Id, Moment, Values, ValuesText, Wire, optional
from apps.jobs.models import Job

#: Columns that hold JSON text -> their names on the wire.
NAMES = {"params_text": "params", "env_text": "env", "run_conf_text": "run_settings"}


class ResourceWire(Wire):
    path = serializers.CharField(max_length=2048)
    alias = serializers.CharField(max_length=255, required=False, allow_blank=True)


class JobRow(Wire):
    """A job in a list: without its content."""

    id = serializers.CharField(source="ref", read_only=True)
    project = Id(read_only=True)
    folder = Id(required=False)
    name = serializers.CharField(max_length=128)
    kind = serializers.CharField(max_length=32)
    description = serializers.CharField(max_length=1024, required=False, allow_blank=True)
    adhoc = serializers.BooleanField(read_only=True)
    cluster = Id(required=False, allow_null=True)
    created_at = Moment(read_only=True)
    created_by = optional("created_by.username")
    modified_at = Moment(read_only=True)
    modified_by = optional("modified_by.username")


class JobWire(JobRow):
    content = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    fail_act = serializers.ChoiceField(choices=Job.FailAct.choices, required=False)
    max_retry = serializers.IntegerField(required=False, min_value=0)
    retry_interval = serializers.IntegerField(required=False, min_value=0)
    mode = serializers.ChoiceField(choices=Job.Mode.choices, required=False)
    max_running_seconds = serializers.IntegerField(required=False, min_value=0)
    start_timeout = serializers.IntegerField(required=False, min_value=0)
    loss_policy = serializers.ChoiceField(choices=Job.Loss.choices, required=False)
    params = ValuesText(source="params_text", required=False)
    env = ValuesText(source="env_text", required=False)
    run_settings = ValuesText(source="run_conf_text", required=False)
    resources = ResourceWire(many=True, required=False, source="resource_list")


class JobRunWire(Wire):
    """How to run a job alone: on what, with which content and parameters, for which time."""

    cluster = Id(required=False, allow_null=True)
    host_name = serializers.CharField(max_length=253, required=False, allow_blank=True)
    content = serializers.CharField(required=False, allow_null=True, trim_whitespace=False)
    params = Values(required=False)
    nominal_at = Moment(required=False)
