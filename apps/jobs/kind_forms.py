"""The fields of a kind's own settings, which lie among the run settings of a job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.jobs.checks import setting_text
from apps.jobs.kinds import Kind, Setting
from apps.projects.models import Connection, Project

#: What the names of such fields begin with in a form.
PREFIX = "conf_"
CODE = {"class": "mono", "spellcheck": "false", "autocapitalize": "off"}


def setting_fields(kind: Kind, project: Project) -> dict[str, forms.Field]:
    return {PREFIX + setting.name: _field(setting, project) for setting in kind.settings}


def initial_of(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields begin with: what the run settings say, else the default."""
    found: dict[str, Any] = {}
    for setting in kind.settings:
        value = setting_text(given.get(setting.name, setting.default))
        found[PREFIX + setting.name] = value == "true" if setting.type == "switch" else value
    return found


def rest_of(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """The run settings that are none of the kind's own."""
    own = {setting.name for setting in kind.settings}
    return {name: value for name, value in given.items() if name not in own}


def merged(kind: Kind, cleaned: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    """The run settings as they are to be kept: what is as it would be anyway is left out."""
    found = dict(rest)
    for setting in kind.settings:
        value = cleaned.get(PREFIX + setting.name)
        text = json.dumps(value) if isinstance(value, bool) else str("" if value is None else value)
        text = text.replace("\r\n", "\n").strip()
        if text != setting.default:
            found[setting.name] = text
    return found


def _field(setting: Setting, project: Project) -> forms.Field:
    common: dict[str, Any] = {
        "label": setting.label,
        "help_text": setting.help,
        "required": setting.required,
    }
    placeholder = {"placeholder": setting.placeholder} if setting.placeholder else {}
    if setting.type == "switch":
        return forms.BooleanField(**common | {"required": False})
    if setting.type == "choice":
        return forms.ChoiceField(choices=setting.choices, **common | {"required": False})
    if setting.type == "connection":
        return forms.ChoiceField(choices=_connections(setting, project), **common)
    if setting.type == "lines":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3, **CODE, **placeholder}), **common)
    if setting.type == "number":
        # A text: `${name}` may stand for the number.
        attrs = {"inputmode": "numeric", "autocomplete": "off", **placeholder}
        return forms.CharField(widget=forms.TextInput(attrs=attrs), **common | {"required": False})
    return forms.CharField(
        widget=forms.TextInput(attrs={"autocomplete": "off", **CODE, **placeholder}), **common
    )


def _connections(setting: Setting, project: Project) -> list[tuple[str, Any]]:
    found = Connection.objects.filter(project=project)
    if setting.of:
        found = found.filter(kind__in=setting.of)
    names = list(found.values_list("name", flat=True))
    return [
        ("", _("The only one of this project") if len(names) < 2 else _("Choose one")),
        *zip(names, names, strict=True),
    ]
