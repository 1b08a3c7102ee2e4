"""Runs whose step cannot be written down: they wait by themselves, so that no other run waits for them.

That the database refuses a step is a fault of ours or of its data. Nothing that is known is
thrown away for it: the step is tried again after a while, with all that was heard meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

from apps.engine.plan import Happening

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
