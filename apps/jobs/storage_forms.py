"""Forms of the resource pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.jobs.models import Storage

PLAIN = {"class": "mono", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class StorageForm(forms.ModelForm):
    """A storage. The secret is never shown again: an empty field leaves it as it is."""

    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={**PLAIN, "autocomplete": "new-password"}),
    )

    class Meta:
        model = Storage
        fields = ("kind", "bucket", "endpoint", "region", "addressing", "access_key", "secret")
        labels = {"bucket": _("Bucket"), "access_key": _("Access key")}
        help_texts = {
            "bucket": _("For HDFS the name node, as addresses spell it: hdfs://HERE/path."),
            "endpoint": _("Like https://oss-cn-hangzhou.aliyuncs.com; for HDFS the address of WebHDFS."),
            "region": _("Where the store asks for one."),
            "access_key": _("For HDFS the user. Empty is nobody in particular."),
        }
        widgets = {
            name: forms.TextInput(attrs=PLAIN) for name in ("bucket", "endpoint", "region", "access_key")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bucket"].required = self.fields["addressing"].required = False
        if self.instance.pk and self.instance.secret:
            self.fields["secret"].help_text = _("It is kept as it is when this is left empty.")
            self.fields["secret"].widget.attrs["placeholder"] = "••••••••"
            self.initial["secret"] = ""

    def clean_addressing(self) -> str:
        return self.cleaned_data["addressing"] or Storage.Addressing.PATH

    def _post_clean(self) -> None:
        """The action checks what is unique, and sets the fields."""


class FolderNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=255,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=_("Slashes make folders within folders."),
    )
