"""The rows of backfills. They are models of this app; `models` brings them to Django."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.lib.ids import HasRef, UidField
from apps.projects.models import Project, User


class Backfill(HasRef, models.Model):
    """A flow's runs for times that are past, a few at once, driven by the scheduler until it is over."""

    uid = UidField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="backfills")
    flow = models.ForeignKey("flows.Flow", models.CASCADE, related_name="backfills")
    #: All its runs are of the flow as it was when the backfill was made.
    revision = models.ForeignKey("flows.Revision", models.RESTRICT, related_name="+")
    first_at = models.DateTimeField(_("from"))
    last_at = models.DateTimeField(_("until"))
    parallel = models.PositiveSmallIntegerField(_("at once"), default=1)
    descending = models.BooleanField(_("latest first"), default=False)
    downstream = models.BooleanField(_("with downstream flows"), default=False)
    stops_on_failure = models.BooleanField(_("stop when one fails"), default=False)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    priority = models.SmallIntegerField(_("priority"), default=-10)
    #: Why it ended before it was done.
    reason = models.CharField(max_length=512, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-id",)
        constraints = (
            # Two that fill the same flow at once would do the same work twice.
            models.UniqueConstraint(
                fields=("flow",), condition=Q(ended_at__isnull=True), name="one_backfill_of_a_flow"
            ),
        )

    def __str__(self) -> str:
        return f"backfill {self.ref}"


class BackfillTime(models.Model):
    """One time of one flow that a backfill runs: with its run, or with why there is none."""

    backfill = models.ForeignKey(Backfill, models.CASCADE, related_name="times", db_index=False)
    flow = models.ForeignKey("flows.Flow", models.CASCADE, related_name="+")
    nominal_at = models.DateTimeField()
    position = models.PositiveIntegerField()
    run = models.ForeignKey(
        "flows.Run", models.SET_NULL, null=True, blank=True, related_name="backfill_times"
    )
    is_done = models.BooleanField(default=False)
    left_out = models.CharField(max_length=512, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("backfill", "position"), name="backfill_position_once"),
            models.UniqueConstraint(fields=("backfill", "flow", "nominal_at"), name="backfill_time_once"),
        )

    def __str__(self) -> str:
        return f"{self.nominal_at:%Y-%m-%d %H:%M} of {self.backfill_id}"
