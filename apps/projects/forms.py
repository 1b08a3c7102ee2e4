"""Forms of the project pages. What an action refuses is shown beside the field it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from apps.lib.errors import DomainError
from apps.projects.connections import MAX_PORT, database_kinds
from apps.projects.models import Cluster, ClusterSetting, Connection, Folder, Project, Role, User
from apps.projects.queries import folder_tree
from apps.projects.retention import LONGEST_DAYS, kept_things


def submit(form: forms.BaseForm, action: Callable[[], Any]) -> bool:
    """Run `action` when the form is valid; put a DomainError beside its field. Whether all went well."""
    if not form.is_valid():
        return False
    try:
        action()
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    return True


def time_zone_choices() -> list[tuple[str, str]]:
    named = sorted(
        zone
        for zone in available_timezones()
        if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
    )
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in named)]


class ProjectForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        help_text=_("In which schedules and dates of this project are read."),
    )

    class Meta:
        model = Project
        fields = ("name", "description", "time_zone", "max_runs", "max_nodes")
        help_texts = {
            "max_runs": _("How many runs of its flows may go on at once; 0 is any number."),
            "max_nodes": _("How many of their nodes may run at once; 0 is any number."),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
            "description": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["max_runs"].required = self.fields["max_nodes"].required = False

    def clean_max_runs(self) -> int:
        return self.cleaned_data["max_runs"] or 0

    def clean_max_nodes(self) -> int:
        return self.cleaned_data["max_nodes"] or 0


class MemberForm(forms.Form):
    user_name = forms.CharField(label=_("User name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.EDITOR)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class VariableForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=128,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    value = forms.CharField(
        label=_("Value"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "mono", "spellcheck": "false"}),
    )
    secret = forms.BooleanField(
        label=_("Secret"),
        required=False,
        help_text=_("Never shown again, and masked in every log from 4 characters on."),
    )


class ConnectionForm(forms.ModelForm):
    """How a database is reached. The password is never shown again; empty leaves it as it is."""

    kind = forms.ChoiceField(label=_("Kind of database"), choices=database_kinds, initial="postgresql")
    port = forms.IntegerField(
        label=_("Port"),
        required=False,
        min_value=0,
        max_value=MAX_PORT,
        widget=forms.NumberInput(attrs={"placeholder": _("the usual one")}),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Connection
        fields = (
            "name",
            "kind",
            "address",
            "port",
            "user_name",
            "password",
            "database",
            "options",
            "known_as",
        )
        labels = {"address": _("Host"), "user_name": _("User"), "known_as": _("Also known as")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "address", "user_name", "database", "options", "known_as"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        if self.instance.password:
            self.fields["password"].help_text = _("Empty leaves it as it is.")
        self.initial["port"] = self.instance.port or None
        self._password = self.instance.password

    def clean_port(self) -> int:
        return self.cleaned_data["port"] or 0

    def clean_password(self) -> str:
        return self.cleaned_data["password"] or self._password


class LinkClusterForm(forms.Form):
    cluster = forms.ModelChoiceField(label=_("Cluster"), queryset=Cluster.objects.none(), empty_label=None)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cluster"].queryset = Cluster.objects.exclude(settings__project=project)  # type: ignore[attr-defined]


class RetentionForm(forms.Form):
    """Days for each thing that is kept. Empty is what the installation says."""

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kept in kept_things().items():
            default = str(kept.default_days) if kept.default_days else _("for ever")
            self.fields[name] = forms.IntegerField(
                label=_("%(what)s, days") % {"what": kept.title},
                help_text=str(kept.hint),
                required=False,
                min_value=0,
                max_value=LONGEST_DAYS,
                initial=project.retention.get(name),
                widget=forms.NumberInput(attrs={"placeholder": default, "min": 0, "max": LONGEST_DAYS}),
            )


class LinesField(forms.CharField):
    """A list of words, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "mono"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


class ClusterSettingForm(forms.ModelForm):
    users = LinesField(label=_("Allowed users"), required=False, help_text=_("One a line. Empty allows all."))
    hosts = LinesField(label=_("Allowed hosts"), required=False, help_text=_("One a line. Empty allows all."))
    queues = LinesField(
        label=_("Allowed queues"), required=False, help_text=_("One a line. Empty allows all.")
    )

    class Meta:
        model = ClusterSetting
        fields = ("default_user", "default_queue", "users", "hosts", "queues")


class FolderField(forms.TypedChoiceField):
    """One folder of the project's trees, named by its way from the top."""

    def __init__(self, *, project: Project, trees: tuple[str, ...], **kwargs: Any) -> None:
        branches = folder_tree(project, *trees)
        self.folders = {branch.folder.ref: branch.folder for branch in branches}
        choices = [(branch.folder.ref, branch.path) for branch in branches]
        super().__init__(choices=choices, coerce=self.folders.__getitem__, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value.ref if isinstance(value, Folder) else value


class FolderForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=128, widget=forms.TextInput(attrs={"autofocus": True}))

    def __init__(self, *args: Any, project: Project, tree: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"] = FolderField(label=_("In folder"), project=project, trees=(tree,))


class AccountForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [("", _("As the server")), *time_zone_choices()],
        required=False,
        help_text=_("Every time you read is shown in it."),
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "time_zone")


class PasswordForm(PasswordChangeForm):
    """The form of Django, without taking the focus of the page it stands on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
