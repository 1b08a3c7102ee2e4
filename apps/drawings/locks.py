"""Edit locks: while somebody holds one, nobody else changes what is locked.

They are taken by callers of EMR's API and by whoever wants to be left alone for a while; the
canvas needs none, because it merges. A lock that its holder forgot ends by itself, and whoever
may edit may take it over by force.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.drawings.models import Lock
from apps.lib.errors import Conflict
from apps.projects.models import User

LASTS = timedelta(minutes=30)


class Locked(Conflict):
    """Somebody else is editing."""

    def __init__(self, lock: Lock) -> None:
        until = f"{timezone.localtime(lock.expires_at):%H:%M %Z}"
        message = _("{user} has locked this for editing until {until}.")
        super().__init__(message.format(user=lock.holder.get_username(), until=until))
        self.lock = lock


def lock_of(subject: int, now: datetime | None = None) -> Lock | None:
    """The lock that is in force."""
    rows = Lock.objects.select_related("holder").filter(subject=subject)
    lock: Lock | None = rows.filter(expires_at__gt=now or timezone.now()).first()
    return lock


def check_lock(subject: int, *, by: User | None) -> None:
    """Raise Locked when somebody else holds the lock."""
    lock = lock_of(subject)
    if lock is not None and (by is None or lock.holder_id != by.pk):
        raise Locked(lock)


@transaction.atomic
def take_lock(subject: int, *, by: User, force: bool = False) -> Lock:
    """Take or prolong the lock. Raises Locked while somebody else holds it, unless by force."""
    now = timezone.now()
    times = {"taken_at": now, "expires_at": now + LASTS}
    lock, is_new = Lock.objects.get_or_create(subject=subject, defaults={"holder": by, **times})
    if is_new:
        return lock
    # Others may try at the same moment: the row is only changed as it was looked at.
    rows = Lock.objects.filter(pk=lock.pk, holder=lock.holder, taken_at=lock.taken_at)
    is_free = force or lock.holder_id == by.pk or lock.expires_at <= now
    if not is_free or not rows.update(holder=by, **times):
        raise Locked(Lock.objects.select_related("holder").get(pk=lock.pk))
    lock.refresh_from_db()
    return lock


def release_lock(subject: int, *, by: User | None) -> bool:
    """Give the lock back; whether there was one. Raises Locked when it is somebody else's."""
    check_lock(subject, by=by)
    return bool(Lock.objects.filter(subject=subject).delete()[0])
