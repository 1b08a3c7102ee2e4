"""From run events to deliveries.

Safe to run twice and at any time: the deliveries of a batch and the mark that its events
were looked at are one transaction, and a delivery is unique for its event and receiver.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from apps.alerts.events import BY_KIND
from apps.alerts.matching import Directory, Person, Receiver, receivers
from apps.alerts.message import NODES_NAMED, Message, compose
from apps.alerts.models import Contact, Delivery, DingTalkGroup, Rule, UserGroup
from apps.flows.models import NodeRun, RunEvent
from apps.flows.queries import first_failures
from apps.jobs.masks import Masks, masks_for

BATCH = 100


def drain(now: datetime, *, batches: int = 20) -> int:
    """Turn pending events into deliveries that are due. Returns how many events were looked at."""
    looked_at = 0
    for _ in range(batches):
        events = _events(list(pending_events()[:BATCH]))
        if not events:
            break
        due = _deliveries(events, now)
        with transaction.atomic():
            Delivery.objects.bulk_create(due, ignore_conflicts=True)
            RunEvent.objects.filter(pk__in=[event.pk for event in events], pending=True).update(pending=False)
        looked_at += len(events)
    return looked_at


def pending_events() -> QuerySet[RunEvent, int]:
    """The numbers of the events that nobody looked at, oldest first, from their index alone."""
    return RunEvent.objects.filter(pending=True).order_by("id").values_list("pk", flat=True)


def _events(numbers: list[int]) -> list[RunEvent]:
    return list(
        RunEvent.objects.filter(pk__in=numbers)
        .select_related("run__project", "run__flow", "run__revision", "node_run__frozen")
        .defer("run__revision__drawing", "run__revision__nodes", "run__flow__source_text")
        .order_by("id")
    )


def _deliveries(events: list[RunEvent], now: datetime) -> list[Delivery]:
    rules = _rules_of(events)
    directory = _directory([rule for found in rules.values() for rule in found])
    told = {event.pk: receivers(BY_KIND[event.kind].name, rules[event.pk], directory) for event in events
            if event.kind in BY_KIND}  # fmt: skip
    alive = [event for event in events if told.get(event.pk)]
    over = {event.run_id for event in alive if event.kind in ("run.failed", "run.succeeded")}
    failed = first_failures(over, NODES_NAMED)
    masks: dict[tuple[int, str], Masks] = {}
    due = []
    for event in alive:
        message = _message(event, failed, masks)
        due += [_delivery(event, receiver, message, now) for receiver in told[event.pk]]
    return due


def _message(
    event: RunEvent, failed: Mapping[int, list[NodeRun]], masks: dict[tuple[int, str], Masks]
) -> Message:
    # Most runs of a project are given the same, or nothing.
    key = event.run.project_id, event.run.secret_params
    if key not in masks:
        masks[key] = masks_for(event.run.project, event.run.secret_params)
    return compose(BY_KIND[event.kind], event, failed.get(event.run_id, []), masks[key])


def _delivery(event: RunEvent, receiver: Receiver, message: Message, now: datetime) -> Delivery:
    return Delivery(
        project=event.run.project,
        flow=event.run.flow,
        run=event.run,
        event=event,
        event_kind=BY_KIND[event.kind].name,
        channel=receiver.channel,
        receiver_id=receiver.id[:64],
        receiver_name=receiver.name[:128],
        subject=message.subject,
        body=message.body,
        due_at=None if receiver.trouble else now,
        given_up_at=now if receiver.trouble else None,
        trouble=receiver.trouble,
    )


def _rules_of(events: Iterable[RunEvent]) -> dict[int, list[Mapping[str, Any]]]:
    """For each event the rules of its flow, as the run froze them, and those of its project."""
    of_project: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for rule in Rule.objects.filter(project__in={event.run.project_id for event in events}):
        of_project[rule.project_id].append(
            {
                "event": rule.event,
                "enabled": rule.enabled,
                "user_groups": rule.user_groups,
                "dingtalk_groups": rule.dingtalk_groups,
            }
        )
    frozen = {event.pk: event.run.revision.alert_rules for event in events}
    return {event.pk: [*frozen[event.pk], *of_project[event.run.project_id]] for event in events}


def _directory(rules: Iterable[Mapping[str, Any]]) -> Directory:
    named: dict[str, set[str]] = {"user_groups": set(), "dingtalk_groups": set()}
    for rule in rules:
        for key, ids in named.items():
            ids.update(str(group_id) for group_id in rule.get(key) or ())
    people = Prefetch("contacts", Contact.objects.order_by("id"))
    groups = UserGroup.objects.filter(biz_id__in=named["user_groups"]).prefetch_related(people)
    robots = DingTalkGroup.objects.filter(biz_id__in=named["dingtalk_groups"]).values_list("biz_id", "name")
    return Directory(
        user_groups={
            group.biz_id: (
                group.name,
                tuple(Person(person.biz_id, person.name, person.email) for person in group.contacts.all()),
            )
            for group in groups
        },
        dingtalk_groups=dict(robots),
    )
