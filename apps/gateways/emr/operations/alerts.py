"""Contacts, user groups and DingTalk groups. They belong to the installation, not to a project."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.alerts import actions
from apps.alerts.access import may_change, require_change
from apps.alerts.models import Contact, DingTalkGroup, UserGroup
from apps.gateways.emr.wire import alerts as wire
from apps.gateways.rpc.frame import Asked, Operation
from apps.gateways.rpc.parameters import Parameters, read_list
from apps.lib.errors import NotFound

DONE: dict[str, Any] = {"Done": True}


def create_contact(asked: Asked) -> dict[str, Any]:
    contact = actions.create_contact(name=asked.p.need("Name"), **_reach(asked.p), by=asked.user)
    return {"Id": contact.pk}


def modify_contact(asked: Asked) -> dict[str, Any]:
    contact, name = _one(Contact.objects, asked), asked.p.need("Name")
    actions.update_contact(contact, name=name, **_reach(asked.p), by=asked.user)
    return DONE


def delete_contacts(asked: Asked) -> dict[str, Any]:
    return _delete(Contact.objects, asked)


def list_contacts(asked: Asked) -> dict[str, Any]:
    rows = _wanted(Contact.objects, asked)
    return {"AlertContactList": [wire.render_contact(row) for row in rows]}


def create_user_group(asked: Asked) -> dict[str, Any]:
    p = asked.p
    group = actions.create_user_group(
        name=p.need("Name"),
        description=p.need("Description"),
        contact_ids=read_list("UserList", p.need("UserList")),
        by=asked.user,
    )
    return {"Id": group.pk}


def modify_user_group(asked: Asked) -> dict[str, Any]:
    p = asked.p
    actions.update_user_group(
        _one(UserGroup.objects, asked),
        name=p.need("Name"),
        description=p.need("Description"),
        contact_ids=read_list("UserList", p.need("UserList")),
        by=asked.user,
    )
    return DONE


def delete_user_groups(asked: Asked) -> dict[str, Any]:
    return _delete(UserGroup.objects, asked)


def list_user_groups(asked: Asked) -> dict[str, Any]:
    rows = _wanted(UserGroup.objects.prefetch_related("contacts"), asked)
    return {"AlertUserGroupList": [wire.render_user_group(row) for row in rows]}


def create_dingtalk_group(asked: Asked) -> dict[str, Any]:
    p = asked.p
    group = actions.create_dingtalk_group(
        name=p.need("Name"),
        description=p.need("Description"),
        webhook=p.need("WebHookUrl"),
        by=asked.user,
    )
    return {"Id": group.pk}


def modify_dingtalk_group(asked: Asked) -> dict[str, Any]:
    p = asked.p
    actions.update_dingtalk_group(
        _one(DingTalkGroup.objects, asked),
        name=p.need("Name"),
        description=p.need("Description"),
        webhook=p.need("WebHookUrl"),
        by=asked.user,
    )
    return DONE


def delete_dingtalk_groups(asked: Asked) -> dict[str, Any]:
    return _delete(DingTalkGroup.objects, asked)


def list_dingtalk_groups(asked: Asked) -> dict[str, Any]:
    groups = [
        wire.render_dingtalk_group(row, reveal=may_change(asked.user, row))
        for row in _wanted(DingTalkGroup.objects, asked)
    ]
    return {"AlertDingDingGroupList": groups}


def _delete(rows: Any, asked: Asked) -> dict[str, Any]:
    """All that Ids names, or nothing."""
    with transaction.atomic():
        for row in _several(rows, asked):
            require_change(asked.user, row)
            actions.delete_receiver(row, by=asked.user)
    return DONE


def _reach(p: Parameters) -> dict[str, str]:
    return {"email": p.text("Email") or "", "phone_number": p.text("PhoneNumber") or ""}


def _one(rows: Any, asked: Asked) -> Any:
    """The row that BizId names, if the caller may change it."""
    text = asked.p.need("BizId")
    found = rows.filter(biz_id=text).first()
    if found is None:
        raise NotFound(f"There is nothing with BizId {text}.")
    require_change(asked.user, found)
    return found


def _several(rows: Any, asked: Asked) -> list[Any]:
    """The rows that Ids names, by number or by BizId. Raises NotFound naming the first that is not there."""
    texts = read_list("Ids", asked.p.need("Ids"))
    found = list(_named(rows, texts))
    known = {str(row.pk) for row in found} | {row.biz_id for row in found}
    for text in texts:
        if text not in known:
            raise NotFound(f"There is nothing with id {text}.")
    return found


def _wanted(rows: Any, asked: Asked) -> QuerySet[Any]:
    """All rows, or those that Ids names."""
    texts = read_list("Ids", asked.p.text("Ids") or "")
    found: QuerySet[Any] = _named(rows, texts) if texts else rows.all()
    return found.order_by("id")


def _named(rows: Any, texts: list[str]) -> QuerySet[Any]:
    numbers = [int(text) for text in texts if text.isascii() and text.isdecimal() and int(text) < 2**63]
    found: QuerySet[Any] = rows.filter(Q(pk__in=numbers) | Q(biz_id__in=texts))
    return found


OPERATIONS: dict[str, Operation] = {
    "CreateAlertContact": create_contact,
    "ModifyAlertContact": modify_contact,
    "DeleteAlertContacts": delete_contacts,
    "ListAlertContacts": list_contacts,
    "CreateAlertUserGroup": create_user_group,
    "ModifyAlertUserGroup": modify_user_group,
    "DeleteAlertUserGroups": delete_user_groups,
    "ListAlertUserGroup": list_user_groups,
    "CreateAlertDingDingGroup": create_dingtalk_group,
    "ModifyAlertDingDingGroup": modify_dingtalk_group,
    "DeleteAlertDingDingGroups": delete_dingtalk_groups,
    "ListAlertDingDingGroup": list_dingtalk_groups,
}
