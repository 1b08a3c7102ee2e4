from __future__ import annotations

from apps.flows.claims import MOST_AHEAD, Pace


def pace_of(*seconds: float) -> Pace:
    pace = Pace()
    for each in seconds:
        pace.note_end(each)
    return pace


def test_nothing_is_claimed_ahead_while_attempts_take_their_time() -> None:
    assert Pace().ahead(8) == 0
    assert pace_of(*[30.0] * 100).ahead(8) == 0


def test_more_is_claimed_ahead_the_faster_attempts_end_up_to_a_bound() -> None:
    few, many, most = (pace_of(*[each] * 100).ahead(2) for each in (0.02, 0.005, 0.0))
    assert 0 < few < many < most == MOST_AHEAD


def test_one_long_attempt_ends_the_haste() -> None:
    assert pace_of(*[0.001] * 100, 5.0).ahead(8) == 0
