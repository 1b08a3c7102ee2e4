"""What the admin pages of all apps share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget

from apps.lib.sealed import SealedTextField


class SecretInput(UnfoldAdminPasswordWidget):
    """Takes a secret and never shows the one that is stored."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "new-password", **(attrs or {})}, render_value=False)


class Admin(ModelAdmin):
    """Sealed columns go in and never come out; an empty field keeps what is stored."""

    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if isinstance(db_field, SealedTextField):
            return forms.CharField(
                label=db_field.verbose_name, widget=SecretInput, required=not db_field.blank, strip=False
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        for name in self._sealed(form.base_fields):
            if change:
                form.base_fields[name].required = False
                form.base_fields[name].help_text = _("Leave empty to keep what is stored.")
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        for name in self._sealed(form.cleaned_data):
            if change and not form.cleaned_data[name]:
                setattr(obj, name, form.initial.get(name) or "")
        super().save_model(request, obj, form, change)

    def _sealed(self, names: Any) -> list[str]:
        sealed = {field.name for field in self.model._meta.fields if isinstance(field, SealedTextField)}
        return [name for name in names if name in sealed]


class HistoryAdmin(Admin):
    """Rows that are written once, by the engine or by an action: to be read, never changed here."""

    show_full_result_count = False
    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
