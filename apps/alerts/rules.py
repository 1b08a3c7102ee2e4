"""Rules as they are stored: one shape for a flow, a project and every dialect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.alerts.events import EVENTS
from apps.lib.errors import Invalid

GROUP_KEYS = ("user_groups", "dingtalk_groups")
KEYS = frozenset({"event", "enabled", *GROUP_KEYS})
MOST_RULES = 100
MOST_GROUPS = 100
ID_LENGTH = 64


def clean_rules(rules: Any, *, field: str = "alert_rules") -> list[dict[str, Any]]:
    """`rules` with every key present and every group once. Raises Invalid naming the first wrong one.

    Ids of groups that are not known here stay: they may come with a later import, and
    until then each use of them is reported as a delivery that could not be made.
    """
    if not isinstance(rules, list) or len(rules) > MOST_RULES:
        raise Invalid(_("Alert rules are a list of at most %(most)d.") % {"most": MOST_RULES}, field=field)
    return [_clean_rule(rule, f"{field}.{index}") for index, rule in enumerate(rules)]


def _clean_rule(rule: Any, field: str) -> dict[str, Any]:
    if not isinstance(rule, Mapping) or not set(rule) <= KEYS:
        known = ", ".join(sorted(KEYS))
        raise Invalid(_("An alert rule is an object with the keys %(keys)s.") % {"keys": known}, field=field)
    event, enabled = rule.get("event"), rule.get("enabled", True)
    if not isinstance(event, str) or event not in EVENTS:
        raise Invalid(_("There is no event %(event)s.") % {"event": event}, field=f"{field}.event")
    if not isinstance(enabled, bool):
        raise Invalid(_("A rule is on or off: true or false."), field=f"{field}.enabled")
    groups = {key: _clean_ids(rule.get(key, []), f"{field}.{key}") for key in GROUP_KEYS}
    return {"event": event, "enabled": enabled, **groups}


def _clean_ids(ids: Any, field: str) -> list[str]:
    if not isinstance(ids, list) or len(ids) > MOST_GROUPS or not all(_is_id(text) for text in ids):
        raise Invalid(_("Groups are a list of at most %(most)d ids.") % {"most": MOST_GROUPS}, field=field)
    return list(dict.fromkeys(ids))


def _is_id(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text) <= ID_LENGTH


def merged(rules: Iterable[Mapping[str, Any]], event: str) -> dict[str, Any]:
    """The rules for one event as one: on when any is, with the groups of those that are on."""
    mine = [rule for rule in rules if rule.get("event") == event]
    on = [rule for rule in mine if rule.get("enabled", True)]
    groups = {
        key: list(dict.fromkeys(group for rule in on or mine for group in rule.get(key) or ()))
        for key in GROUP_KEYS
    }
    return {"event": event, "enabled": bool(on), **groups}
