"""The settings of nodes that run on no host, as fields instead of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.engine.control_reading import (
    MAX_DAYS,
    MAX_MESSAGE,
    MAX_NAME,
    MAX_SECONDS,
    MAX_SIDES,
    BadControl,
    read_control,
)
from apps.engine.expressions import MAX_LENGTH
from apps.lib.ids import read
from apps.projects.models import Member, Project, Role

#: What the names of these fields begin with, so that none is called like a column of the job.
PREFIX = "set_"


def _number(label: Any, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, required=False, help_text=help_text)


class WaysField(forms.CharField):
    """The ways of a branch, one a line: `name: condition`, or the name alone for everything else."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(_way_line(way) for way in value)

    def to_python(self, value: Any) -> list[dict[str, str]]:  # type: ignore[override]
        if isinstance(value, list):
            return value
        ways = []
        for line in (super().to_python(value) or "").splitlines():
            name, _colon, when = line.partition(":")
            if line.strip():
                ways.append({"name": name.strip()} | ({"when": when.strip()} if when.strip() else {}))
        return ways


def _way_line(way: Any) -> str:
    if not isinstance(way, dict):
        return str(way)
    return f"{way.get('name', '')}: {way['when']}" if way.get("when") else str(way.get("name", ""))


def _branch_fields(project: Project) -> dict[str, forms.Field]:
    return {
        "ways": WaysField(
            label=_("Ways"),
            help_text=_(
                "One a line, like “big: rows > 100”. One without a condition is for everything else."
                ' A name is a parameter, or what a node before left; state("node") is how a node'
                ' ended, output("node", "name") what it left.'
            ),
        ),
        "take": forms.ChoiceField(
            label=_("It takes"),
            choices=[("first", _("The first way that holds")), ("all", _("Every way that holds"))],
        ),
        "after": forms.ChoiceField(
            label=_("It decides"),
            choices=[
                ("succeeded", _("After those before it succeeded")),
                ("ended", _("After those before it ended, however")),
            ],
        ),
    }


def _join_fields(project: Project) -> dict[str, forms.Field]:
    return {
        "needs": forms.ChoiceField(
            label=_("It needs"),
            required=False,
            choices=[
                ("succeeded_or_skipped", _("All before it that no branch left out, and one at least")),
                ("all", _("All before it")),
                ("any", _("Any one before it")),
                ("count", _("As many as are counted")),
                ("ended", _("That all have ended, however")),
            ],
        ),
        "count": _number(_("How many"), MAX_SIDES, _("Only where it counts.")),
        "when": forms.CharField(
            label=_("And that this holds"),
            required=False,
            max_length=MAX_LENGTH,
            widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
            help_text=_('Like state("check") == "skipped". Where it does not hold, the node fails.'),
        ),
    }


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


class ParamsField(forms.CharField):
    """Values by name, one a line: `name = value`."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "mono", "placeholder": "name = value"})

    def prepare_value(self, value: Any) -> Any:
        return (
            "\n".join(f"{name} = {each}" for name, each in value.items())
            if isinstance(value, dict)
            else value
        )

    def to_python(self, value: Any) -> dict[str, str]:  # type: ignore[override]
        if isinstance(value, dict):
            return value
        params = {}
        for line in (super().to_python(value) or "").splitlines():
            name, equals, each = line.partition("=")
            if line.strip() and not equals:
                raise forms.ValidationError(_("Write each as name = value."))
            if line.strip():
                params[name.strip()] = each.strip()
        return params


def _sub_flow_fields(project: Project) -> dict[str, forms.Field]:
    flows = [(flow.ref, flow.name) for flow in project.flows.order_by("name").only("uid", "name")]
    return {
        "flow": forms.ChoiceField(
            label=_("Flow"),
            required=False,
            choices=[("", _("Choose a flow, or name one of another project")), *flows],
        ),
        "other": forms.CharField(
            label=_("Id of a flow of another project"),
            required=False,
            max_length=MAX_NAME,
            help_text=_("Whoever saves this must be able to run it there."),
        ),
        "params": ParamsField(
            label=_("Parameters"),
            required=False,
            help_text=_("What its run is given; values may hold parameters of this one."),
        ),
    }


FIELDS = {
    "WAIT": _wait_fields,
    "APPROVAL": _approval_fields,
    "BRANCH": _branch_fields,
    "JOIN": _join_fields,
    "SUB_FLOW": _sub_flow_fields,
}


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
        held = _shown(kind, _object(self.instance.content), project)
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
        if other := settings.pop("other", ""):
            settings["flow"] = other
        # What a document brought and no field shows stays.
        settings |= {key: kept for key, kept in _object(self.instance.content).items() if key not in found}
        content = json.dumps(settings, ensure_ascii=False)
        try:
            read_control(self.instance.kind, content)
        except BadControl as error:
            self.add_error(PREFIX + error.field if error.field in found else None, str(error))  # type: ignore[attr-defined]
        # A text that says the same stays as its author wrote it.
        same = settings == _object(self.instance.content)
        self.cleaned_data["content"] = self.instance.content if same else content


def _shown(kind: str, held: dict[str, Any], project: Project) -> dict[str, Any]:
    """A flow that is not of this project stands in a field of its own."""
    named = read(str(held.get("flow", "")).rpartition("-")[2])
    if kind != "SUB_FLOW" or not held.get("flow"):
        return held
    own = project.flows.filter(uid=named or 0).first()
    return held | ({"flow": own.ref} if own else {"flow": "", "other": held["flow"]})


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
