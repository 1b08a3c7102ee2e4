from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.engine.cron import CronError, parse


def fires(text: str, after: str, count: int, zone: str = "UTC") -> list[str]:
    """The next fires in local time, with the offset where the zone has one."""
    start = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(zone))
    spelling = "%Y-%m-%d %H:%M:%S" + ("" if zone == "UTC" else "%z")
    return [
        fire.astimezone(ZoneInfo(zone)).strftime(spelling)
        for fire in islice(parse(text).fires_after(start, zone), count)
    ]


# The first fires after Wednesday 2026-01-07 10:20:30.
FIRES = [
    # times of day
    ("* * * * * ?", ["2026-01-07 10:20:31", "2026-01-07 10:20:32"]),
    ("0 * * * * ?", ["2026-01-07 10:21:00", "2026-01-07 10:22:00"]),
    ("30 20 10 * * ?", ["2026-01-08 10:20:30", "2026-01-09 10:20:30"]),
    ("0 0 0 * * ?", ["2026-01-08 00:00:00", "2026-01-09 00:00:00"]),
    ("00 00 00 * * ?", ["2026-01-08 00:00:00"]),
    ("0 0 0-23/1 * * ?", ["2026-01-07 11:00:00", "2026-01-07 12:00:00"]),
    ("0 0/20 * * * ?", ["2026-01-07 10:40:00", "2026-01-07 11:00:00"]),
    ("0 */20 * * * ?", ["2026-01-07 10:40:00", "2026-01-07 11:00:00"]),
    ("0 /20 * * * ?", ["2026-01-07 10:40:00", "2026-01-07 11:00:00"]),
    ("0 5/20 10,12 * * ?", ["2026-01-07 10:25:00", "2026-01-07 10:45:00", "2026-01-07 12:05:00"]),
    ("0 10-30/10 * * * ?", ["2026-01-07 10:30:00", "2026-01-07 11:10:00"]),
    ("0 0 3/5 * * ?", ["2026-01-07 13:00:00", "2026-01-07 18:00:00", "2026-01-07 23:00:00"]),
    ("0 0 22-1 * * ?", ["2026-01-07 22:00:00", "2026-01-07 23:00:00", "2026-01-08 00:00:00"]),
    ("15,45 59 23 * * ?", ["2026-01-07 23:59:15", "2026-01-07 23:59:45", "2026-01-08 23:59:15"]),
    # days of the month
    ("0 0 6 7 * ?", ["2026-02-07 06:00:00", "2026-03-07 06:00:00"]),
    ("0 0 6 31 * ?", ["2026-01-31 06:00:00", "2026-03-31 06:00:00", "2026-05-31 06:00:00"]),
    ("0 0 6 L * ?", ["2026-01-31 06:00:00", "2026-02-28 06:00:00"]),
    ("0 0 6 L 2 ?", ["2026-02-28 06:00:00", "2027-02-28 06:00:00", "2028-02-29 06:00:00"]),
    ("0 0 6 L-3 * ?", ["2026-01-28 06:00:00", "2026-02-25 06:00:00"]),
    ("0 0 6 LW * ?", ["2026-01-30 06:00:00", "2026-02-27 06:00:00", "2026-03-31 06:00:00"]),
    ("0 0 6 L-1W * ?", ["2026-01-30 06:00:00", "2026-02-27 06:00:00"]),
    ("0 0 6 15W * ?", ["2026-01-15 06:00:00", "2026-02-16 06:00:00"]),  # 15 February is a Sunday
    ("0 0 6 14W 3 ?", ["2026-03-13 06:00:00"]),  # a Saturday: the Friday before
    ("0 0 6 1W 8 ?", ["2026-08-03 06:00:00"]),  # a Saturday: never into July
    ("0 0 6 31W 5 ?", ["2026-05-29 06:00:00"]),  # a Sunday: never into June
    ("0 0 6 31W * ?", ["2026-01-30 06:00:00", "2026-03-31 06:00:00"]),  # February has none
    ("0 0 6 10,L * ?", ["2026-01-10 06:00:00", "2026-01-31 06:00:00", "2026-02-10 06:00:00"]),
    ("0 0 6 29 2 ?", ["2028-02-29 06:00:00", "2032-02-29 06:00:00"]),
    ("0 0 6 30 2 ?", []),
    # weekdays: 1 is Sunday
    ("0 0 6 ? * 1", ["2026-01-11 06:00:00", "2026-01-18 06:00:00"]),
    ("0 0 6 ? * 2", ["2026-01-12 06:00:00"]),
    ("0 0 6 ? * SAT", ["2026-01-10 06:00:00"]),
    ("0 0 6 ? * L", ["2026-01-10 06:00:00", "2026-01-17 06:00:00"]),
    ("0 0 6 ? * mon-fri", ["2026-01-08 06:00:00", "2026-01-09 06:00:00", "2026-01-12 06:00:00"]),
    (
        "0 0 6 ? * 6-2",
        ["2026-01-09 06:00:00", "2026-01-10 06:00:00", "2026-01-11 06:00:00", "2026-01-12 06:00:00"],
    ),
    ("0 0 6 ? * MON,WED", ["2026-01-12 06:00:00", "2026-01-14 06:00:00"]),
    ("0 0 6 ? * 2/2", ["2026-01-09 06:00:00", "2026-01-12 06:00:00", "2026-01-14 06:00:00"]),
    ("0 0 6 ? * 6L", ["2026-01-30 06:00:00", "2026-02-27 06:00:00"]),
    ("0 0 6 ? * FRIL", ["2026-01-30 06:00:00"]),
    ("0 0 6 ? * 6#3", ["2026-01-16 06:00:00", "2026-02-20 06:00:00"]),
    ("0 0 6 ? * FRI#5", ["2026-01-30 06:00:00", "2026-05-29 06:00:00"]),
    ("0 0 6 ? * MON#1,MON#3", ["2026-01-19 06:00:00", "2026-02-02 06:00:00"]),
    # months
    ("0 0 6 1 MAR,SEP ?", ["2026-03-01 06:00:00", "2026-09-01 06:00:00", "2027-03-01 06:00:00"]),
    ("0 0 6 1 NOV-FEB ?", ["2026-02-01 06:00:00", "2026-11-01 06:00:00", "2026-12-01 06:00:00"]),
    ("0 0 6 1 1/3 ?", ["2026-04-01 06:00:00", "2026-07-01 06:00:00"]),
    # years
    ("0 0 6 1 1 ? 2026", []),
    ("0 0 6 1 1 ? 2028-2029", ["2028-01-01 06:00:00", "2029-01-01 06:00:00"]),
    ("0 0 6 1 1 ? 2025/3", ["2028-01-01 06:00:00", "2031-01-01 06:00:00"]),
    ("0 0 6 1 1 ? 2099", ["2099-01-01 06:00:00"]),
    ("0 0 6 ? * 2 *", ["2026-01-12 06:00:00"]),
    # the other day field may be written as a star
    ("0 0 6 * * *", ["2026-01-08 06:00:00"]),
    ("0 0 6 ? * *", ["2026-01-08 06:00:00"]),
    ("0 0 6 10 * *", ["2026-01-10 06:00:00"]),
    ("  0   0 6 * * ? ", ["2026-01-08 06:00:00"]),
]


@pytest.mark.parametrize(("text", "expected"), FIRES, ids=[text for text, _ in FIRES])
def test_fires(text: str, expected: list[str]) -> None:
    assert fires(text, "2026-01-07 10:20:30", max(len(expected), 1)) == expected


NOT_CRON = [
    ("", "", "A cron expression has six fields, or seven with a year; there are 0"),
    ("0 0 * * *", "", "there are 5"),
    ("60 * * * * ?", "second", "“60” is not 0 to 59"),
    ("0 x * * * ?", "minute", "“X” is not 0 to 59"),
    ("0 0 24 * * ?", "hour", "“24” is not 0 to 23"),
    ("0 0 0 0 * ?", "day of month", "“0” is not 1 to 31"),
    ("0 0 0 32W * ?", "day of month", "“32” is not 1 to 31"),
    ("0 0 0 L-31 * ?", "day of month", "“L-31” is before the first of every month"),
    ("0 0 0 ?,5 * ?", "day of month", "“?” is not a value"),
    ("0 0/" + "9" * 5000 + " * * * ?", "", "at most 256 characters"),
    ("0 0 0 1 13 ?", "month", "“13” is not 1 to 12 or JAN to DEC"),
    ("0 0 0 ? * 0", "day of week", "“0” is not 1 to 7 or SUN to SAT (1 is Sunday, 7 is Saturday)"),
    ("0 0 0 ? * 8L", "day of week", "“8” is not 1 to 7"),
    ("0 0 0 ? * 6#6", "day of week", "a first to a fifth"),
    ("0 0 0 ? * FUNDAY", "day of week", "“FUNDAY” is not 1 to 7"),
    ("0 0 0 ? * ?", "day of week", "only one of the two day fields may be “?”"),
    ("0 0 0 1 * 2", "day of week", "one of them must be “?”"),
    ("0 0 0 1 1 ? 1969", "year", "“1969” is not 1970 to 2099"),
    ("0 0 0 1 1 ? 2030-2029", "year", "ends before it begins"),
    ("0 0/0 * * * ?", "minute", "a step must be 1 to 60, not 0"),
    ("0 0/61 * * * ?", "minute", "a step must be 1 to 60, not 61"),
    ("0 1-2-3 * * * ?", "minute", "“1-2-3” is not a value, a range or a step"),
    ("0 1,,2 * * * ?", "minute", "“” is not a value"),
    ("0 *-3 * * * ?", "minute", "“*-3” is not a value"),
    ("0 -3 * * * ?", "minute", "“-3” is not a value"),
    ("0 ? * * * ?", "minute", "“?” is not a value"),
    ("0 L * * * ?", "minute", "“L” is not 0 to 59"),
    ("0 ٣ * * * ?", "minute", "is not"),
]


@pytest.mark.parametrize(("text", "field", "message"), NOT_CRON)
def test_an_expression_that_breaks_a_rule_is_told_which(text: str, field: str, message: str) -> None:
    with pytest.raises(CronError) as caught:
        parse(text)
    assert caught.value.field == field
    assert message in str(caught.value)


# Berlin puts its clocks forward on 2026-03-29 at 02:00 (to 03:00), back on 2026-10-25 at 03:00 (to 02:00).
CLOCKS = [
    (
        "a daily time in the gap fires at its end",
        ("0 30 2 * * ?", "2026-03-28 12:00:00", "Europe/Berlin"),
        ["2026-03-29 03:00:00+0200", "2026-03-30 02:30:00+0200"],
    ),
    (
        "many times in the gap fire once, together with one at its end",
        ("0 0/15 * * * ?", "2026-03-29 01:40:00", "Europe/Berlin"),
        ["2026-03-29 01:45:00+0100", "2026-03-29 03:00:00+0200", "2026-03-29 03:15:00+0200"],
    ),
    (
        "an hourly one loses only the hour that is not there",
        ("0 0 * * * ?", "2026-03-29 00:30:00", "Europe/Berlin"),
        ["2026-03-29 01:00:00+0100", "2026-03-29 03:00:00+0200", "2026-03-29 04:00:00+0200"],
    ),
    (
        "a time that exists twice fires the first time",
        ("0 30 2 * * ?", "2026-10-24 12:00:00", "Europe/Berlin"),
        ["2026-10-25 02:30:00+0200", "2026-10-26 02:30:00+0100"],
    ),
    (
        "the repeated hour is silent",
        ("0 0/30 * * * ?", "2026-10-25 01:40:00", "Europe/Berlin"),
        ["2026-10-25 02:00:00+0200", "2026-10-25 02:30:00+0200", "2026-10-25 03:00:00+0100"],
    ),
    (
        "a midnight that is not there (Beirut)",
        ("0 0 0 * * ?", "2026-03-28 12:00:00", "Asia/Beirut"),
        ["2026-03-29 01:00:00+0300", "2026-03-30 00:00:00+0300"],
    ),
    (
        "a day that is not there (Samoa left out 2011-12-30)",
        ("0 0 12 * * ?", "2011-12-29 11:00:00", "Pacific/Apia"),
        ["2011-12-29 12:00:00-1000", "2011-12-31 00:00:00+1400", "2011-12-31 12:00:00+1400"],
    ),
    (
        "half an hour's change (Lord Howe)",
        ("0 15 2 * * ?", "2026-10-03 12:00:00", "Australia/Lord_Howe"),
        ["2026-10-04 02:30:00+1100", "2026-10-05 02:15:00+1100"],
    ),
]


@pytest.mark.parametrize(("name", "case", "expected"), CLOCKS, ids=[name for name, _, _ in CLOCKS])
def test_when_clocks_change(name: str, case: tuple[str, str, str], expected: list[str]) -> None:
    text, after, zone = case
    assert fires(text, after, len(expected), zone) == expected


def test_asking_again_inside_the_repeated_hour_fires_nothing_twice() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    second_pass = datetime(2026, 10, 25, 2, 10, tzinfo=berlin, fold=1)
    fire = parse("0 30 2 * * ?").next_after(second_pass, berlin)
    assert fire == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_fire_is_later_than_the_moment_asked_about() -> None:
    fire = datetime(2026, 1, 8, tzinfo=UTC)
    cron = parse("0 0 0 * * ?")
    assert cron.next_after(fire - timedelta(microseconds=1), "UTC") == fire
    assert cron.next_after(fire, "UTC") == fire + timedelta(days=1)


def test_the_answer_is_in_utc() -> None:
    fire = parse("0 0 8 * * ?").next_after(datetime(2026, 1, 7, tzinfo=UTC), "Asia/Shanghai")
    assert fire is not None
    assert fire.isoformat() == "2026-01-08T00:00:00+00:00"


def test_nothing_fires_after_the_last_year() -> None:
    assert parse("0 0 0 * * ?").next_after(datetime(2099, 12, 31, 12, tzinfo=UTC), "UTC") is None


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    """Spellings that Unix cron and Quartz read alike."""
    value = st.integers(low, high)
    item = st.one_of(
        value.map(str),
        st.tuples(value, value).map(sorted).filter(lambda x: x[0] < x[1]).map(lambda x: f"{x[0]}-{x[1]}"),
        st.integers(2, high).map(lambda step: f"*/{step}"),
    )
    return st.just("*") | st.lists(item, min_size=1, max_size=3).map(",".join)


DAY_NAMES = st.sampled_from(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])
DAYS = st.one_of(
    numbers(1, 28).map(lambda days: (days, "?")),
    st.just(("L", "?")),
    st.integers(1, 28).map(lambda day: (f"{day}W", "?")),
    st.lists(DAY_NAMES, min_size=1, max_size=3).map(lambda names: ("?", ",".join(names))),
)


@settings(max_examples=150, deadline=None)
@given(
    numbers(0, 59),
    numbers(0, 59),
    numbers(0, 23),
    DAYS,
    numbers(1, 12),
    st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)),
)
def test_it_agrees_with_croniter_where_both_read_the_same(
    second: str, minute: str, hour: str, days: tuple[str, str], month: str, after: datetime
) -> None:
    text = f"{second} {minute} {hour} {days[0]} {month} {days[1]}"
    start = after.replace(microsecond=0, tzinfo=UTC)
    oracle = croniter(text.replace("?", "*"), start, second_at_beginning=True)
    expected = [oracle.get_next(datetime) for _ in range(5)]
    assert list(islice(parse(text).fires_after(start, "UTC"), 5)) == expected
