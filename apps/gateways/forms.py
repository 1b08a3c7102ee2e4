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


class ImportForm(forms.Form):
    endpoint = forms.URLField(
        label=_("Endpoint"),
        assume_scheme="https",
        help_text=_("The web address of EMR's API in the region of the account."),
        widget=forms.URLInput(attrs={"class": "mono", "placeholder": "https://…", "autofocus": True}),
    )
    key = forms.CharField(
        label=_("Access key id"),
        max_length=128,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=256,
        help_text=_("Kept sealed while the import goes on, and forgotten when it ends."),
        widget=forms.PasswordInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    region = forms.CharField(label=_("Region"), max_length=64)
    project = forms.CharField(
        label=_("Only this project"),
        max_length=64,
        required=False,
        help_text=_("Its id, FP-…; everything when it is left empty."),
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    dry_run = forms.BooleanField(
        label=_("Only say what would be done"), required=False, help_text=_("Nothing is written.")
    )
    overwrite = forms.BooleanField(
        label=_("Replace what is here and differs"),
        required=False,
        help_text=_("Else work that was done here is kept, and reported."),
    )
    schedules = forms.BooleanField(
        label=_("Switch schedules on"),
        required=False,
        help_text=_("Only when they are off there: else every flow fires twice."),
    )
