"""Sending what is due: claim, call the channel, write down what it said, decide on the next try.

A delivery is claimed by a conditional update, so any number of senders may run. The claim
ends by itself; a sender that was taken away after its channel had the message, and before
it wrote so, leaves one that is sent a second time: that, and nothing else, can double.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.alerts.channels import CHANNELS, DeliveryError, Letter
from apps.alerts.models import Delivery, Try
from apps.alerts.queries import due_deliveries

logger = logging.getLogger(__name__)

#: The waits after a failed try: dense while somebody may be repairing, about a day in all.
BACKOFF: Sequence[timedelta] = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 30, 60, 120, 300, 600, 900, 900, 1800, 3600, 7200, 10800, 14400, 21600, 21600)
)
#: Longer than a try can take (see the time-outs of the channels).
CLAIM = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)
#: A pass ends after so many seconds, and at most so many messages are on their way at once:
#: receivers that do not answer must not hold the workers that runs need.
PASS_SECONDS = 30.0
MOST_AT_ONCE = 3
ANSWER_LENGTH = 2000
TROUBLE_LENGTH = 512


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try ended: delivered when `trouble` is empty."""

    answer: str
    trouble: str = ""
    permanent: bool = False
    wait: timedelta | None = None


def deliver_due(now: datetime | None = None) -> int:
    """Send what is due. Returns how many tries were made. `now` is for tests.

    A receiver that failed is left alone for the rest of the pass, so that a dead one costs
    the others one time-out and not one for each message that waits for it.
    """
    made = 0
    silent: list[Q] = []
    ends = time.monotonic() + PASS_SECONDS
    while time.monotonic() < ends:
        at = now or timezone.now()
        if Delivery.objects.filter(due_at__isnull=False, claimed_until__gt=at).count() >= MOST_AT_ONCE:
            break
        delivery = due_deliveries(at).exclude(reduce(or_, silent, Q(pk=None))).first()
        if delivery is None:
            break
        outcome = deliver(delivery.pk, at)
        made += outcome is not None
        if outcome is None or outcome.trouble:
            silent.append(Q(channel=delivery.channel, receiver_id=delivery.receiver_id))
    return made


def deliver(pk: int, now: datetime) -> Outcome | None:
    """Make one try at a delivery. None when somebody else has it or its receiver takes no more now."""
    until = now + CLAIM
    if not due_deliveries(now).filter(pk=pk).update(claimed_until=until):
        return None
    delivery = Delivery.objects.get(pk=pk)
    if (later := _room_at(delivery, now)) is not None:
        _ours(delivery, until).update(claimed_until=None, due_at=later)
        return None
    begun = time.monotonic()
    outcome = _call(delivery, now)
    _record(delivery, until, outcome, now, took_ms=round((time.monotonic() - begun) * 1000))
    return outcome


def next_wait(tries_made: int) -> timedelta | None:
    """How long to wait after so many failed tries, or None when the last one was made."""
    return BACKOFF[tries_made - 1] if tries_made <= len(BACKOFF) else None


def _call(delivery: Delivery, now: datetime) -> Outcome:
    channel = CHANNELS.get(delivery.channel)
    if channel is None:
        return Outcome("", _("There is no channel %(name)s.") % {"name": delivery.channel}, permanent=True)
    letter = Letter(
        key=f"delivery-{delivery.pk}",
        receiver_id=delivery.receiver_id,
        subject=delivery.subject,
        body=delivery.body,
        at=now,
    )
    try:
        return Outcome(channel.send(letter))
    except DeliveryError as error:
        return Outcome("", str(error), error.permanent, error.wait)
    except Exception as error:
        # A fault of ours in one channel must not stop the others; it is tried again like any other.
        logger.exception("delivery %s by %s broke", delivery.pk, delivery.channel)
        return Outcome("", f"{type(error).__name__}: {error}")


def _record(delivery: Delivery, until: datetime, outcome: Outcome, now: datetime, *, took_ms: int) -> None:
    """Write the try and what follows from it, unless the claim was lost meanwhile."""
    used = delivery.tries_made + 1
    ok = not outcome.trouble
    wait = None if ok or outcome.permanent else next_wait(used)
    if wait is not None and outcome.wait is not None:
        wait = max(wait, outcome.wait)
    with transaction.atomic():
        changed = _ours(delivery, until).update(
            claimed_until=None,
            tries_made=used,
            due_at=None if wait is None else now + wait,
            delivered_at=now if ok else None,
            given_up_at=now if not ok and wait is None else None,
            trouble=outcome.trouble[:TROUBLE_LENGTH],
        )
        if not changed:
            return
        Try.objects.create(
            delivery=delivery,
            number=delivery.tries.count() + 1,
            at=now,
            took_ms=took_ms,
            ok=ok,
            answer=(outcome.answer or outcome.trouble)[:ANSWER_LENGTH],
        )
        if ok:
            _hurry(delivery, now)


def _hurry(delivery: Delivery, now: datetime) -> None:
    """The receiver answers (again): what waits for it need not wait for its next try."""
    Delivery.objects.filter(
        channel=delivery.channel, receiver_id=delivery.receiver_id, due_at__gt=now, claimed_until=None
    ).update(due_at=now)


def _ours(delivery: Delivery, until: datetime) -> QuerySet[Delivery]:
    """The row, while the claim that we made still holds."""
    return Delivery.objects.filter(pk=delivery.pk, claimed_until=until)


def _room_at(delivery: Delivery, now: datetime) -> datetime | None:
    """When the receiver takes the next message, or None when it does now."""
    channel = CHANNELS.get(delivery.channel)
    if channel is None or not channel.per_minute:
        return None
    recent = list(
        Try.objects.filter(
            delivery__channel=delivery.channel,
            delivery__receiver_id=delivery.receiver_id,
            at__gt=now - MINUTE,
        )
        .order_by("-at")
        .values_list("at", flat=True)[: channel.per_minute]
    )
    return recent[-1] + MINUTE if len(recent) == channel.per_minute else None
