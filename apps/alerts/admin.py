from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from apps.alerts.models import Channel, Contact, Delivery, DingTalkGroup, Rule, Try, UserGroup
from apps.lib.admin import Admin, HistoryAdmin


@admin.register(Contact)
class ContactAdmin(Admin):
    list_display = ("name", "email", "phone_number", "owner", "biz_id", "modified_at")
    list_filter = ("owner",)
    list_select_related = ("owner",)
    search_fields = ("name", "email", "biz_id")
    autocomplete_fields = ("owner",)
    readonly_fields = ("biz_id", "created_at", "modified_at")


@admin.register(UserGroup)
class UserGroupAdmin(Admin):
    list_display = ("name", "description", "owner", "biz_id", "modified_at")
    list_filter = ("owner",)
    list_select_related = ("owner",)
    search_fields = ("name", "description", "biz_id")
    autocomplete_fields = ("owner", "contacts")
    readonly_fields = ("biz_id", "created_at", "modified_at")


@admin.register(DingTalkGroup)
class DingTalkGroupAdmin(Admin):
    list_display = ("name", "description", "keyword", "owner", "biz_id", "modified_at")
    list_filter = ("owner",)
    list_select_related = ("owner",)
    search_fields = ("name", "description", "biz_id")
    autocomplete_fields = ("owner",)
    readonly_fields = ("biz_id", "created_at", "modified_at")


@admin.register(Channel)
class ChannelAdmin(Admin):
    list_display = ("name", "kind", "project", "created_at")
    list_filter = ("kind", "project")
    list_select_related = ("project",)
    search_fields = ("name", "project__name")
    autocomplete_fields = ("project",)


@admin.register(Rule)
class RuleAdmin(Admin):
    list_display = ("event", "project", "enabled")
    list_filter = ("event", "enabled", "project")
    list_select_related = ("project",)
    search_fields = ("event", "project__name")
    autocomplete_fields = ("project", "channels")


class TryInline(TabularInline):
    model = Try
    extra = 0
    can_delete = False
    fields = ("number", "at", "took_ms", "ok", "answer")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(HistoryAdmin):
    list_display = (
        "subject",
        "receiver_name",
        "channel",
        "project",
        "created_at",
        "delivered_at",
        "given_up_at",
        "tries_made",
        "trouble",
    )
    list_filter = ("channel", "event_kind", "project")
    list_select_related = ("project",)
    search_fields = ("subject", "receiver_name", "receiver_id", "trouble")
    date_hierarchy = "created_at"
    inlines = (TryInline,)


@admin.register(Try)
class TryAdmin(HistoryAdmin):
    list_display = ("delivery", "number", "at", "took_ms", "ok", "answer")
    list_filter = ("ok",)
    list_select_related = ("delivery",)
    search_fields = ("delivery__subject", "delivery__receiver_name", "answer")
    date_hierarchy = "at"
