from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from apps.flows.models import (
    Attempt,
    Backfill,
    BackfillTime,
    ClusterJob,
    Dependency,
    Flow,
    FlowJob,
    Heartbeat,
    NodeRun,
    Output,
    Recovery,
    Revision,
    Run,
    RunEnd,
    RunEvent,
    Schedule,
    SkippedFire,
)
from apps.lib.admin import Admin, HistoryAdmin


@admin.register(Flow)
class FlowAdmin(Admin):
    """A flow's drawing and rules are changed where they are checked: on its own pages."""

    list_display = ("name", "ref", "project", "folder", "cluster", "modified_by", "modified_at")
    list_filter = ("project", "cluster", "source_dialect")
    list_select_related = ("project", "folder", "cluster", "modified_by")
    search_fields = ("name", "description")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "folder", "cluster")
    readonly_fields = (
        "ref",
        "document",
        "alert_rules",
        "published",
        "created_by",
        "created_at",
        "modified_by",
        "modified_at",
    )
    fieldsets = (
        (None, {"fields": ("ref", "project", "folder", "name", "description", "document", "published")}),
        (_("Where and how it runs"), {"fields": ("cluster", "host_name", "params", "alert_rules")}),
        (_("Limits"), {"fields": ("run_timeout", "start_timeout")}),
        (_("Times"), {"fields": ("created_by", "created_at", "modified_by", "modified_at")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flow]:
        return super().get_queryset(request).defer("source_text")


@admin.register(FlowJob)
class FlowJobAdmin(HistoryAdmin):
    list_display = ("flow", "job")
    list_select_related = ("flow", "job")
    list_filter = ("flow__project",)
    search_fields = ("flow__name", "job__name")


@admin.register(Revision)
class RevisionAdmin(HistoryAdmin):
    list_display = ("ref", "flow", "job", "number", "message", "created_by", "created_at")
    list_select_related = ("flow", "job", "created_by")
    list_filter = ("created_at",)
    search_fields = ("flow__name", "job__name", "message", "digest")
    date_hierarchy = "created_at"
    fields = ("ref", "flow", "job", "number", "digest", "message", "settings", "alert_rules", "drawing")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        return super().get_queryset(request).defer("drawing", "nodes")


@admin.register(Schedule)
class ScheduleAdmin(Admin):
    list_display = ("flow", "cron", "time_zone", "enabled", "next_fire_at", "last_fire_at", "trouble")
    list_filter = ("enabled", "misfire", "overlap", "time_zone")
    list_select_related = ("flow",)
    search_fields = ("flow__name", "cron")
    date_hierarchy = "next_fire_at"
    # The next fire follows from these, so they are changed where it is computed: on the flow's page.
    readonly_fields = (
        "flow",
        "cron",
        "time_zone",
        "start_at",
        "end_at",
        "enabled",
        "next_fire_at",
        "last_fire_at",
        "trouble",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Output)
class OutputAdmin(Admin):
    list_display = ("name", "project", "flow", "node")
    list_filter = ("project",)
    list_select_related = ("project", "flow")
    search_fields = ("name", "flow__name")
    autocomplete_fields = ("project", "flow")


@admin.register(Dependency)
class DependencyAdmin(Admin):
    list_display = ("flow", "node", "parent", "parent_node", "parent_name", "cycle")
    list_filter = ("cycle", "flow__project")
    list_select_related = ("flow", "parent")
    search_fields = ("flow__name", "parent__name", "parent_name")
    autocomplete_fields = ("flow", "parent")


class ReadOnlyInline(TabularInline):
    extra = 0
    can_delete = False
    tab = True
    show_change_link = True
    per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class NodeRunInline(ReadOnlyInline):
    model = NodeRun
    fields = ("ordinal", "name", "kind", "state", "attempt", "started_at", "ended_at", "exit_code", "reason")


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ("number", "host", "started_at", "ended_at", "end", "exit_code", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).select_related("host")


@admin.register(Run)
class RunAdmin(HistoryAdmin):
    list_display = ("name", "ref", "state", "trigger", "project", "nominal_at", "started_at", "ended_at")
    list_filter = ("state", "trigger", "project")
    list_select_related = ("project",)
    search_fields = ("name", "reason")
    date_hierarchy = "created_at"
    inlines = (NodeRunInline,)


@admin.register(NodeRun)
class NodeRunAdmin(HistoryAdmin):
    list_display = ("name", "ref", "state", "kind", "run", "host", "attempt", "started_at", "ended_at")
    list_filter = ("state", "kind", "project")
    list_select_related = ("run", "host")
    search_fields = ("name", "node", "run__name", "reason")
    date_hierarchy = "started_at"
    inlines = (AttemptInline,)


@admin.register(Attempt)
class AttemptAdmin(HistoryAdmin):
    list_display = ("node_run", "number", "host", "started_at", "ended_at", "end", "exit_code")
    list_filter = ("end", "host")
    list_select_related = ("node_run", "host")
    search_fields = ("node_run__name", "reason")
    date_hierarchy = "started_at"


@admin.register(ClusterJob)
class ClusterJobAdmin(HistoryAdmin):
    list_display = ("ident", "system", "name", "attempt", "state", "end", "progress", "seen_at")
    list_filter = ("system", "end")
    list_select_related = ("attempt",)
    search_fields = ("ident", "name")
    date_hierarchy = "seen_at"


@admin.register(RunEvent)
class RunEventAdmin(HistoryAdmin):
    list_display = ("at", "kind", "run", "seq", "node_run", "state", "pending")
    list_filter = ("kind", "pending")
    list_select_related = ("run", "node_run")
    search_fields = ("run__name", "node_run__name")
    date_hierarchy = "at"


@admin.register(Backfill)
class BackfillAdmin(HistoryAdmin):
    list_display = ("created_at", "flow", "first_at", "last_at", "parallel", "ended_at", "created_by")
    list_select_related = ("flow", "created_by")
    search_fields = ("flow__name",)
    date_hierarchy = "created_at"


@admin.register(BackfillTime)
class BackfillTimeAdmin(HistoryAdmin):
    list_display = ("nominal_at", "flow", "backfill", "run", "is_done", "left_out")
    list_filter = ("is_done",)
    list_select_related = ("flow", "backfill__flow", "run")
    search_fields = ("flow__name", "left_out")
    date_hierarchy = "nominal_at"


@admin.register(SkippedFire)
class SkippedFireAdmin(HistoryAdmin):
    list_display = ("last_at", "flow", "first_at", "count", "reason")
    list_filter = ("reason",)
    list_select_related = ("flow",)
    search_fields = ("flow__name",)
    date_hierarchy = "last_at"


@admin.register(RunEnd)
class RunEndAdmin(HistoryAdmin):
    """A row here for longer than a second says that no scheduler is up."""

    list_display = ("run",)
    list_select_related = ("run",)
    search_fields = ("run__name",)


@admin.register(Recovery)
class RecoveryAdmin(HistoryAdmin):
    list_display = ("at", "act", "host", "count", "why")
    list_filter = ("act", "host")
    list_select_related = ("host",)
    search_fields = ("why",)
    date_hierarchy = "at"


@admin.register(Heartbeat)
class HeartbeatAdmin(HistoryAdmin):
    list_display = ("service", "at", "detail")
    search_fields = ("service",)
