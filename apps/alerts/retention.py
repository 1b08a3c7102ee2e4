"""Messages that were sent or given up, as things that are kept for a time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from apps.alerts.models import Delivery
from apps.projects.models import Project
from apps.projects.retention import Kept, clear_rows


def old_deliveries(project: Project, before: datetime) -> QuerySet[Delivery]:
    done = Q(delivered_at__isnull=False) | Q(given_up_at__isnull=False)
    return Delivery.objects.filter(done, project=project, created_at__lt=before)


DELIVERIES = Kept(
    "deliveries",
    gettext_lazy("Alerts that were sent"),
    gettext_lazy("With every try to send them. What is still to be sent stays."),
    count=lambda project, before: old_deliveries(project, before).count(),
    clear=lambda project, before, limit: clear_rows(old_deliveries(project, before), limit),
)
