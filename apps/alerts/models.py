from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.flows.models import Flow, Run, RunEvent
from apps.lib.sealed import SealedTextField
from apps.projects.models import Project, User


def contact_id() -> str:
    return f"AC-{uuid.uuid4().hex}"


def user_group_id() -> str:
    return f"AUG-{uuid.uuid4().hex}"


def dingtalk_group_id() -> str:
    return f"ADG-{uuid.uuid4().hex}"


class Contact(models.Model):
    """A person who can be told. Contacts and groups are shared by all projects, as in EMR."""

    biz_id = models.CharField(max_length=64, unique=True, default=contact_id, editable=False)
    name = models.CharField(_("name"), max_length=128)
    email = models.EmailField(_("e-mail"), blank=True)
    phone_number = models.CharField(_("phone number"), max_length=32, blank=True)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class UserGroup(models.Model):
    biz_id = models.CharField(max_length=64, unique=True, default=user_group_id, editable=False)
    name = models.CharField(_("name"), max_length=128)
    description = models.CharField(_("description"), max_length=1024, blank=True)
    contacts = models.ManyToManyField(Contact, related_name="groups", blank=True, verbose_name=_("contacts"))
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class DingTalkGroup(models.Model):
    """A DingTalk robot: its webhook holds a token, so it is sealed like the signing secret."""

    biz_id = models.CharField(max_length=64, unique=True, default=dingtalk_group_id, editable=False)
    name = models.CharField(_("name"), max_length=128)
    description = models.CharField(_("description"), max_length=1024, blank=True)
    webhook = SealedTextField(_("webhook"))
    secret = SealedTextField(_("signing secret"), blank=True)
    keyword = models.CharField(_("keyword"), max_length=64, blank=True)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("DingTalk group")

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """Another way out of a project: a webhook, a chat. `config` is sealed JSON."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="channels")
    kind = models.CharField(_("kind"), max_length=32)
    name = models.CharField(_("name"), max_length=128)
    config = SealedTextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """Which events of all flows of a project go to whom.

    Groups are named by their public ids, as in a flow's own rules: an id that came with
    an import and is unknown here is kept, shown, and reported when it is used.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="alert_rules")
    event = models.CharField(_("event"), max_length=32)
    enabled = models.BooleanField(_("on"), default=True)
    user_groups = models.JSONField(default=list, blank=True)
    dingtalk_groups = models.JSONField(default=list, blank=True)
    channels = models.ManyToManyField(Channel, related_name="rules", blank=True)

    def __str__(self) -> str:
        return f"{self.project}: {self.event}"


class Delivery(models.Model):
    """One message due to one receiver. It is claimed by a conditional update of `claimed_until`."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="deliveries")
    flow = models.ForeignKey(Flow, models.SET_NULL, null=True, related_name="deliveries")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="deliveries")
    event = models.ForeignKey(RunEvent, models.SET_NULL, null=True, related_name="deliveries")
    event_kind = models.CharField(max_length=32)
    channel = models.CharField(max_length=32)
    receiver_id = models.CharField(max_length=64)
    receiver_name = models.CharField(max_length=128)
    subject = models.CharField(max_length=256)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    tries_made = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=512, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = _("deliveries")
        constraints = (
            models.UniqueConstraint(fields=("event", "channel", "receiver_id"), name="told_once_an_event"),
        )
        indexes = (
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="delivery_due"),
            models.Index(fields=("project", "-id"), name="delivery_of_project"),
        )

    def __str__(self) -> str:
        return f"{self.subject} to {self.receiver_name}"


class Try(models.Model):
    """One try to send a delivery, and what the other side said."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField(default=0)
    ok = models.BooleanField()
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ("number",)
        verbose_name_plural = _("tries")
        # How many messages a receiver got within the last minute.
        indexes = (models.Index(fields=("at",), name="try_at"),)

    def __str__(self) -> str:
        return f"try {self.number} of {self.delivery_id}"
