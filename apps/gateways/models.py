from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.lib.ids import HasRef, UidField
from apps.lib.sealed import SealedTextField
from apps.projects.models import Project, User


class AccessKey(models.Model):
    """A key that signs calls for its owner, with what the owner may do."""

    key_id = models.CharField(_("access key id"), max_length=128, unique=True)
    secret = SealedTextField(_("secret"))
    owner = models.ForeignKey(User, models.CASCADE, related_name="access_keys")
    project = models.ForeignKey(
        Project,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("default project"),
        help_text=_("Used by calls that name no project (NAVER, Nebula)."),
    )
    name = models.CharField(_("name"), max_length=128, blank=True)
    enabled = models.BooleanField(_("on"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.key_id


class Nonce(models.Model):
    """A nonce that was used: rows, because a flushed broker must not allow a replay."""

    # The constraint begins with the key: an index of its own would cost every call a write.
    key = models.ForeignKey(AccessKey, models.CASCADE, related_name="nonces", db_index=False)
    value = models.CharField(max_length=128)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("key", "value"), name="nonce_once_a_key"),)
        # How many calls a key made lately.
        indexes = (models.Index(fields=("key", "-at"), name="nonce_of_key"),)

    def __str__(self) -> str:
        return self.value


class ForeignId(models.Model):
    """An id that came from outside and the row it stands for here."""

    dialect = models.CharField(max_length=16)
    kind = models.CharField(max_length=32)
    text = models.CharField(max_length=256)
    uid = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dialect", "kind", "text"), name="foreign_id_once"),)

    def __str__(self) -> str:
        return f"{self.dialect} {self.kind} {self.text}"


class Operation(HasRef, models.Model):
    """An asynchronous call of a dialect: what was asked, how far it is, what came out."""

    uid = UidField()
    dialect = models.CharField(max_length=16)
    kind = models.CharField(max_length=64)
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="+")
    key = models.ForeignKey(AccessKey, models.SET_NULL, null=True, related_name="+")
    request = models.JSONField(default=dict)
    state = models.CharField(max_length=16, default="waiting")
    progress = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.dialect} {self.kind} {self.ref}"
