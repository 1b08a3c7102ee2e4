from __future__ import annotations

from typing import Literal

from rest_framework import serializers

from apps.gateways.rest.wire.fields import Id, Moment, Wire
from apps.projects.models import Cluster, Host
from apps.projects.queries import is_silent


class Names(serializers.ListField):
    """Names; none allows all."""

    child = serializers.CharField()


class ClusterWire(Wire):
    """A cluster that a project may use, and how."""

    id = serializers.CharField(source="ref", read_only=True)
    name = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(choices=Cluster.Kind.choices, read_only=True)
    default_user = serializers.CharField(read_only=True)
    default_queue = serializers.CharField(read_only=True)
    users = Names(source="allowed_users", read_only=True, help_text="An empty list allows all.")
    hosts = Names(source="allowed_hosts", read_only=True, help_text="An empty list allows all.")
    queues = Names(source="allowed_queues", read_only=True, help_text="An empty list allows all.")


class HostWire(Wire):
    """A machine that runs jobs; `busy` of its `slots` are taken."""

    id = serializers.CharField(source="ref", read_only=True)
    cluster = Id(read_only=True)
    name = serializers.CharField(read_only=True)
    role = serializers.ChoiceField(choices=Host.Role.choices, read_only=True)
    address = serializers.CharField(read_only=True)
    state = serializers.SerializerMethodField(help_text="working, silent or lost")
    slots = serializers.IntegerField(read_only=True)
    busy = serializers.IntegerField(read_only=True)
    cores = serializers.IntegerField(read_only=True)
    memory_mb = serializers.IntegerField(read_only=True)
    programs = serializers.ListField(child=serializers.CharField(), read_only=True)
    heartbeat_at = Moment(read_only=True, allow_null=True)
    silent_at = Moment(read_only=True, allow_null=True)
    lost_at = Moment(read_only=True, allow_null=True)

    def get_state(self, host: Host) -> Literal["working", "silent", "lost"]:
        if host.lost_at is not None:
            return "lost"
        return "silent" if is_silent(host) else "working"
