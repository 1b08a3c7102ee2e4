from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from apps.gateways.models import AccessKey, ForeignId, Nonce, Operation
from apps.lib.admin import Admin, HistoryAdmin


@admin.register(AccessKey)
class AccessKeyAdmin(Admin):
    list_display = ("key_id", "name", "owner", "project", "enabled", "created_at", "last_used_at")
    list_filter = ("enabled", "project")
    list_select_related = ("owner", "project")
    search_fields = ("key_id", "name", "owner__username")
    date_hierarchy = "created_at"
    autocomplete_fields = ("owner", "project")
    readonly_fields = ("created_at", "last_used_at")

    def get_readonly_fields(self, request: HttpRequest, obj: AccessKey | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "key_id") if obj else self.readonly_fields


@admin.register(Nonce)
class NonceAdmin(HistoryAdmin):
    list_display = ("value", "key", "at")
    list_select_related = ("key",)
    search_fields = ("value", "key__key_id")
    date_hierarchy = "at"


@admin.register(ForeignId)
class ForeignIdAdmin(HistoryAdmin):
    list_display = ("text", "dialect", "kind", "uid")
    list_filter = ("dialect", "kind")
    search_fields = ("text", "uid")


@admin.register(Operation)
class OperationAdmin(HistoryAdmin):
    list_display = ("ref", "dialect", "kind", "state", "progress", "project", "created_at", "ended_at")
    list_filter = ("dialect", "kind", "state", "project")
    list_select_related = ("project",)
    search_fields = ("kind", "project__name")
    date_hierarchy = "created_at"
