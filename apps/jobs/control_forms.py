"""The settings of nodes that run on no host, as fields instead of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.engine.control import MAX_DAYS, MAX_MESSAGE, MAX_SECONDS, BadControl, read_control
from apps.projects.models import Member, Project, Role

#: What the names of these fields begin with, so that none is called like a column of the job.
PREFIX = "set_"


def _number(label: Any, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, required=False, help_text=help_text)


def _wait_fields(project: Project) -> dict[str, forms.Field]:
    until = forms.TimeField(
        label=_("Until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("A time of day in the flow's zone."),
    )
    return {
        "seconds": _number(_("Wait for, s"), MAX_SECONDS, _("Or until a time of day.")),
        "until": until,
        "days": _number(_("Days after the nominal date"), MAX_DAYS, _("0 is the nominal date itself.")),
    }


def _approval_fields(project: Project) -> dict[str, forms.Field]:
    named = Member.objects.filter(project=project, user__isnull=False).values_list("user_name", flat=True)
    return {
        "message": forms.CharField(
            label=_("What is asked"),
            required=False,
            max_length=MAX_MESSAGE,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Shown to whoever answers, and sent with the alert."),
        ),
        "role": forms.ChoiceField(
            label=_("Who may answer"),
            choices=[
                (Role.OPERATOR, _("Operators and above")),
                (Role.EDITOR, _("Editors and above")),
                (Role.ADMIN, _("Administrators")),
            ],
        ),
        "members": forms.MultipleChoiceField(
            label=_("Or only these members"),
            required=False,
            choices=[(name, name) for name in named],
            widget=forms.CheckboxSelectMultiple,
        ),
        "timeout": _number(_("Wait for an answer, s"), MAX_SECONDS, _("0 is for ever.")),
        "on_timeout": forms.ChoiceField(
            label=_("When nobody answers"),
            choices=[("fail", _("It fails")), ("approve", _("It goes on")), ("skip", _("It is skipped"))],
        ),
    }


FIELDS = {"WAIT": _wait_fields, "APPROVAL": _approval_fields}


class ControlFieldsMixin:
    """For a form of a job: fields for what is set of it, in the place of its content."""

    fields: dict[str, forms.Field]
    initial: dict[str, Any]
    instance: Any
    cleaned_data: dict[str, Any]

    def take_control_fields(self) -> None:
        """Put the fields in the place of `content`, where the job's kind has some."""
        self.control_keys: list[str] = []
        kind, project = self.instance.kind, self.instance.project
        if kind not in FIELDS:
            return
        del self.fields["content"]
        held = _object(self.instance.content)
        for key, field in FIELDS[kind](project).items():
            if key == "members":
                _keep_choices(field, held.get("members"))
            self.fields[PREFIX + key] = field
            self.initial[PREFIX + key] = held.get(key)
            self.control_keys.append(key)

    @property
    def control(self) -> Iterator[forms.BoundField]:
        return (self[PREFIX + key] for key in self.control_keys)  # type: ignore[index]

    def put_content(self) -> None:
        """What the fields say, as the content of the job. Errors stand beside the field that they are of."""
        if not self.control_keys:
            return
        found = {key: self.cleaned_data.pop(PREFIX + key, None) for key in self.control_keys}
        if self.errors:  # type: ignore[attr-defined]
            return
        settings = {key: _spelled(value) for key, value in found.items() if value}
        content = json.dumps(settings, ensure_ascii=False)
        try:
            read_control(self.instance.kind, content)
        except BadControl as error:
            self.add_error(PREFIX + error.field if error.field in found else None, str(error))  # type: ignore[attr-defined]
        # A text that says the same stays as its author wrote it.
        same = settings == _object(self.instance.content)
        self.cleaned_data["content"] = self.instance.content if same else content


def _keep_choices(field: Any, named: Any) -> None:
    """Members who left the project stay chosen until somebody takes them out."""
    known = {name for name, _label in field.choices}
    gone = [name for name in named or () if isinstance(name, str) and name not in known]
    field.choices = [*field.choices, *((name, name) for name in gone)]


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _spelled(value: Any) -> Any:
    return value.strftime("%H:%M") if hasattr(value, "strftime") else value
