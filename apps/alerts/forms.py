"""Forms of contacts, groups and rules. What an action refuses is shown beside its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.alerts.events import EVENTS, TOLD
from apps.alerts.models import Contact, DingTalkGroup, UserGroup
from apps.alerts.rules import GROUP_KEYS, merged

KEPT = _("Leave empty to keep it as it is.")


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ("name", "email", "phone_number")
        widgets = {"name": forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"})}


class UserGroupForm(forms.ModelForm):
    contact_ids = forms.MultipleChoiceField(
        label=_("Contacts"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = UserGroup
        fields = ("name", "description")
        widgets = {"name": forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Contact.objects.values_list("biz_id", "name", "email")
        choices = [(biz_id, f"{name} · {email}" if email else name) for biz_id, name, email in people]
        self.fields["contact_ids"].choices = choices  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["contact_ids"] = [contact.biz_id for contact in self.instance.contacts.all()]


class DingTalkGroupForm(forms.ModelForm):
    """Webhook and secret go in and never come out: an empty field keeps what is stored."""

    field_order = ("name", "webhook", "secret", "keyword", "description")

    webhook = forms.CharField(
        label=_("Webhook"),
        max_length=2048,
        help_text=_("From the robot's settings in the DingTalk group, as it is."),
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_("Signing secret"),
        required=False,
        help_text=_("When the robot's security setting is “sign”: it starts with SEC."),
        widget=forms.PasswordInput(attrs={"class": "mono", "autocomplete": "new-password"}),
    )

    class Meta:
        model = DingTalkGroup
        fields = ("name", "description", "keyword")
        widgets = {"name": forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"})}
        help_texts = {"keyword": _("When the security setting is “keyword”: it is added to each message.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["webhook"].required = False
            self.fields["webhook"].help_text = KEPT
            if self.instance.secret:
                self.fields["secret"].help_text = KEPT

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.instance.pk:
            for name in ("webhook", "secret"):
                if not given.get(name):
                    given.pop(name, None)
        return given


def rule_rows(rules: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row for each event that is told, with every group to choose from and the chosen ones.

    An id that is chosen and unknown here is a choice too, so that saving keeps it.
    """
    rules = list(rules)
    known = {
        "user_groups": list(UserGroup.objects.values_list("biz_id", "name")),
        "dingtalk_groups": list(DingTalkGroup.objects.values_list("biz_id", "name")),
    }
    rows = []
    for event in TOLD:
        rule = merged(rules, event.name)
        sorts = [{"key": key, "choices": _choices(known[key], rule[key])} for key in GROUP_KEYS]
        # A rule nobody set yet shows as on: choosing a group is then all that it takes.
        is_on = rule["enabled"] or not any(rule[key] for key in GROUP_KEYS)
        rows.append({"event": event, "is_on": is_on, "sorts": sorts})
    return rows


def _choices(known: list[tuple[str, str]], chosen: list[str]) -> list[dict[str, Any]]:
    unknown = [group for group in chosen if group not in dict(known)]
    return [
        *({"id": group, "name": name, "chosen": group in chosen, "known": True} for group, name in known),
        *({"id": group, "name": group, "chosen": True, "known": False} for group in unknown),
    ]


def posted_rules(data: QueryDict, rules: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rules that a form of `rule_rows` says, and those it does not show, as they are."""
    told = {event.name for event in TOLD}
    said = []
    for name in EVENTS:
        groups = {key: data.getlist(f"{name}.{key}") for key in GROUP_KEYS}
        if name in told and any(groups.values()):
            said.append({"event": name, "enabled": f"{name}.enabled" in data, **groups})
    return [*said, *(dict(rule) for rule in rules if rule.get("event") not in told)]
