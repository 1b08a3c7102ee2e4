from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.engine.params import MAX_LENGTH, Expander, Mention, Parameter

NOMINAL = datetime(2016, 4, 27, 12, 8, 1, tzinfo=UTC)


def at(nominal: datetime = NOMINAL, zone: str = "UTC", **sources: dict[str, object]) -> Expander:
    ordered = {source: sources[source] for source in ("run", "flow", "job", "project") if source in sources}
    return Expander(ordered, nominal, zone)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("${yyyy-MM-dd}", "2016-04-27"),
        ("${yyyyMMdd}", "20160427"),
        ("${yyyyMMddHHmmss}", "20160427120801"),
        ("${yyyyMMdd HH:mm:ss}", "20160427 12:08:01"),
        ("${yyyyMMdd hh:mm}", "20160427 12:08"),
        ("${yyyy/MM/dd/HH}", "2016/04/27/12"),
        ("${yyyy}", "2016"),
        ("${dd.MM.yyyy}", "27.04.2016"),
        ("${yyyyMMdd HH:mm:ss-1d}", "20160426 12:08:01"),
        ("${yyyyMMdd-1d}", "20160426"),
        ("${yyyyMMdd+7d}", "20160504"),
        ("${yyyyMMddHH-13h}", "2016042623"),
        ("${yyyyMM+3m}", "201607"),
        ("${yyyyMM-4m}", "201512"),
        ("${yyyy+1y}", "2017"),
        ("${yyyy-MM-dd-1d}", "2016-04-26"),
        ("${yyyy-MM-dd - 1d}", "2016-04-26"),
        ("${yyyy-MM-dd + 1 d}", "2016-04-28"),
        ("${yyyy-MM-dd-1}", "2016-04-27-1"),  # no unit: not an offset
        ("x${yyyy}y${MM-yyyy}z", "x2016y04-2016z"),
    ],
)
def test_a_time_expression_writes_the_nominal_time(expression: str, value: str) -> None:
    assert at().expand(expression) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no expression",
        "${unknown}",
        "${MM-dd}",  # a pattern has a year
        "${YYYY-MM-dd}",  # letters are case-sensitive
        "${yyyy-MM-ddTHH}",
        "${yyyyMMdd-1w}",
        "${yyyyMMdd-1d+2h}",
        "${yyyy+9999999y}",  # beyond the calendar
        "${yyyy-2016y}",
        "${HOME:-/root}",
        "${#array[@]}",
        "$name $(yyyy) $${x} ${} ${a${b}",
    ],
)
def test_what_is_no_known_expression_stays_as_it_is(text: str) -> None:
    assert at().expand(text) == text


@pytest.mark.parametrize(
    ("nominal", "expression", "value"),
    [
        (datetime(2024, 1, 31, tzinfo=UTC), "${yyyy-MM-dd+1m}", "2024-02-29"),
        (datetime(2024, 2, 29, tzinfo=UTC), "${yyyy-MM-dd+1y}", "2025-02-28"),
        (datetime(2024, 3, 1, tzinfo=UTC), "${yyyy-MM-dd-1d}", "2024-02-29"),
        (datetime(2024, 1, 1, 0, 30, tzinfo=UTC), "${yyyy-MM-dd HH-1h}", "2023-12-31 23"),
        (datetime(2024, 1, 1, 0, 5, tzinfo=UTC), "${yyyy hh:mm}", "2024 12:05"),
        (datetime(2024, 1, 1, 15, 5, tzinfo=UTC), "${yyyy hh:mm}", "2024 03:05"),
    ],
)
def test_offsets_follow_the_calendar(nominal: datetime, expression: str, value: str) -> None:
    assert at(nominal).expand(expression) == value


def test_the_nominal_time_is_told_in_the_zone() -> None:
    assert at(datetime(2024, 5, 1, 20, tzinfo=UTC), "Asia/Shanghai").expand("${yyyyMMddHH}") == "2024050204"


def test_hours_move_the_instant_and_days_the_date_on_a_night_when_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    after_the_gap = datetime(2024, 3, 31, 3, 30, tzinfo=berlin)
    assert at(after_the_gap, "Europe/Berlin").expand("${yyyyMMddHHmm-1h}") == "202403310130"
    assert at(after_the_gap, "Europe/Berlin").expand("${yyyyMMddHHmm-1d}") == "202403300330"


def test_the_nearer_value_wins() -> None:
    sources = {
        "project": {"a": "project", "b": "project", "c": "project", "d": "project"},
        "job": {"a": "job", "b": "job", "c": "job"},
        "flow": {"a": "flow", "b": "flow"},
        "run": {"a": "run"},
    }
    assert at(**sources).expand("${a} ${b} ${c} ${d}") == "run flow job project"


@pytest.mark.parametrize(
    ("value", "text"), [("x", "x"), (7, "7"), (2.5, "2.5"), (True, "true"), (None, "null"), ("", "")]
)
def test_values_are_spelt_as_in_json(value: object, text: str) -> None:
    assert at(job={"v": value}).expand("<${v}>") == f"<{text}>"


def test_a_value_may_hold_expressions() -> None:
    job = {"day": "${yyyyMMdd-1d}", "path": "${root}/${day}"}
    assert at(job=job, project={"root": "/data"}).expand("cat ${path}") == "cat /data/20160426"


def test_a_name_inside_its_own_value_stays_untouched() -> None:
    assert at(job={"PATH": "${PATH}:/opt/bin"}).expand("PATH=${PATH}") == "PATH=${PATH}:/opt/bin"


def test_names_in_a_circle_leave_each_other_untouched() -> None:
    job = {"a": "<${b}>", "b": "<${a}${c}>", "c": "c", "d": "${a}"}
    assert at(job=job).expand("${a} ${b} ${d}") == "<${b}> <${a}c> <${b}>"


def test_a_long_row_of_names_within_names_is_followed_to_its_end() -> None:
    job: dict[str, object] = {f"v{n}": f"${{v{n + 1}}}" for n in range(5000)} | {"v5000": "end"}
    assert at(job=job).expand("${v0}") == "end"


def test_a_name_that_looks_like_a_time_is_a_name() -> None:
    assert at(run={"yyyyMMdd": "mine"}).expand("${yyyyMMdd}") == "mine"


def test_values_that_would_grow_without_end_stay_unexpanded() -> None:
    job: dict[str, object] = {f"v{n}": f"${{v{n + 1}}}" * 100 for n in range(12)}
    assert len(at(job=job).expand("${v0}")) <= MAX_LENGTH


def test_parameters_say_what_each_name_becomes_and_whose_it_is() -> None:
    assert at(job={"day": "${yyyyMMdd}"}, run={"a": 1}).parameters() == [
        Parameter("a", "1", "1", "run"),
        Parameter("day", "${yyyyMMdd}", "20160427", "job"),
    ]


def test_a_preview_lists_every_expression_once_and_marks_the_unknown() -> None:
    assert at(job={"day": "${yyyyMMdd}"}).preview("${day} ${HOME} ${yyyy} ${day}") == [
        Mention("${day}", "20160427", "job"),
        Mention("${HOME}", None, ""),
        Mention("${yyyy}", "2016", "time"),
    ]


@given(st.text(alphabet="${}yMdHms-+1 a", max_size=40))
def test_expanding_never_fails(text: str) -> None:
    at(job={"a": text}).expand(text)
