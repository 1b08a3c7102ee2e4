from __future__ import annotations

from rest_framework import serializers

from apps.gateways.rest.wire.fields import Id, Moment, Wire, optional
from apps.projects.models import Role, Tree, User


class ProjectWire(Wire):
    id = serializers.CharField(source="ref", read_only=True)
    number = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=128)
    description = serializers.CharField(max_length=1024, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False)
    max_runs = serializers.IntegerField(min_value=0, max_value=32767, required=False)
    max_nodes = serializers.IntegerField(min_value=0, max_value=32767, required=False)
    paused_at = Moment(required=False, allow_null=True)
    owner = optional("owner.username")
    created_at = Moment(read_only=True)
    modified_at = Moment(read_only=True)


class FolderWire(Wire):
    id = serializers.CharField(source="ref", read_only=True)
    tree = serializers.ChoiceField(choices=Tree.choices, read_only=True)
    parent = Id(read_only=True, allow_null=True)
    name = serializers.CharField(read_only=True)


class ConnectionWire(Wire):
    """How a database is reached. The password is written and never read."""

    name = serializers.CharField(max_length=64)
    kind = serializers.CharField(max_length=32, help_text="nebula, postgresql, mysql, sqlite or a plug-in's")
    address = serializers.CharField(max_length=253, required=False, allow_blank=True)
    port = serializers.IntegerField(
        min_value=0, max_value=65535, required=False, help_text="0 is the usual one"
    )
    user_name = serializers.CharField(max_length=128, required=False, allow_blank=True)
    password = serializers.CharField(write_only=True, required=False, allow_blank=True, trim_whitespace=False)
    database = serializers.CharField(max_length=512, required=False, allow_blank=True)
    options = serializers.CharField(max_length=512, required=False, allow_blank=True)
    known_as = serializers.CharField(max_length=512, required=False, allow_blank=True)
    modified_at = Moment(read_only=True)


class MembershipWire(Wire):
    project = Id(read_only=True)
    name = serializers.CharField(source="project.name", read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)


class KeyWire(Wire):
    id = serializers.CharField(source="key_id", read_only=True)
    name = serializers.CharField(read_only=True)
    project = Id(read_only=True, allow_null=True)


class MeWire(Wire):
    """Who calls: the user, what they belong to, and the key when one was used."""

    id = serializers.CharField(source="ref", read_only=True)
    name = serializers.CharField(source="username", read_only=True)
    email = serializers.EmailField(read_only=True)
    time_zone = serializers.CharField(read_only=True)
    language = serializers.CharField(read_only=True)
    theme = serializers.ChoiceField(choices=User.Theme.choices, read_only=True)
    superuser = serializers.BooleanField(source="is_superuser", read_only=True)
    projects = MembershipWire(many=True, read_only=True)
    key = KeyWire(read_only=True, allow_null=True)
