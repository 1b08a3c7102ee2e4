"""Whether what a job names is there, for people who are writing it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _

from apps.jobs.storage import BadAddress, StorageError, parse_address
from apps.jobs.storage.addresses import masked
from apps.jobs.storage.places import open_source
from apps.jobs.stores import Stores

#: So many are looked for at most, and for so many seconds: a store that is away takes its time.
MOST, PATIENCE = 20, 3.0
#: Seconds for which an answer holds: a drawing asks each time that it is saved.
HOLDS = 20
#: Of the files of a host another host can say nothing.
UNSEEN = ("file",)


@dataclass(frozen=True, slots=True)
class Look:
    """What is wrong with an address; `is_sure` when no run could fetch it, whoever asks."""

    path: str
    why: str
    is_sure: bool


def looks_at(project_id: int, paths: Iterable[str]) -> Iterator[Look]:
    """What is wrong with these addresses, as far as that can be known soon."""
    stores, give_up_at = Stores(project_id), time.monotonic() + PATIENCE
    for path in list(dict.fromkeys(paths))[:MOST]:
        if time.monotonic() > give_up_at:
            return
        key = f"look:{project_id}:{hashlib.sha256(path.encode()).hexdigest()}"
        found = cache.get(key)
        if found is None:
            found = _look(stores, path)
            cache.set(key, found, HOLDS)
        why, is_sure = found
        if why:
            yield Look(masked(path), why, is_sure)


def forget_looks(project_id: int, path: str) -> None:
    """What was seen at the address does not hold any more."""
    cache.delete(f"look:{project_id}:{hashlib.sha256(path.encode()).hexdigest()}")


def _look(stores: Stores, path: str) -> tuple[str, bool]:
    try:
        address = parse_address(path)
        if address.scheme in UNSEEN:
            return "", False
        spot = stores.spot(address)
    except BadAddress as wrong:
        return _(wrong.text) % wrong.values, True
    except StorageError as error:
        return str(error), True
    try:
        found = open_source(spot.place).head(spot.bucket, spot.key)
    except (BadAddress, StorageError) as error:
        return str(error), False
    return ("", False) if found else (_("there is no such file"), True)
