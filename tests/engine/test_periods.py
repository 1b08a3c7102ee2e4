"""Which times of a parent belong to a time of the flow that waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from apps.engine import cron
from apps.engine.periods import Cycle, Times, leading, wanted

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAILY, LATER, HOURLY = "0 0 2 * * ?", "0 30 5 * * ?", "0 0 * * * ?"
EVERY_10, EVERY_6_H, MONDAYS = "0 0/10 * * * ?", "0 0 0/6 * * ?", "0 0 4 ? * MON"
EVERY_SECOND, TWICE, TWICE_LATER = "* * * * * ?", "0 0 6,18 * * ?", "0 0 8,20 * * ?"


def times(text: str, zone: ZoneInfo = SHANGHAI) -> Times:
    def between(start: datetime, end: datetime) -> Sequence[datetime]:
        fires = cron.parse(text).fires_after(start - timedelta(microseconds=1), zone)
        return list(takewhile(lambda at: at < end, fires))

    return between


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def hours(day: str, *of: int) -> list[str]:
    return [f"{day} {hour:02}:00" for hour in of]


#: 2026-11-23 is a Monday. (the waiting flow, its time, the parent, what it waits for)
SAME = [
    ("daily after daily", DAILY, "2026-11-23 02:00", DAILY, ["2026-11-23 02:00"]),
    ("daily after a daily one that is later", DAILY, "2026-11-23 02:00", LATER, ["2026-11-23 05:30"]),
    ("hourly after hourly", HOURLY, "2026-11-23 07:00", HOURLY, ["2026-11-23 07:00"]),
    ("twice a day after twice a day: in order", TWICE, "2026-11-23 06:00", TWICE_LATER, ["2026-11-23 08:00"]),
    ("the second after the second", TWICE, "2026-11-23 18:00", TWICE_LATER, ["2026-11-23 20:00"]),
    ("daily after hourly: the whole day", DAILY, "2026-11-23 02:00", HOURLY, hours("2026-11-23", *range(24))),
    ("hourly after daily: the day's one", HOURLY, "2026-11-23 07:00", DAILY, ["2026-11-23 02:00"]),
    ("also those before it", HOURLY, "2026-11-23 01:00", DAILY, ["2026-11-23 02:00"]),
    (
        "hourly after minutely: the minutes of the hour",
        HOURLY,
        "2026-11-23 07:00",
        EVERY_10,
        [f"2026-11-23 07:{minute:02}" for minute in range(0, 60, 10)],
    ),
    (
        "minutely after hourly: the nearest not later",
        EVERY_10,
        "2026-11-23 07:40",
        HOURLY,
        ["2026-11-23 07:00"],
    ),
    (
        "every six hours after hourly: the nearest",
        EVERY_6_H,
        "2026-11-23 06:00",
        HOURLY,
        ["2026-11-23 06:00"],
    ),
    (
        "hourly after every six hours: the nearest",
        HOURLY,
        "2026-11-23 11:00",
        EVERY_6_H,
        ["2026-11-23 06:00"],
    ),
    ("earlier than all: the first of the day", HOURLY, "2026-11-23 05:00", TWICE, ["2026-11-23 06:00"]),
    ("daily after weekly, on its day", DAILY, "2026-11-23 02:00", MONDAYS, ["2026-11-23 04:00"]),
    ("daily after weekly, on another day: nothing", DAILY, "2026-11-24 02:00", MONDAYS, []),
    ("weekly after daily: that day's", MONDAYS, "2026-11-23 04:00", DAILY, ["2026-11-23 02:00"]),
    (
        "of what fires each second, only the last",
        DAILY,
        "2026-11-23 02:00",
        EVERY_SECOND,
        ["2026-11-23 23:59:59"],
    ),
    ("a time that is not its own (by hand)", HOURLY, "2026-11-23 07:17", HOURLY, ["2026-11-23 07:00"]),
]


@pytest.mark.parametrize(("name", "mine", "when", "theirs", "expected"), SAME, ids=[case[0] for case in SAME])
def test_same_cycle(name: str, mine: str, when: str, theirs: str, expected: list[str]) -> None:
    found = wanted(Cycle.SAME, at(when), SHANGHAI, times(mine), times(theirs))
    assert found == [at(text) for text in expected]


def test_of_a_parent_that_waits_for_its_own_last_cycle_the_last_of_the_day_is_enough() -> None:
    found = wanted(Cycle.SAME, at("2026-11-23 02:00"), SHANGHAI, times(DAILY), times(HOURLY), is_chained=True)
    assert found == [at("2026-11-23 23:00")]


PREVIOUS = [
    ("daily after yesterday's", DAILY, "2026-11-23 02:00", DAILY, "2026-11-22 02:00"),
    ("also when today's is earlier", LATER, "2026-11-23 05:30", DAILY, "2026-11-22 02:00"),
    ("hourly after the hour before", HOURLY, "2026-11-23 00:00", HOURLY, "2026-11-22 23:00"),
    ("daily after the last of an hourly day", DAILY, "2026-11-23 02:00", HOURLY, "2026-11-22 23:00"),
    ("hourly after yesterday's daily", HOURLY, "2026-11-23 07:00", DAILY, "2026-11-22 02:00"),
    ("daily after the last weekly", DAILY, "2026-11-26 02:00", MONDAYS, "2026-11-23 04:00"),
    ("weekly after the day before", MONDAYS, "2026-11-23 04:00", DAILY, "2026-11-22 02:00"),
]


@pytest.mark.parametrize(
    ("name", "mine", "when", "theirs", "expected"), PREVIOUS, ids=[case[0] for case in PREVIOUS]
)
def test_previous_cycle(name: str, mine: str, when: str, theirs: str, expected: str) -> None:
    found = wanted(Cycle.PREVIOUS, at(when), SHANGHAI, times(mine), times(theirs))
    assert found == [at(expected)]


def test_a_days_last() -> None:
    found = wanted(Cycle.LAST_OF_DAY, at("2026-11-23 02:00"), SHANGHAI, times(DAILY), times(HOURLY))
    assert found == [at("2026-11-23 23:00")]


def test_the_day_is_that_of_the_zone_of_the_flow_that_waits() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    early = datetime(2026, 11, 23, 2, tzinfo=SHANGHAI)  # the evening of the 22nd in Berlin
    found = wanted(Cycle.SAME, early, SHANGHAI, times(DAILY), times("0 0 12 * * ?", berlin))
    assert found == [datetime(2026, 11, 23, 12, tzinfo=berlin)]


def test_a_flow_without_a_cron_is_led_by_the_parent_that_fires_least_often_that_day() -> None:
    day = (at("2026-11-24 00:00"), at("2026-11-25 00:00"))
    assert leading(day, [times(HOURLY), times(DAILY), times(LATER)]) == 1
    assert leading(day, [times(HOURLY), times(MONDAYS)]) == 0  # a Tuesday
    assert leading(day, [times(MONDAYS)]) is None


def test_the_long_day_of_a_changing_clock_has_all_its_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    on = datetime(2026, 10, 25, 12, tzinfo=berlin)
    daily, hourly = times("0 0 12 * * ?", berlin), times(HOURLY, berlin)
    assert len(wanted(Cycle.SAME, on, berlin, daily, hourly)) == 24  # the repeated hour fires once
