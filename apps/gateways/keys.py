"""Access keys as callers present them: is the key known, was the call signed lately, is its nonce new.

The nonce of every accepted call is a row, not a cache entry: a broker that was flushed or
a second web process must not let a captured call through again. It is stored only after
the signature was found right, so a stranger can neither fill the table nor burn the nonces
of somebody else, and in a transaction of its own, so a call that failed stays used up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from apps.gateways.models import AccessKey, Nonce
from apps.projects.retention import clear_rows

#: Writing "last used" on every call would double the writes of a polling client.
USED_GRAIN = timedelta(minutes=1)
#: Longest time for which any dialect accepts a signed call, forwards and backwards.
LONGEST_WINDOW = timedelta(minutes=15)
NONCES_AT_ONCE = 1000


#: The time over which the calls of a key are counted. Short, so that who is refused may soon go on.
RATE_WINDOW = timedelta(seconds=10)


def find_key(key_id: str) -> AccessKey | None:
    key: AccessKey | None
    key = AccessKey.objects.select_related("owner", "project").filter(key_id=key_id).first()
    return key


def is_usable(key: AccessKey) -> bool:
    return bool(key.enabled and key.owner.is_active)


def is_fresh(signed_at: datetime, now: datetime, window: timedelta = LONGEST_WINDOW) -> bool:
    return abs(now - signed_at) <= window


def is_within_rate(key: AccessKey, now: datetime) -> bool:
    """Whether the key may call once more: every accepted call left a nonce, whichever process took it."""
    limit = settings.HEADRACE_CALLS_PER_SECOND * RATE_WINDOW.seconds
    lately = Nonce.objects.filter(key=key, at__gt=now - RATE_WINDOW).order_by("-at")
    return not limit or not lately[limit - 1 : limit].exists()


def spend_nonce(key: AccessKey, value: str, now: datetime) -> bool:
    """Note that `value` was used; False when it was used before."""
    try:
        with transaction.atomic():
            Nonce.objects.create(key=key, value=value, at=now)
    except IntegrityError:
        return False
    return True


def note_use(key: AccessKey, now: datetime) -> None:
    """Remember, to the minute, when the key was used last."""
    if key.last_used_at is not None and now - key.last_used_at < USED_GRAIN:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_GRAIN)
    AccessKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def prune_nonces(now: datetime | None = None) -> int:
    """Forget the nonces that no window can let through any more; the scheduler calls it."""
    # A call may be signed a window ahead of our clock, and is then valid for two of them.
    oldest = (now or timezone.now()) - 2 * LONGEST_WINDOW - timedelta(minutes=1)
    pruned = 0
    while batch := clear_rows(Nonce.objects.filter(at__lt=oldest), NONCES_AT_ONCE):
        pruned += batch
    return pruned
