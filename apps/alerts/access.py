"""Contacts and groups belong to nobody's project: everyone may name them, their owner changes them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from apps.alerts.models import Contact, DingTalkGroup, UserGroup
from apps.lib.errors import Denied
from apps.projects.models import User

Receivers = Contact | UserGroup | DingTalkGroup


def may_change(user: User | AnonymousUser, row: Receivers) -> bool:
    return user.is_active and (user.is_superuser or (row.owner_id is not None and row.owner_id == user.pk))


def require_change(user: User | AnonymousUser, row: Receivers) -> None:
    """Raise Denied unless `user` may change, test or delete this contact or group."""
    if not may_change(user, row):
        raise Denied(
            _("%(name)s belongs to %(owner)s: only they or an administrator can change it.")
            % {"name": row.name, "owner": row.owner or _("nobody")}
        )
