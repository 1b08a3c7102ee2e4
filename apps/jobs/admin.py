from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from apps.jobs.models import Frozen, Job, Resource, Storage
from apps.lib.admin import Admin, HistoryAdmin

BIG = ("content", "source_text")


class ResourceInline(TabularInline):
    model = Resource
    extra = 0
    fields = ("position", "path", "alias")


@admin.register(Job)
class JobAdmin(Admin):
    list_display = ("name", "ref", "kind", "project", "folder", "adhoc", "modified_by", "modified_at")
    list_filter = ("kind", "adhoc", "mode", "project")
    list_select_related = ("project", "folder", "modified_by")
    search_fields = ("name", "description")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "folder", "cluster")
    readonly_fields = ("ref", "document", "created_by", "created_at", "modified_by", "modified_at")
    inlines = (ResourceInline,)
    fieldsets = (
        (None, {"fields": ("ref", "project", "folder", "name", "kind", "description", "adhoc", "content")}),
        (
            _("When it fails"),
            {
                "fields": (
                    "fail_act",
                    "max_retry",
                    "retry_interval",
                    "max_running_seconds",
                    "start_timeout",
                    "loss_policy",
                )
            },
        ),
        (
            _("Where and how it runs"),
            {"fields": ("mode", "cluster", "params_text", "env_text", "run_conf_text")},
        ),
        (_("Times"), {"fields": ("created_by", "created_at", "modified_by", "modified_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).defer(*BIG)


@admin.register(Resource)
class ResourceAdmin(Admin):
    list_display = ("path", "alias", "job", "position")
    list_select_related = ("job",)
    list_filter = ("job__project",)
    search_fields = ("path", "alias", "job__name")
    autocomplete_fields = ("job",)
    # It comes with the path, which is then shown without it.
    exclude = ("secret",)


@admin.register(Storage)
class StorageAdmin(Admin):
    list_display = ("address", "kind", "endpoint", "project", "access_key", "modified_at")
    list_filter = ("kind", "project")
    list_select_related = ("project",)
    search_fields = ("bucket", "endpoint", "project__name")
    autocomplete_fields = ("project",)
    readonly_fields = ("ref", "created_at", "modified_at")


@admin.register(Frozen)
class FrozenAdmin(HistoryAdmin):
    list_display = ("digest", "kind", "created_at")
    list_filter = ("kind",)
    search_fields = ("digest",)
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Frozen]:
        return super().get_queryset(request).defer("content")
