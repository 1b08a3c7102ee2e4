"""Claimed nodes, and how many are claimed ahead of the slots.

Where jobs take a few milliseconds, a commit between two of them would leave the slots idle
half of the time. So while attempts end fast, a few more nodes are claimed and handed to the
shepherd than there are slots; it starts them without waiting, and the ends are written down
together. How many follows from how fast attempts end: with jobs of a second nothing is
claimed ahead, and what waits for a tenth of one is given back, so a node is not called
running for longer than that without being so.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.engine.plan import Claimed, Happening, Node
from apps.engine.states import State
from apps.flows.events import HeldRun, Stale
from apps.flows.routes import Served
from apps.projects.models import Host

#: What is claimed ahead keeps the slots busy for so many seconds,
LEAD = 0.03
#: and is never more than this.
MOST_AHEAD = 32
#: Seconds after which what is not started is given back.
PATIENCE = 0.1
#: How many attempts the pace is that of.
RECENT = 4


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed attempt and the compiled node it is of."""

    run: int
    ordinal: int
    attempt: int
    token: int
    node: dict[str, Any]

    @property
    def key(self) -> str:
        return f"{self.run}.{self.ordinal}.{self.token}"


class Pace:
    """How long attempts take that end on this host, of late."""

    def __init__(self) -> None:
        self.recent: deque[float] = deque(maxlen=RECENT)

    def note_end(self, seconds: float) -> None:
        self.recent.append(seconds)

    def ahead(self, slots: int) -> int:
        """How many nodes are worth claiming beyond the slots."""
        if not self.recent:
            return 0
        mean = sum(self.recent) / len(self.recent)
        return min(MOST_AHEAD, int(slots * LEAD / max(mean, 0.0001)))


def is_of(served: Served, held: HeldRun, ordinal: int) -> bool:
    """Whether the host may take the node without asking the database again."""
    if held.limited or served.barred:
        return False
    return served.takes(held.compiled.nodes[ordinal])


def fold(
    held: dict[int, HeldRun], news: Mapping[int, list[Happening]], now: datetime
) -> list[tuple[int, int]]:
    """Take the news into their runs; the (run, ordinal) of what may start now. Raises Stale."""
    released: list[tuple[int, int]] = []
    for run_id, happenings in news.items():
        if run := held.get(run_id):
            plan = run.advance(happenings, now)
            if not plan and not run.is_locked:
                raise Stale  # kept from before somebody else told the node to stop
            released += [(run_id, o) for o, node in plan.changed.items() if node.state is State.READY]
    return released


def claim_nodes(
    host: Host, held: dict[int, HeldRun], wanted: Iterable[tuple[int, int]], now: datetime
) -> list[tuple[HeldRun, Node]]:
    """Claim (run, ordinal) for the host, as part of the step of the runs. Raises Stale."""
    claims: dict[int, list[Happening]] = defaultdict(list)
    for run_id, ordinal in wanted:
        claims[run_id].append(Claimed(ordinal, host.pk))
    claimed = []
    for run_id, happenings in claims.items():
        if run := held.get(run_id):
            opened = run.advance(happenings, now).opened
            if len(opened) < len(happenings) and not (run.is_locked or run.run.halting):
                raise Stale  # kept from before somebody else made the node ready
            claimed += [(run, node) for node in opened]
    return claimed
