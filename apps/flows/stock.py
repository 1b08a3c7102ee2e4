"""Nodes that a warden claimed ahead, to be started the moment a slot is free.

Where jobs take a few milliseconds, a commit between two of them would leave the slots idle
half of the time. So while attempts end fast, a few more nodes are claimed than there are
slots; they start without waiting, and the ends are written down together. How many follows
from how fast attempts end: with jobs of a second nothing is claimed ahead, and what was is
given back after a tenth of one, so a node is not called running for longer than that
without being so.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: An attempt that ended within so many seconds ended fast.
FAST = 0.05
MOST_AHEAD = 32
#: Seconds after which what is not started is given back.
PATIENCE = 0.1


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed attempt and the compiled node it is of."""

    run: int
    ordinal: int
    attempt: int
    token: int
    node: dict[str, Any]
    at: float = field(default_factory=time.monotonic)

    @property
    def key(self) -> str:
        return f"{self.run}.{self.ordinal}.{self.token}"


class Stock:
    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        self._fast_ends = 0

    def __len__(self) -> int:
        return len(self._claims)

    def __contains__(self, key: str) -> bool:
        return key in self._claims

    @property
    def room(self) -> int:
        """How many more nodes are worth claiming ahead now."""
        return max(0, min(MOST_AHEAD, 2 * self._fast_ends) - len(self._claims))

    def note_ends(self, seconds: list[float]) -> None:
        """How long the attempts ran that ended since the last turn."""
        self._fast_ends = sum(each < FAST for each in seconds)

    def add(self, claim: Claim) -> None:
        self._claims[claim.key] = claim

    def take(self, count: int) -> Iterator[Claim]:
        """Up to `count` claims to start now, the oldest first."""
        for key in list(self._claims)[: max(count, 0)]:
            yield self._claims.pop(key)

    def drop(self, key: str) -> Claim | None:
        return self._claims.pop(key, None)

    def stale(self) -> list[Claim]:
        """All claims, taken out, once the oldest waited too long."""
        oldest = next(iter(self._claims.values()), None)
        if oldest is None or time.monotonic() - oldest.at < PATIENCE:
            return []
        claims, self._claims = list(self._claims.values()), {}
        self._fast_ends = 0
        return claims
