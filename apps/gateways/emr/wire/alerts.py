"""Contacts and groups. Their lists are bare arrays, their times texts, their Id a number."""

from __future__ import annotations

import re
from typing import Any

from apps.alerts.models import Contact, DingTalkGroup, UserGroup
from apps.gateways.emr.wire.times import stamp

_TOKEN = re.compile(r"(access_token=)[^&#]+")


def _base(row: Contact | UserGroup | DingTalkGroup) -> dict[str, Any]:
    return {
        "Id": row.pk,
        "BizId": row.biz_id,
        "Name": row.name,
        "GmtCreate": stamp(row.created_at),
        "GmtModified": stamp(row.modified_at),
    }


def render_contact(contact: Contact) -> dict[str, Any]:
    return _base(contact) | {"Email": contact.email, "PhoneNumber": contact.phone_number}


def render_user_group(group: UserGroup) -> dict[str, Any]:
    users = [
        {
            "UserId": contact.biz_id,
            "UserName": contact.name,
            "EnableEmail": bool(contact.email),
            "EnableSMS": False,
        }
        for contact in group.contacts.all()
    ]
    return _base(group) | {"Description": group.description, "UserList": users}


def render_dingtalk_group(group: DingTalkGroup, *, reveal: bool) -> dict[str, Any]:
    """The webhook holds the token that lets one post; `reveal` it only to who may change it."""
    webhook = group.webhook if reveal else _TOKEN.sub(r"\1******", group.webhook)
    return _base(group) | {"Description": group.description, "WebHookUrl": webhook}
