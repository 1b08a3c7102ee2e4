from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from apps.lib.admin import Admin, HistoryAdmin
from apps.projects.forms import ConnectionForm
from apps.projects.models import (
    AuditEntry,
    Cluster,
    ClusterSetting,
    Connection,
    Counter,
    Folder,
    Host,
    Member,
    Project,
    User,
    Variable,
)

# What one may do is a role in a project; groups of permissions would be a second answer.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(BaseUserAdmin, Admin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "language")
    search_fields = ("username", "first_name", "last_name", "email")
    date_hierarchy = "date_joined"
    filter_horizontal = ()
    readonly_fields = ("ref", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "ref")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("How they read"), {"fields": ("language", "time_zone", "theme")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Times"), {"fields": ("last_login", "date_joined")}),
    )


class MemberInline(TabularInline):
    model = Member
    extra = 0
    tab = True
    fields = ("user_name", "user", "account_id", "role")
    autocomplete_fields = ("user",)


class ClusterSettingInline(TabularInline):
    model = ClusterSetting
    extra = 0
    tab = True
    fields = ("cluster", "default_user", "default_queue")


@admin.register(Project)
class ProjectAdmin(Admin):
    list_display = ("name", "ref", "number", "owner", "time_zone", "modified_at")
    list_filter = ("time_zone",)
    list_select_related = ("owner",)
    search_fields = ("name", "description", "number")
    date_hierarchy = "created_at"
    autocomplete_fields = ("owner",)
    readonly_fields = ("ref", "number", "created_at", "modified_at")
    inlines = (MemberInline, ClusterSettingInline)

    def has_add_permission(self, request: object) -> bool:
        """A project is made with its number, folders and first member by its own page."""
        return False


@admin.register(Member)
class MemberAdmin(Admin):
    list_display = ("user_name", "project", "role", "user", "modified_at")
    list_filter = ("role", "project")
    list_select_related = ("project", "user")
    search_fields = ("user_name", "account_id", "project__name")
    autocomplete_fields = ("project", "user")


@admin.register(Folder)
class FolderAdmin(Admin):
    list_display = ("name", "ref", "tree", "project", "parent")
    list_filter = ("tree", "project")
    list_select_related = ("project", "parent")
    search_fields = ("name",)
    autocomplete_fields = ("project", "parent")
    readonly_fields = ("ref",)


@admin.register(Variable)
class VariableAdmin(Admin):
    list_display = ("name", "project", "secret", "modified_at")
    list_filter = ("secret", "project")
    list_select_related = ("project",)
    search_fields = ("name", "project__name")
    autocomplete_fields = ("project",)


class HostInline(TabularInline):
    model = Host
    extra = 0
    fields = ("name", "role", "address", "slots", "heartbeat_at")
    readonly_fields = ("heartbeat_at",)


class ConnectionAdminForm(ConnectionForm):
    class Meta(ConnectionForm.Meta):
        fields = ("project", *ConnectionForm.Meta.fields)  # type: ignore[assignment]


@admin.register(Connection)
class ConnectionAdmin(Admin):
    list_display = ("name", "kind", "project", "address", "port", "user_name", "database", "modified_at")
    list_filter = ("kind", "project")
    list_select_related = ("project",)
    search_fields = ("name", "address", "known_as")
    autocomplete_fields = ("project",)
    form = ConnectionAdminForm


@admin.register(Cluster)
class ClusterAdmin(Admin):
    list_display = ("name", "ref", "kind", "created_at")
    list_filter = ("kind",)
    search_fields = ("name",)
    readonly_fields = ("ref", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "kind", "ref", "created_at")}),
        (_("Jobs that run on it"), {"fields": ("endpoints", "token")}),
    )
    inlines = (HostInline,)


@admin.register(Host)
class HostAdmin(Admin):
    list_display = ("name", "ref", "cluster", "role", "address", "slots", "heartbeat_at")
    list_filter = ("cluster", "role")
    list_select_related = ("cluster",)
    search_fields = ("name", "address")
    autocomplete_fields = ("cluster",)
    readonly_fields = ("ref", "programs", "boot_id", "heartbeat_at")


@admin.register(ClusterSetting)
class ClusterSettingAdmin(Admin):
    list_display = ("project", "cluster", "default_user", "default_queue", "modified_at")
    list_filter = ("cluster", "project")
    list_select_related = ("project", "cluster")
    search_fields = ("project__name", "cluster__name", "default_user", "default_queue")
    autocomplete_fields = ("project", "cluster")


@admin.register(AuditEntry)
class AuditEntryAdmin(HistoryAdmin):
    list_display = ("at", "user", "verb", "subject_kind", "subject_name", "project")
    list_filter = ("verb", "subject_kind", "project")
    list_select_related = ("user", "project")
    search_fields = ("subject_name", "user__username")
    date_hierarchy = "at"


@admin.register(Counter)
class CounterAdmin(HistoryAdmin):
    list_display = ("name", "value")
    search_fields = ("name",)
