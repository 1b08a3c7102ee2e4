"""A disk that is full, told as what it is instead of as a fault of ours."""

from __future__ import annotations

import errno

from django.db import DatabaseError
from django.utils.translation import gettext as _

from apps.lib.errors import Busy

#: What SQLite and PostgreSQL say.
_SAYINGS = ("database or disk is full", "no space left on device")


def full_disk(error: BaseException) -> Busy | None:
    """What to answer when `error` comes from a full disk. The transaction was rolled back by then."""
    if isinstance(error, OSError):
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    else:
        is_full = isinstance(error, DatabaseError) and any(words in str(error).lower() for words in _SAYINGS)
    if not is_full:
        return None
    return Busy(_("The disk of the server is full, so nothing was saved. Try again when there is space."))
