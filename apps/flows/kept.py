"""Runs as the last step left them, so that a turn reads nothing of a run that nobody else touched.

What is kept is not locked and may be old. That does no harm: writing it down finds another
`seq` than it expects, raises Stale, and the next try reads the run anew, under its lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from apps.engine.states import ENDED
from apps.flows.events import HeldRun, hold

#: So many runs are kept at most.
MOST = 256
#: All nodes of a run of so many are read at once, since they will all be needed.
READ_WHOLE = 512


class KeptRuns:
    def __init__(self) -> None:
        self._runs: dict[int, HeldRun] = {}
        #: Runs that other processes step as well: to keep them would mean to plan every turn twice.
        self._shared: set[int] = set()

    def take(self, run_ids: Collection[int]) -> dict[int, HeldRun]:
        """The runs for one step; those that were kept are not any more, until the step is written down.

        In a transaction. When one of them has to be read, all are: locks are taken in one order.
        """
        kept = {pk: run for pk in run_ids if (run := self._runs.pop(pk, None))}
        if len(kept) == len(run_ids):
            return dict(sorted(kept.items()))
        held = hold(run_ids)
        for pk, run in held.items():
            if pk in kept and kept[pk].seq == run.seq:
                held[pk] = kept[pk]
            elif len(run.compiled.graph) <= READ_WHOLE:
                run.snapshot.need(range(len(run.compiled.graph)))
        return held

    def keep(self, runs: Iterable[HeldRun]) -> None:
        """Keep what was just written down and committed."""
        for held in runs:
            if held.run.state in ENDED:
                self._shared.discard(held.pk)
            elif held.pk not in self._shared:
                held.is_locked = False
                self._runs[held.pk] = held
        while len(self._runs) > MOST:
            del self._runs[next(iter(self._runs))]

    def note_stale(self, run_ids: Iterable[int]) -> None:
        """One of these was changed by somebody else."""
        if len(self._shared) > MOST:
            self._shared.clear()
        self._shared.update(run_ids)
