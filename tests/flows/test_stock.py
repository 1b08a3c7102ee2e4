from __future__ import annotations

import time

import pytest

from apps.flows import stock
from apps.flows.stock import Claim, Stock


def claim(ordinal: int) -> Claim:
    return Claim(run=1, ordinal=ordinal, attempt=1, token=1, node={})


def test_nothing_is_claimed_ahead_while_attempts_take_their_time() -> None:
    held = Stock()
    assert held.room == 0
    held.note_ends([1.0, 30.0])
    assert held.room == 0


def test_more_is_claimed_ahead_the_more_attempts_end_fast_up_to_a_bound() -> None:
    held = Stock()
    held.note_ends([0.001, 0.002, 5.0])
    assert held.room == 4
    held.add(claim(1))
    assert held.room == 3
    held.note_ends([0.001] * 100)
    assert held.room == stock.MOST_AHEAD - 1


def test_the_oldest_claims_start_first() -> None:
    held = Stock()
    for ordinal in range(3):
        held.add(claim(ordinal))
    assert [each.ordinal for each in held.take(2)] == [0, 1]
    assert list(held.take(0)) == []
    assert len(held) == 1


def test_what_waits_too_long_is_given_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Stock()
    held.note_ends([0.001])
    held.add(claim(1))
    assert held.stale() == []
    now = time.monotonic()
    monkeypatch.setattr(stock.time, "monotonic", lambda: now + 2 * stock.PATIENCE)
    assert [each.ordinal for each in held.stale()] == [1]
    assert (len(held), held.room) == (0, 0)
