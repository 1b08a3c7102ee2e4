from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.projects.access import visible_projects
from apps.projects.models import Project, User


class KeySettingsForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=128,
        required=False,
        help_text=_("What it is for, for yourself."),
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    project = forms.ModelChoiceField(
        label=_("Default project"),
        queryset=Project.objects.none(),
        required=False,
        empty_label=_("None"),
        help_text=_("For calls that name no project, as those of NAVER Data Flow."),
    )
    enabled = forms.BooleanField(
        label=_("On"), required=False, help_text=_("What signs with a key that is off is refused at once.")
    )

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = visible_projects(owner).order_by("name")  # type: ignore[attr-defined]


class NewKeyForm(KeySettingsForm):
    enabled = None  # type: ignore[assignment]
    key_id = forms.CharField(
        label=_("Access key id"),
        max_length=128,
        required=False,
        help_text=_("Made up when it is left empty."),
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_key_id(self) -> str | None:
        return self.cleaned_data["key_id"] or None
