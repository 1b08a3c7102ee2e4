"""Forms of the job pages."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.jobs.checks import JOB_TREES, setting_problem, setting_text
from apps.jobs.control_forms import ControlFieldsMixin
from apps.jobs.kind_forms import PREFIX, initial_of, merged, rest_of, setting_fields
from apps.jobs.kinds import KINDS, OFFERED, Kind
from apps.jobs.kinds.families import by_family
from apps.jobs.models import MAX_RETRY, MAX_RETRY_INTERVAL, MAX_SECONDS, Job
from apps.jobs.resources.aliases import LONGEST_ALIAS
from apps.jobs.storage import BadAddress, parse_address
from apps.projects.forms import FolderField
from apps.projects.models import Cluster, Project

LONGEST_PATH = 2048
CODE = {"class": "mono", "spellcheck": "false", "autocapitalize": "off"}


class PairsField(forms.CharField):
    """A JSON object, written as `name = value` lines. A text that means the same is given back as it was."""

    widget = forms.Textarea(attrs={"rows": 3, "placeholder": "name = value", **CODE})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """JSON that is not an object of plain values is shown, and corrected, as it is."""
        pairs = _object(value)
        if pairs is None:
            return value
        return "\n".join(f"{name} = {_plain(item)}" for name, item in pairs.items())

    def to_python(self, value: Any) -> str:
        text = (super().to_python(value) or "").strip()
        if not text or text.startswith("{"):
            return text
        pairs = {}
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            name, equals, item = line.partition("=")
            if not equals or not name.strip():
                raise forms.ValidationError(
                    _("Line %(number)d is not of the form name = value.") % {"number": number}
                )
            pairs[name.strip()] = item.strip()
        return json.dumps(pairs, ensure_ascii=False)


class ResourcesWidget(forms.Widget):
    """Rows of a path and an alias. Without scripts there is an empty one at the end."""

    project: Project

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = {"name": name, "rows": value or [], "project": self.project, "blank": ("", "")}
        return render_to_string("jobs/_resource_files.html", context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str]]:
        paths, aliases = (data.getlist(f"{name}_{part}") for part in ("path", "alias"))
        rows = ((path.strip(), alias.strip()) for path, alias in zip(paths, aliases, strict=False))
        return [row for row in rows if any(row)]

    def id_for_label(self, id_: str) -> str:
        return ""


class ResourcesField(forms.Field):
    """Files laid beside the job: pairs of an address and a name."""

    widget = ResourcesWidget

    def clean(self, value: Any) -> list[tuple[str, str]]:
        for path, alias in value:
            if not path:
                raise forms.ValidationError(_("Say where %(alias)s comes from.") % {"alias": alias})
            if len(path) > LONGEST_PATH or len(alias) > LONGEST_ALIAS:
                raise forms.ValidationError(_("That is too long."))
            try:
                parse_address(path)
            except BadAddress as wrong:
                raise forms.ValidationError(f"{path}: {gettext(wrong.text) % wrong.values}.") from None
        return list(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != list(data or [])


class JobForm(ControlFieldsMixin, forms.ModelForm):
    """All of a job but its kind, which is what it is."""

    content = forms.CharField(
        label=_("Content"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 18, **CODE})
    )
    params_text = PairsField(
        label=_("Parameters"),
        help_text=_("Each is ${name} in the content. Values may hold ${yyyy-MM-dd-1d}."),
    )
    env_text = PairsField(label=_("Environment"), help_text=_("Exported before the job starts."))
    run_conf_text = PairsField(
        label=_("Run settings"), help_text=_("userName, queue, memory, cores and priority are understood.")
    )
    resources = ResourcesField(
        label=_("Files"),
        required=False,
        help_text=_("Each lies under its name in the working directory when the job starts."),
    )

    class Meta:
        model = Job
        fields = (
            "description",
            "content",
            "cluster",
            "mode",
            "max_retry",
            "retry_interval",
            "fail_act",
            "loss_policy",
            "max_running_seconds",
            "start_timeout",
            "params_text",
            "env_text",
            "run_conf_text",
        )
        labels = {
            "max_running_seconds": _("Time limit in seconds"),
            "retry_interval": _("Seconds between"),
        }
        help_texts = {
            "max_running_seconds": _("0 is no limit."),
            "start_timeout": _("An alert can tell of a later start. 0 is as its flow says."),
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "max_retry": forms.NumberInput(attrs={"min": 0, "max": MAX_RETRY}),
            "retry_interval": forms.NumberInput(attrs={"min": 0, "max": MAX_RETRY_INTERVAL}),
            "max_running_seconds": forms.NumberInput(attrs={"min": 0}),
            "start_timeout": forms.NumberInput(attrs={"min": 0, "max": MAX_SECONDS}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project = self.instance.project
        self.fields["cluster"].queryset = Cluster.objects.filter(settings__project=project)  # type: ignore[attr-defined]
        self.fields["cluster"].empty_label = _("As the flow says, else local")  # type: ignore[attr-defined]
        self.fields["start_timeout"].required = False
        self.fields["resources"].widget.project = project  # type: ignore[attr-defined]
        self.initial["resources"] = list(self.instance.resources.values_list("path", "alias"))
        if "content" in self.fields:
            self.take_control_fields()
        self.kind = KINDS.get(self.instance.kind)
        self._show_settings(project)
        self._given = {
            name: getattr(self.instance, name) for name in ("params_text", "env_text", "run_conf_text")
        }

    def _show_settings(self, project: Project) -> None:
        """The kind's own settings as fields; those of all kinds stay in the lines of run settings."""
        given = _object(self.instance.run_conf_text)
        if self.kind is None or not self.kind.settings or given is None:
            return
        self.fields.update(setting_fields(self.kind, project))
        self.initial.update(initial_of(self.kind, given))
        self.initial["run_conf_text"] = json.dumps(rest_of(self.kind, given), ensure_ascii=False)

    @property
    def settings_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    def _merge_settings(self, cleaned: dict[str, Any]) -> None:
        shown = {name: cleaned.pop(name) for name in list(cleaned) if name.startswith(PREFIX)}
        for setting in self.kind.settings if self.kind else ():
            if problem := setting_problem(setting, setting_text(shown.get(PREFIX + setting.name, ""))):
                self.add_error(PREFIX + setting.name, problem)
        rest = _object(cleaned.get("run_conf_text"))
        if self.kind is None or not self.settings_fields or rest is None:
            return
        found = merged(self.kind, shown, rest)
        cleaned["run_conf_text"] = json.dumps(found, ensure_ascii=False) if found else ""

    def clean_start_timeout(self) -> int:
        return self.cleaned_data["start_timeout"] or 0

    def clean(self) -> dict[str, Any]:
        """Spaces and the spelling of numbers in JSON that came by an API stay as they are."""
        cleaned = super().clean() or self.cleaned_data
        self._merge_settings(cleaned)
        for name, given in self._given.items():
            if name in cleaned and _texts(given) == _texts(cleaned[name]):
                cleaned[name] = given
        if "content" in self.fields:
            # A browser sends line ends of its own; a script must not get them.
            cleaned["content"] = cleaned.get("content", "").replace("\r\n", "\n")
        self.put_content()
        return cleaned


class JobSettingsForm(JobForm):
    """All of a job but its content, which is drawn."""

    content = None  # type: ignore[assignment]


class ContentForm(forms.Form):
    content = forms.CharField(
        label=_("Nodes as JSON"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, **CODE}),
    )


class NewJobForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=128,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(name, kind.label) for name, kind in OFFERED.items()], initial="SHELL"
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"] = FolderField(label=_("In folder"), project=project, trees=JOB_TREES)

    @property
    def families(self) -> list[tuple[str, list[Kind]]]:
        """The kinds as they are offered."""
        return by_family(OFFERED.values())


class MoveJobForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=128, widget=forms.TextInput(attrs={"autofocus": True}))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"] = FolderField(label=_("In folder"), project=project, trees=JOB_TREES)


def _object(text: Any) -> dict[str, Any] | None:
    """The object of plain, one-line values that a JSON text holds, if it does."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, TypeError):
        return None
    if not isinstance(found, dict):
        return None
    plain = all(not isinstance(item, dict | list) and "\n" not in str(item) for item in found.values())
    return found if plain else None


def _texts(text: str) -> Any:
    pairs = _object(text)
    return text if pairs is None else {name: _plain(item) for name, item in pairs.items()}


def _plain(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item)
