"""What happened in runs, for those who have to be told of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RunEvent(models.Model):
    """What happened in a run, written in the transaction that made it so.

    `pending` marks the events that alerts still has to look at (the outbox).
    """

    run = models.ForeignKey("Run", models.CASCADE, related_name="events", db_index=False)
    seq = models.BigIntegerField()
    node_run = models.ForeignKey("NodeRun", models.CASCADE, null=True, related_name="events")
    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField()
    detail = models.JSONField(null=True, blank=True)
    pending = models.BooleanField(default=False)

    class Meta:
        app_label = "flows"
        ordering = ("seq",)
        constraints = (models.UniqueConstraint(fields=("run", "seq"), name="run_event_once"),)
        indexes = (models.Index(fields=("id",), condition=Q(pending=True), name="run_event_pending"),)

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class RunEnd(models.Model):
    """A run ended, and those that may wait for it have not been told yet.

    Written in the transaction that ends the run, taken out by the one that tells them.
    """

    run = models.ForeignKey("Run", models.CASCADE, related_name="+")

    class Meta:
        app_label = "flows"

    def __str__(self) -> str:
        return f"end of {self.run_id}"
