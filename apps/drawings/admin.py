from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.drawings.models import Document, Lock, Operation
from apps.lib.admin import Admin, HistoryAdmin
from apps.lib.ids import spell


@admin.register(Document)
class DocumentAdmin(HistoryAdmin):
    """Drawings are changed on the canvas: here a write would go past their versions."""

    list_display = ("ref", "kind", "project", "version", "modified_by", "modified_at")
    list_filter = ("kind", "project")
    list_select_related = ("project", "modified_by")
    search_fields = ("project__name", "flow__name", "job__name")
    date_hierarchy = "modified_at"
    fields = ("ref", "project", "kind", "version", "modified_by", "modified_at", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).defer("text")


@admin.register(Operation)
class OperationAdmin(HistoryAdmin):
    list_display = ("document", "version", "label", "author", "at")
    list_select_related = ("document", "author")
    search_fields = ("label", "author__username", "client")
    date_hierarchy = "at"
    list_filter = ("at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operation]:
        return super().get_queryset(request).defer("ops", "document__text")


@admin.register(Lock)
class LockAdmin(Admin):
    """Locks may be taken away from whoever forgot theirs."""

    list_display = ("subject_ref", "holder", "taken_at", "expires_at")
    list_filter = ("expires_at",)
    list_select_related = ("holder",)
    search_fields = ("holder__username",)
    readonly_fields = ("subject_ref", "holder", "taken_at", "expires_at")
    exclude = ("subject",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("What"))
    def subject_ref(self, lock: Lock) -> str:
        return spell(lock.subject)
