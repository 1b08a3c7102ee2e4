from __future__ import annotations

from rest_framework import serializers

from apps.gateways.rest.wire.fields import Moment, Wire
from apps.jobs.models import Storage


class StorageWire(Wire):
    """A bucket or an HDFS that the project may use. Its secret is written and never read."""

    id = serializers.CharField(source="ref", read_only=True)
    address = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(choices=Storage.Kind.choices, required=False)
    bucket = serializers.CharField(max_length=255, required=False, allow_blank=True)
    endpoint = serializers.CharField(max_length=512)
    region = serializers.CharField(max_length=64, required=False, allow_blank=True)
    addressing = serializers.ChoiceField(choices=Storage.Addressing.choices, required=False)
    access_key = serializers.CharField(max_length=256, required=False, allow_blank=True)
    secret = serializers.CharField(
        max_length=1024, required=False, allow_blank=True, trim_whitespace=False, write_only=True
    )
    created_at = Moment(read_only=True)
    modified_at = Moment(read_only=True)


class FileWire(Wire):
    name = serializers.CharField()
    address = serializers.CharField()
    size = serializers.IntegerField()
    modified_at = Moment()


class ListingWire(Wire):
    """What lies directly in a folder; `after` asks for the next page, and is empty on the last."""

    folders = serializers.ListField(child=serializers.CharField())
    files = FileWire(many=True)
    after = serializers.CharField(allow_blank=True)


class StoredWire(Wire):
    """Where an uploaded file lies: what a job names it by."""

    address = serializers.CharField()


class NewFolderWire(Wire):
    path = serializers.CharField(max_length=1024)
