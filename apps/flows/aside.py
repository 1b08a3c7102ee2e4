"""What the database refuses to write down waits by itself, so that nothing else waits for it.

That it refuses a step is a fault of ours or of its data. Nothing that is known is thrown
away for it: the step is tried again after a while, with all that was heard meanwhile.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Collection, Iterator

from django.db import DataError, IntegrityError, ProgrammingError

from apps.engine.plan import Happening
from apps.flows.events import Stale

logger = logging.getLogger(__name__)

#: What says that something cannot be written, and not that the database is away.
REFUSED = (IntegrityError, DataError, ProgrammingError)
#: Seconds until the same is complained of again.
COMPLAINT_INTERVAL = 60.0
#: Seconds until a step that was refused is tried again.
WAIT = 10.0


class Aside:
    def __init__(self) -> None:
        self._news: dict[int, list[Happening]] = {}
        self._until: dict[int, float] = {}

    def __contains__(self, run_id: int) -> bool:
        return run_id in self._until

    @property
    def runs(self) -> Collection[int]:
        return self._until.keys()

    def put(self, run_id: int, news: list[Happening]) -> None:
        self._news[run_id] = self._news.get(run_id, []) + news
        self._until[run_id] = time.monotonic() + WAIT

    def add(self, run_id: int, happening: Happening) -> None:
        """What is heard of a run that waits."""
        self._news[run_id].append(happening)

    def due(self, now: float) -> Iterator[tuple[int, list[Happening]]]:
        """The runs whose time has come, with what is known of them; they are here no more."""
        for run_id in [run_id for run_id, until in self._until.items() if until <= now]:
            del self._until[run_id]
            yield run_id, self._news.pop(run_id)


@contextlib.contextmanager
def left_for_later(what: str) -> Iterator[None]:
    """Let this fail alone when the database refuses it or others are at it: the next look tries it again.

    What it wrote must be one transaction, begun inside.
    """
    try:
        yield
    except Stale:
        logger.info("%s is being changed by others: it is tried again later", what)
    except REFUSED:
        _complain(what)


#: Of what was complained, and until when that is enough, in seconds of the monotonic clock.
_complaints: dict[str, float] = {}


def _complain(what: str) -> None:
    now = time.monotonic()
    if now < _complaints.get(what, 0.0):
        return
    for old in [old for old, until in _complaints.items() if until <= now]:
        del _complaints[old]
    _complaints[what] = now + COMPLAINT_INTERVAL
    logger.exception("%s cannot be written: it is tried again later", what)
