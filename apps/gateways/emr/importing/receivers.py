"""Contacts and groups that are brought over: they are known by their BizId."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from apps.alerts import actions
from apps.alerts.access import require_change
from apps.alerts.models import Contact, DingTalkGroup, UserGroup
from apps.gateways.emr.importing.reading import Reply
from apps.gateways.emr.importing.things import different
from apps.gateways.emr.wire import alerts as wire
from apps.lib.errors import Invalid
from apps.projects.models import User


class _Receiver:
    def __init__(self, by: User, reply: Reply) -> None:
        self.by, self.reply = by, reply
        self.id, self.name = str(reply.get("BizId", "")), str(reply.get("Name", ""))

    def _text(self, name: str) -> str:
        return str(self.reply.get(name) or "")

    def _keep_id(self, row: Contact | UserGroup | DingTalkGroup) -> None:
        row.biz_id = self.id
        row.save(update_fields=["biz_id"])


class ContactThing(_Receiver):
    kind: ClassVar[str] = "contact"

    def find(self) -> Contact | None:
        return Contact.objects.filter(biz_id=self.id).first()

    def make(self) -> None:
        self._keep_id(actions.create_contact(by=self.by, **self._fields()))

    def differs(self, row: Contact) -> list[str]:
        return different(self.reply, wire.render_contact(row), ("Name", "Email", "PhoneNumber"))

    def change(self, row: Contact, differing: Sequence[str]) -> None:
        require_change(self.by, row)
        actions.update_contact(row, by=self.by, **self._fields())

    def note(self) -> str:
        return ""

    def _fields(self) -> dict[str, Any]:
        return {"name": self.name, "email": self._text("Email"), "phone_number": self._text("PhoneNumber")}


class UserGroupThing(_Receiver):
    kind: ClassVar[str] = "user group"

    def find(self) -> UserGroup | None:
        return UserGroup.objects.filter(biz_id=self.id).first()

    def make(self) -> None:
        self._keep_id(actions.create_user_group(by=self.by, **self._fields()))

    def differs(self, row: UserGroup) -> list[str]:
        found = different(self.reply, wire.render_user_group(row), ("Name", "Description"))
        here = set(row.contacts.values_list("biz_id", flat=True))
        return [*found, *(["UserList"] if here != set(self._contacts()) else [])]

    def change(self, row: UserGroup, differing: Sequence[str]) -> None:
        require_change(self.by, row)
        actions.update_user_group(row, by=self.by, **self._fields())

    def note(self) -> str:
        return ""

    def _fields(self) -> dict[str, Any]:
        described = self._text("Description")
        return {"name": self.name, "description": described, "contact_ids": self._contacts()}

    def _contacts(self) -> list[str]:
        return [str(user.get("UserId", "")) for user in self.reply.get("UserList") or []]


class DingTalkGroupThing(_Receiver):
    kind: ClassVar[str] = "DingTalk group"

    def find(self) -> DingTalkGroup | None:
        return DingTalkGroup.objects.filter(biz_id=self.id).first()

    def make(self) -> None:
        if "******" in self._text("WebHookUrl"):
            raise Invalid("The token in its address is hidden there: make it here, with its address.")
        self._keep_id(actions.create_dingtalk_group(by=self.by, **self._fields()))

    def differs(self, row: DingTalkGroup) -> list[str]:
        here = wire.render_dingtalk_group(row, reveal="******" not in self._text("WebHookUrl"))
        return different(self.reply, here, ("Name", "Description", "WebHookUrl"))

    def change(self, row: DingTalkGroup, differing: Sequence[str]) -> None:
        require_change(self.by, row)
        actions.update_dingtalk_group(row, by=self.by, **self._fields())

    def note(self) -> str:
        return ""

    def _fields(self) -> dict[str, Any]:
        described = self._text("Description")
        return {"name": self.name, "description": described, "webhook": self._text("WebHookUrl")}
