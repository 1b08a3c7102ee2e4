"""Which deliveries an event makes due: rules and groups in, receivers out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told through which channel. `trouble` says why it can never arrive, if so."""

    channel: str
    id: str
    name: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """The groups that rules may name, by their public ids."""

    user_groups: Mapping[str, tuple[str, tuple[Person, ...]]] = field(default_factory=dict)
    dingtalk_groups: Mapping[str, str] = field(default_factory=dict)


def receivers(event: str, rules: Iterable[Mapping[str, Any]], directory: Directory) -> list[Receiver]:
    """Everyone who is told of `event`, each of them once, whatever number of rules says so.

    What a rule names and does not exist is a receiver too, in trouble from the start: the
    page then shows an alert that reached nobody instead of silence.
    """
    found: dict[tuple[str, str], Receiver] = {}
    for rule in rules:
        if rule.get("event") != event or not rule.get("enabled", True):
            continue
        for group_id in rule.get("user_groups") or ():
            for receiver in _of_user_group(str(group_id), directory):
                found.setdefault((receiver.channel, receiver.id), receiver)
        for group_id in rule.get("dingtalk_groups") or ():
            receiver = _of_dingtalk_group(str(group_id), directory)
            found.setdefault((receiver.channel, receiver.id), receiver)
    return list(found.values())


def _of_user_group(group_id: str, directory: Directory) -> list[Receiver]:
    known = directory.user_groups.get(group_id)
    if known is None:
        return [Receiver("email", group_id, group_id, _("There is no user group with this id."))]
    name, people = known
    reachable = [Receiver("email", person.id, person.name) for person in people if person.email]
    if not reachable:
        return [Receiver("email", group_id, name, _("Nobody in this group has an e-mail address."))]
    return reachable


def _of_dingtalk_group(group_id: str, directory: Directory) -> Receiver:
    name = directory.dingtalk_groups.get(group_id)
    if name is None:
        return Receiver("dingtalk", group_id, group_id, _("There is no DingTalk group with this id."))
    return Receiver("dingtalk", group_id, name)
