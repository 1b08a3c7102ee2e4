"""The failed sign-ins that axes keeps, looking like the rest."""

from __future__ import annotations

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin

from apps.lib.admin import HistoryAdmin


@admin.register(AccessAttempt)
class AccessAttemptAdmin(HistoryAdmin):
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "path_info")
    search_fields = ("username", "ip_address")
    date_hierarchy = "attempt_time"
    # What was typed is not shown: it may be a password in the wrong field.
    fields = ("attempt_time", "username", "ip_address", "user_agent", "path_info", "failures_since_start")

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        """Deleting an attempt lets its user in again."""
        return True


@admin.register(AccessLog)
class AccessLogAdmin(HistoryAdmin):
    list_display = ("attempt_time", "username", "ip_address", "logout_time")
    search_fields = ("username", "ip_address")
    date_hierarchy = "attempt_time"
    fields = ("attempt_time", "logout_time", "username", "ip_address", "user_agent", "path_info")
