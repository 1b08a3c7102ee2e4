from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.engine.business import business_notation, value_of
from apps.engine.params import Expander

AT = datetime(2025, 11, 1, 2, 30, 45, tzinfo=UTC)


def value(expression: str, at: datetime = AT, today: date | None = None) -> str:
    """What a parameter with this value becomes."""
    notation = business_notation(today=today or at.date(), ids={"nodeid": "77"})
    return Expander({"job": {"p": expression}}, at, "UTC", notation).value("p")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("${yyyymmdd}", "20251031"),
        ("${yyyy-mm-dd}", "2025-10-31"),
        ("${yyyymm}", "202510"),
        ("${mm}", "10"),
        ("${dd}", "31"),
        ("${yy}", "25"),
        ("${yyyymmdd-1}", "20251030"),
        ("${yyyymmdd-7*1}", "20251024"),
        ("${yyyymm-1}", "202509"),
        ("${yyyymm+2}", "202512"),
        ("${yyyymm-8}", "202502"),
        ("${yyyy-1}", "2024"),
        ("${yyyy-mm-dd+1}", "2025-11-01"),
        ("${yyyymm}01", "20251001"),
        ("$bizdate", "20251031"),
        ("$gmtdate", "20251101"),
        ("$[yyyymmddhh24miss]", "20251101023045"),
        ("$[yyyy-mm-dd]", "2025-11-01"),
        ("$[yyyymm]", "202511"),
        ("$[mm]", "11"),
        ("$[dd]", "01"),
        ("$[hh24]", "02"),
        ("$[mi]", "30"),
        ("$[ss]", "45"),
        ("$[yyyymmdd-1]", "20251031"),
        ("$[yyyy-mm-dd-1]", "2025-10-31"),
        ("$[hh24-1/24]", "01"),
        ("$[yyyymmdd-3/24]", "20251031"),
        ("$[yyyymmddhh24miss-15/24/60]", "20251101021545"),
        ("$[yyyymmddhh24-1-1/24]", "2025103101"),
        ("$[yyyymmdd hh24:mi:ss-1/24]", "20251101 01:30:45"),
        ("$[add_months(yyyymmdd,-1)]", "20251001"),
        ("$[add_months(yyyymm,-12*1)]", "202411"),
        ("$cyctime", "20251101023045"),
        ("$bizmonth", "202510"),
        ("from $bizdate to ${yyyymmdd+1}", "from 20251031 to 20251101"),
        ("$nodeid", "77"),
    ],
)
def test_an_expression_becomes_what_the_reference_says(expression: str, expected: str) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "at", "expected"),
    [
        ("$[add_months(yyyymmdd,-1)]", datetime(2025, 3, 31, tzinfo=UTC), "20250228"),
        ("$[yyyymmdd-1/24]", datetime(2025, 11, 1, tzinfo=UTC), "20251031"),
        ("$[hh24-1/24]", datetime(2025, 11, 1, tzinfo=UTC), "23"),
        # A backfill of 15 March runs as of the 16th.
        ("${yyyymmdd}", datetime(2025, 3, 16, tzinfo=UTC), "20250315"),
        ("$[yyyymmddhh24miss]", datetime(2025, 3, 16, tzinfo=UTC), "20250316000000"),
        ("$[hh12]", datetime(2025, 3, 16, 15, tzinfo=UTC), "03"),
    ],
)
def test_offsets_cross_days_and_months(expression: str, at: datetime, expected: str) -> None:
    assert value(expression, at) == expected


def test_the_business_month_of_the_current_month_is_the_one_before() -> None:
    assert value("$bizmonth", datetime(2025, 11, 16, tzinfo=UTC)) == "202510"
    assert value("$bizmonth", datetime(2025, 11, 16, tzinfo=UTC), today=date(2026, 1, 5)) == "202511"


@pytest.mark.parametrize(
    "constant",
    [
        *("", "plain", "$", "${}", "${region}", "$[1+1]", "$[]", "${hi24mmss}", "${{biz_date}}"),
        *("$bizdated", "$[yyyyQ]", "${yyyy-9999}", "$[add_months(yyyymm)]", "$unknown", "${yyyymmdd hh24}"),
    ],
)
def test_what_is_no_expression_is_a_constant(constant: str) -> None:
    assert value(constant) == constant


def test_the_business_date_is_one_of_the_schedules_zone() -> None:
    late = datetime(2025, 10, 31, 18, tzinfo=UTC)  # two in the morning of the first of November in Shanghai
    notation = business_notation(today=date(2025, 11, 1))
    expander = Expander({"job": {"day": "${yyyymmdd}"}}, late, ZoneInfo("Asia/Shanghai"), notation)
    assert expander.value("day") == "20251031"


def test_hours_are_counted_across_a_change_of_clocks() -> None:
    after = datetime(2025, 10, 26, 3, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (
        value_of("$[hh24-2/24]", after, today=after.date(), ids={}) == "02"
    )  # the second time that it was two


def test_a_content_names_parameters_and_leaves_the_rest_to_its_own_language() -> None:
    sources = {"job": {"day": "$bizdate"}, "flow": {"workflow.region": "north"}}
    text = "${day} ${workflow.region} ${yyyymmdd} $[1+1] $bizdate ${bdp.system.bizdate}"
    sql = Expander(sources, AT, "UTC", business_notation(today=AT.date()))
    assert sql.expand(text) == "20251031 north ${yyyymmdd} $[1+1] $bizdate 20251031"
    shell = Expander(sources, AT, "UTC", business_notation(today=AT.date(), program=True))
    assert shell.expand(text) == "${day} north ${yyyymmdd} $[1+1] $bizdate 20251031"


@given(st.text("ymdhis24/+-*0123456789$[]{}(),add_onths ", max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    value(text)
