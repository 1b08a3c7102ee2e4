"""What changes contacts, groups, rules and deliveries. Who may is asked by the callers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.alerts.channels import DeliveryError, Letter, dingtalk, email
from apps.alerts.message import compose_test
from apps.alerts.models import Contact, Delivery, DingTalkGroup, Rule, UserGroup
from apps.alerts.rules import clean_rules
from apps.flows.actions import update_flow
from apps.flows.models import Flow
from apps.lib.errors import Conflict, Invalid
from apps.lib.nudge import nudge
from apps.lib.outbound import Refused, require_web_address
from apps.projects.actions import record_audit
from apps.projects.models import Project, User

Receiver = TypeVar("Receiver", Contact, UserGroup, DingTalkGroup)

# --- contacts and groups


@transaction.atomic
def create_contact(*, name: str, by: User | None, email: str = "", phone_number: str = "") -> Contact:
    row = Contact(name=name, email=email.strip(), phone_number=phone_number.strip(), owner=by)
    return _saved(row, "create", by)


@transaction.atomic
def update_contact(contact: Contact, *, by: User | None, **fields: Any) -> Contact:
    """Change what is given of name, email and phone_number."""
    return _saved(_with(contact, {"name", "email", "phone_number"}, fields), "update", by)


@transaction.atomic
def create_user_group(
    *, name: str, by: User | None, description: str = "", contact_ids: Sequence[str] = ()
) -> UserGroup:
    contacts = _contacts(contact_ids)
    group = _saved(UserGroup(name=name, description=description, owner=by), "create", by)
    group.contacts.set(contacts)
    return group


@transaction.atomic
def update_user_group(
    group: UserGroup, *, by: User | None, contact_ids: Sequence[str] | None = None, **fields: Any
) -> UserGroup:
    """Change what is given; `contact_ids`, when given, are all its contacts from then on."""
    contacts = None if contact_ids is None else _contacts(contact_ids)
    _saved(_with(group, {"name", "description"}, fields), "update", by)
    if contacts is not None:
        group.contacts.set(contacts)
    return group


@transaction.atomic
def create_dingtalk_group(
    *,
    name: str,
    webhook: str,
    by: User | None,
    description: str = "",
    secret: str = "",
    keyword: str = "",
) -> DingTalkGroup:
    group = DingTalkGroup(name=name, description=description, owner=by)
    return _saved(_with_robot(group, webhook=webhook, secret=secret, keyword=keyword), "create", by)


@transaction.atomic
def update_dingtalk_group(group: DingTalkGroup, *, by: User | None, **fields: Any) -> DingTalkGroup:
    """Change what is given of name, description, webhook, secret and keyword."""
    robot = {key: fields.pop(key) for key in ("webhook", "secret", "keyword") if key in fields}
    return _saved(_with_robot(_with(group, {"name", "description"}, fields), **robot), "update", by)


@transaction.atomic
def delete_receiver(row: Contact | UserGroup | DingTalkGroup, *, by: User | None) -> None:
    """Delete a contact or a group. Rules keep its id, and each use of it is reported."""
    record_audit("delete", row, by=by)
    row.delete()


def send_test(row: Contact | UserGroup | DingTalkGroup, *, by: User) -> str:
    """Send a test message now and return what the other side said. Raises Conflict with its trouble."""
    message = compose_test(row.name, by.get_full_name() or by.get_username())
    now = timezone.now()
    letter = Letter(f"test-{now.timestamp():.0f}", row.biz_id, message.subject, message.body, now)
    try:
        if isinstance(row, DingTalkGroup):
            answers = [dingtalk.send_to(row, letter)]
        else:
            answers = [email.send_to(address, letter) for address in _addresses(row)]
    except DeliveryError as error:
        words = {"name": row.name, "trouble": error}
        raise Conflict(_("The test message to %(name)s did not arrive: %(trouble)s") % words) from error
    record_audit("test", row, by=by)
    return " ".join(answers)


# --- rules and deliveries


def set_flow_rules(flow: Flow, rules: Any, *, by: User | None) -> Flow:
    """Whom a flow tells what, from its next run on."""
    return update_flow(flow, by=by, alert_rules=clean_rules(rules))


@transaction.atomic
def set_project_rules(project: Project, rules: Any, *, by: User | None) -> list[Rule]:
    """Whom all flows of a project tell what, beside their own rules."""
    cleaned = clean_rules(rules)
    Rule.objects.filter(project=project).delete()
    made = Rule.objects.bulk_create([Rule(project=project, **rule) for rule in cleaned])
    record_audit("alert_rules", project, by=by, project=project, rules=len(made))
    return made


@transaction.atomic
def replay(delivery: Delivery, *, by: User | None) -> Delivery:
    """Send a delivery once more, with the whole schedule of tries. Raises Conflict while it is on its way."""
    changed = Delivery.objects.filter(pk=delivery.pk, due_at=None).update(
        due_at=timezone.now(),
        tries_made=0,
        delivered_at=None,
        given_up_at=None,
        trouble="",
        claimed_until=None,
    )
    if not changed:
        raise Conflict(_("This message is waiting to be sent already."))
    record_audit("replay", delivery, by=by, project=delivery.project, receiver=delivery.receiver_name)
    nudge("alerts.deliver", delivery.pk)
    delivery.refresh_from_db()
    return delivery


# --- checks


def _with(row: Receiver, known: set[str], fields: dict[str, Any]) -> Receiver:
    if unknown := set(fields) - known:
        raise Invalid(_("There is no field %(name)s.") % {"name": min(unknown)}, field=min(unknown))
    for key, value in fields.items():
        setattr(row, key, value.strip())
    return row


def _with_robot(
    group: DingTalkGroup, *, webhook: str | None = None, secret: str | None = None, keyword: str | None = None
) -> DingTalkGroup:
    if webhook is not None:
        # Pasted blanks have made robots silent before.
        group.webhook = webhook.strip()
    if secret is not None:
        group.secret = secret.strip()
    if keyword is not None:
        group.keyword = keyword.strip()
    try:
        require_web_address(group.webhook)
    except Refused as error:
        raise Invalid(
            _("The webhook is no web address: %(why)s.") % {"why": error}, field="webhook"
        ) from error
    return group


def _saved(row: Receiver, verb: str, by: User | None) -> Receiver:
    row.name = row.name.strip()
    try:
        row.full_clean(exclude=["owner"], validate_unique=False)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Invalid(messages[0], field=field) from None
    row.save()
    record_audit(verb, row, by=by)
    return row


def _contacts(ids: Sequence[str]) -> list[Contact]:
    found = list(Contact.objects.filter(biz_id__in=ids))
    if missing := set(ids) - {contact.biz_id for contact in found}:
        raise Invalid(_("There is no contact %(id)s.") % {"id": min(missing)}, field="contact_ids")
    return found


def _addresses(row: Contact | UserGroup) -> list[str]:
    people = [row] if isinstance(row, Contact) else row.contacts.all()
    found = [contact.email for contact in people if contact.email]
    if not found:
        raise Conflict(_("%(name)s has no e-mail address to send to.") % {"name": row.name})
    return found
