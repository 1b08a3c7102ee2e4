"""The rows that make flows run by themselves: schedules, and what waits for what.

They are models of this app; `models` brings them to Django.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.projects.models import Project


class Schedule(models.Model):
    """When a flow fires by itself. `next_fire_at` is the nominal time of the next fire."""

    class Misfire(models.TextChoices):
        ALL = "all", _("Fire every missed time")
        LAST = "last", _("Fire the last missed time")
        NONE = "none", _("Skip missed times")

    class Overlap(models.TextChoices):
        PARALLEL = "parallel", _("Run beside it")
        WAIT = "wait", _("Wait for it")
        SKIP = "skip", _("Skip this time")
        REPLACE = "replace", _("Stop it and run")

    flow = models.OneToOneField("flows.Flow", models.CASCADE, related_name="schedule")
    cron = models.CharField(_("cron"), max_length=128)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    start_at = models.DateTimeField(_("from"), null=True, blank=True)
    end_at = models.DateTimeField(_("until"), null=True, blank=True)
    enabled = models.BooleanField(_("on"), default=False)
    misfire = models.CharField(_("missed times"), max_length=8, choices=Misfire, default=Misfire.LAST)
    #: Bounds of catching up: at most so many missed times, none older than so many hours (zero: of any age).
    catch_up_most = models.PositiveSmallIntegerField(_("catch up at most"), default=100)
    catch_up_hours = models.PositiveIntegerField(_("none older than, h"), default=0)
    overlap = models.CharField(
        _("when still running"), max_length=8, choices=Overlap, default=Overlap.PARALLEL
    )
    next_fire_at = models.DateTimeField(null=True, blank=True)
    last_fire_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=512, blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=("next_fire_at",),
                condition=Q(enabled=True, next_fire_at__isnull=False),
                name="schedule_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.flow}: {self.cron}"


class SkippedFire(models.Model):
    """Nominal times of a schedule that did not become runs, and why: `count` of them in a row."""

    class Reason(models.TextChoices):
        MISFIRE = "misfire", _("Missed")
        OVERLAP = "overlap", _("The run before it was still going on")
        RESUMED = "resumed", _("The schedule was off")
        REFUSED = "refused", _("The flow could not run")

    flow = models.ForeignKey("flows.Flow", models.CASCADE, related_name="skipped_fires", db_index=False)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=16, choices=Reason)
    detail = models.JSONField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-last_at",)
        indexes = (models.Index(fields=("flow", "-last_at"), name="skipped_of_flow"),)

    def __str__(self) -> str:
        return f"{self.flow_id} {self.first_at}: {self.reason}"


class Output(models.Model):
    """A name under which a flow or one of its nodes can be depended on."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="outputs")
    name = models.CharField(max_length=256)
    flow = models.ForeignKey("flows.Flow", models.CASCADE, related_name="outputs")
    node = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "name"), name="output_once_a_project"),)

    def __str__(self) -> str:
        return self.name


class Dependency(models.Model):
    """`flow` (or one node of it) waits for `parent` (or one node of it) to have succeeded.

    A parent that could not be resolved when it was named is kept as `parent_name`.
    """

    class Cycle(models.TextChoices):
        SAME = "same", _("Same cycle")
        PREVIOUS = "previous", _("Previous cycle")
        LAST_OF_DAY = "last_of_day", _("A day's last")

    flow = models.ForeignKey("flows.Flow", models.CASCADE, related_name="dependencies")
    node = models.CharField(max_length=64, blank=True)
    parent = models.ForeignKey("flows.Flow", models.CASCADE, null=True, blank=True, related_name="dependents")
    parent_node = models.CharField(max_length=64, blank=True)
    parent_name = models.CharField(max_length=256, blank=True)
    cycle = models.CharField(max_length=16, choices=Cycle, default=Cycle.SAME)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position",)
        verbose_name_plural = _("dependencies")

    def __str__(self) -> str:
        return f"{self.flow} after {self.parent or self.parent_name}"
