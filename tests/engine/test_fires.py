"""What becomes of the next fires. Each line is a situation and what is said of its times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.engine.admission import Overlap
from apps.engine.clocks import Night, changes, night_of
from apps.engine.cron import parse
from apps.engine.fires import Awaited, Facts, foresee

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: Noon, one, two and three o'clock.
HOURLY = [NOON + each * HOUR for each in range(4)]


def awaited(late: timedelta, *, comes: bool = True, known: bool = True):
    return lambda at: Awaited("extract", "F7", at, at + late if known else None, comes)


CASES: list[tuple[str, Facts, str]] = [
    ("nothing is in the way", Facts(), "fires fires fires fires"),
    ("the schedule is off", Facts(is_on=False), "skipped:off skipped:off skipped:off skipped:off"),
    ("it is paused", Facts(is_paused=True), "waits:paused waits:paused waits:paused waits:paused"),
    ("runs are short", Facts(usual=MINUTE, overlap=Overlap.SKIP), "fires fires fires fires"),
    ("nobody knows how long they take", Facts(overlap=Overlap.SKIP), "fires fires fires fires"),
    (
        "a run outlasts the next time, which is skipped",
        Facts(usual=90 * MINUTE, overlap=Overlap.SKIP),
        "fires skipped:overlap fires skipped:overlap",
    ),
    (
        "a run that goes on outlasts the first",
        Facts(going=[NOON + MINUTE], overlap=Overlap.SKIP),
        "skipped:overlap fires fires fires",
    ),
    (
        "a run that ends on the second is over",
        Facts(usual=HOUR, overlap=Overlap.SKIP),
        "fires fires fires fires",
    ),
    (
        "each waits for the one before it, later and later",
        Facts(usual=90 * MINUTE, overlap=Overlap.WAIT),
        "fires waits:overlap+30 waits:overlap+60 waits:overlap+90",
    ),
    (
        "each stops the one before it",
        Facts(usual=90 * MINUTE, overlap=Overlap.REPLACE),
        "fires replaces:overlap replaces:overlap replaces:overlap",
    ),
    ("they run beside each other", Facts(usual=90 * MINUTE), "fires fires fires fires"),
    (
        "two at once are enough until the third",
        Facts(usual=150 * MINUTE, most=2),
        "fires fires waits:limit+30 waits:limit+30",
    ),
    ("they begin later", Facts(delay=5 * MINUTE), " ".join(["waits:delay+5"] * 4)),
    ("a parent is late", Facts(awaited=awaited(10 * MINUTE)), " ".join(["waits:parent+10"] * 4)),
    (
        "the delay is longer than the parent takes",
        Facts(delay=20 * MINUTE, awaited=awaited(10 * MINUTE)),
        " ".join(["waits:delay+20"] * 4),
    ),
    (
        "a parent that nothing starts is waited for without an end",
        Facts(awaited=awaited(MINUTE, comes=False)),
        " ".join(["waits:parent"] * 4),
    ),
    (
        "what waits without an end has those after it skipped",
        Facts(awaited=awaited(MINUTE, comes=False), overlap=Overlap.SKIP),
        "waits:parent skipped:overlap skipped:overlap skipped:overlap",
    ),
    (
        "so it is with what waits for the end of a pause",
        Facts(is_paused=True, overlap=Overlap.SKIP),
        "waits:paused skipped:overlap skipped:overlap skipped:overlap",
    ),
    (
        "a run that still waits for its parent takes no place",
        Facts(
            usual=90 * MINUTE,
            most=1,
            awaited=lambda at: Awaited("extract", "F7", at, at + 150 * MINUTE) if at == NOON else None,
        ),
        "waits:parent+150 fires waits:limit+120 waits:limit+150",
    ),
    (
        "nobody knows how long a parent takes",
        Facts(awaited=awaited(MINUTE, known=False)),
        " ".join(["waits:parent"] * 4),
    ),
]


@pytest.mark.parametrize(("facts", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_becomes_of_the_next_fires(facts: Facts, expected: str) -> None:
    assert " ".join(said(fire) for fire in foresee(HOURLY, facts)) == expected


def said(fire) -> str:
    late = (fire.begins_at - fire.at) // MINUTE if fire.begins_at else 0
    return fire.outcome + (f":{fire.because}" if fire.because else "") + (f"+{late}" if late else "")


BERLIN = ZoneInfo("Europe/Berlin")
YEAR = (datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))


def test_a_year_has_two_changes_of_the_clock() -> None:
    spring, autumn = changes(BERLIN, *YEAR)
    assert (spring.at, spring.before, spring.after) == (
        datetime(2027, 3, 28, 1, tzinfo=UTC),
        datetime(2027, 3, 28, 2),
        datetime(2027, 3, 28, 3),
    )
    assert (autumn.before, autumn.after, autumn.is_forward) == (
        datetime(2027, 10, 31, 3),
        datetime(2027, 10, 31, 2),
        False,
    )


def test_a_zone_without_summer_time_has_none() -> None:
    assert changes(ZoneInfo("Asia/Shanghai"), *YEAR) == ()


@pytest.mark.parametrize(
    ("cron", "day", "night"),
    [
        ("0 30 2 * * ?", datetime(2027, 3, 27, 12, tzinfo=UTC), Night.GAP),
        ("0 0 3 * * ?", datetime(2027, 3, 27, 12, tzinfo=UTC), None),
        ("0 30 2 * * ?", datetime(2027, 10, 30, 12, tzinfo=UTC), Night.TWICE),
        ("0 30 3 * * ?", datetime(2027, 10, 30, 12, tzinfo=UTC), None),
        ("0 30 2 * * ?", datetime(2027, 6, 1, tzinfo=UTC), None),
    ],
)
def test_what_a_changing_clock_does_to_a_fire(cron: str, day: datetime, night: Night | None) -> None:
    at = parse(cron).next_after(day, BERLIN)
    assert at is not None
    assert night_of(parse(cron), at, BERLIN) == night
