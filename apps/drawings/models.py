from __future__ import annotations

from django.db import models

from apps.lib.ids import HasRef, UidField, spell
from apps.projects.models import Project, User


class Document(HasRef, models.Model):
    """A drawing. Its owner (a flow, a data-flow job) points at it.

    `text` is EMR Graph JSON as it came: a JSON column would reorder keys and re-spell
    numbers, and whoever reads a drawing back must get what was stored.
    """

    uid = UidField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=16, default="flow")
    text = models.TextField()
    version = models.PositiveIntegerField(default=1)
    modified_at = models.DateTimeField(auto_now=True)
    modified_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.kind} drawing {self.ref} v{self.version}"


class Operation(models.Model):
    """One saved step: the operations that made `version` out of the one before."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="operations")
    version = models.PositiveIntegerField()
    ops = models.JSONField()
    label = models.CharField(max_length=128, blank=True)
    client = models.CharField(max_length=64, blank=True)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("version",)
        constraints = (
            models.UniqueConstraint(fields=("document", "version"), name="operation_once_a_version"),
        )

    def __str__(self) -> str:
        return f"v{self.version} {self.label}"


class Lock(models.Model):
    """Who keeps others from changing something, until when.

    `subject` is the uid of a drawing, or of a job that has none: flows are locked by their drawing.
    """

    subject = models.BigIntegerField(unique=True)
    holder = models.ForeignKey(User, models.CASCADE, related_name="+")
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{spell(self.subject)} by {self.holder}"
