"""What is due, and what the pages show. No writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from apps.alerts.models import Contact, Delivery, DingTalkGroup, Rule, UserGroup
from apps.projects.models import Project


def due_deliveries(now: datetime) -> QuerySet[Delivery]:
    """Deliveries whose next try is due and that nobody holds; first tries go before retries."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return Delivery.objects.filter(
        free, due_at__lte=now, delivered_at__isnull=True, given_up_at__isnull=True
    ).order_by("tries_made", "due_at", "id")


def user_groups() -> QuerySet[UserGroup]:
    return UserGroup.objects.select_related("owner").prefetch_related("contacts")


def contacts() -> QuerySet[Contact]:
    return Contact.objects.select_related("owner")


def dingtalk_groups() -> QuerySet[DingTalkGroup]:
    return DingTalkGroup.objects.select_related("owner")


def project_rules(project: Project) -> QuerySet[Rule]:
    return Rule.objects.filter(project=project).order_by("id")


def project_deliveries(project: Project) -> QuerySet[Delivery]:
    """Newest first, with everything a row of the page shows."""
    return (
        Delivery.objects.filter(project=project)
        .select_related("run", "flow")
        .prefetch_related("tries")
        .order_by("-id")
    )


def with_state(deliveries: QuerySet[Delivery], state: str) -> QuerySet[Delivery]:
    """Those that are "delivered", "waiting" or "given_up"; all for any other word."""
    by_state: dict[str, dict[str, Any]] = {
        "delivered": {"delivered_at__isnull": False},
        "given_up": {"given_up_at__isnull": False},
        "waiting": {"delivered_at__isnull": True, "given_up_at__isnull": True},
    }
    return deliveries.filter(**by_state.get(state, {}))
