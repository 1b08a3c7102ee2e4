"""What comes out of a data flow: rows, nulls, files and counts."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from apps.jobs.storage import StorageError
from tests.jobs.dataflow.conftest import rows_in
from tests.jobs.dataflow.nodes import fields, filtered, node, source, target

PEOPLE = b"id,name,amount\n1,Ann,10.5\n2,Bob,\n3,,7\n4,Ann,x\n5,Eve,-3\n"


@pytest.fixture
def people(store):
    store.write("box", "in/people.csv", PEOPLE)


def names(store) -> list[str]:
    return [row[1] for row in rows_in(store)]


def ids(store) -> list[str]:
    return [row[0] for row in rows_in(store)]


# --- reading


def test_columns_are_found_by_name_when_the_first_line_names_them(store, run) -> None:
    store.write("box", "in/a.csv", b"amount,other,name,id\n1,zzz,Ann,7\n")
    run([source(1), target(2, 1)])
    assert rows_in(store) == [["7", "Ann", "1.0"]]


def test_columns_are_found_by_place_when_no_line_names_them(store, run) -> None:
    store.write("box", "in/a.csv", b"7,Ann,1,more\n8\n")
    run([source(1), target(2, 1)])
    assert rows_in(store) == [["7", "Ann", "1.0"], ["8", "", ""]]


def test_files_of_both_ways_are_read_together_and_hidden_ones_are_not(store, run) -> None:
    store.write("box", "in/a.csv", b"id,name,amount\n1,a,1\n")
    store.write("box", "in/deep/b.csv", b"2,b,2\n")
    store.write("box", "in/empty.csv", b"")
    store.write("box", "in/_SUCCESS", b"9,x,9\n")
    store.write("box", "in/_temporary/c.csv", b"9,x,9\n")
    store.write("box", "in/.crc", b"9,x,9\n")
    counts = run([source(1), target(2, 1)])
    assert ids(store) == ["1", "2"]
    assert counts["1"] == {"read": 2, "written": 2}


def test_a_cell_that_is_not_of_its_type_is_null_and_counted(store, run, people) -> None:
    counts = run([source(1), target(2, 1)])
    assert [row[2] for row in rows_in(store)] == ["10.5", "", "7.0", "", "-3.0"]
    assert counts["1"] == {"read": 5, "written": 5, "nulled": 1}


def test_ragged_rows_stay(store, run) -> None:
    store.write("box", "in/a.csv", b'id,name,amount\n1,a,1,more,still\n2\n3,"x\ny",3\n')
    run([source(1), target(2, 1)])
    assert rows_in(store) == [["1", "a", "1.0"], ["2", "", ""], ["3", "x\ny", "3.0"]]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("JSON", '[{"id": 1, "name": "a", "amount": 1.5}, {"id": 2, "name": null, "more": {"x": [1]}}]'),
        ("JSON", '{"id": 1, "name": "a", "amount": 1.5}\n{"id": 2}\n'),
        ("NDJSON", '{"id": 1, "name": "a", "amount": 1.5}\n{"id": 2, "name": ""}\n'),
    ],
)
def test_json_is_read_as_array_and_as_lines(store, run, form: str, text: str) -> None:
    store.write("box", "in/a.json", text.encode())
    run([source(1, form=form), target(2, 1)])
    assert rows_in(store) == [["1", "a", "1.5"], ["2", "", ""]]


def test_one_object_over_several_lines_is_one_row(store, run) -> None:
    store.write("box", "in/a.json", json.dumps({"id": 1, "name": "a", "amount": 2}, indent=2).encode())
    run([source(1, form="JSON"), target(2, 1)])
    assert rows_in(store) == [["1", "a", "2.0"]]


def test_what_was_written_as_parquet_is_read_again(store, run, people) -> None:
    run([source(1), target(2, 1, dataType="PARQUET", prefix="kept")])
    run([source(1, prefix="kept", form="PARQUET"), target(2, 1)])
    assert [row[2] for row in rows_in(store)] == ["10.5", "", "7.0", "", "-3.0"]


def test_a_json_target_has_one_object_a_line(store, run, people) -> None:
    run([source(1), filtered(2, 1, ("id", "LTE", 2)), target(3, 2, dataType="JSON")])
    (found,) = store.find("box", "out")
    lines = [json.loads(line) for line in store.read("box", found.key).splitlines()]
    assert lines == [{"id": 1, "name": "Ann", "amount": 10.5}, {"id": 2, "name": "Bob", "amount": None}]


@pytest.mark.parametrize(
    ("form", "data"),
    [("JSON", b"[1, 2]"), ("JSON", b"[{"), ("NDJSON", b"no json\n"), ("PARQUET", b"no parquet")],
)
def test_a_file_that_cannot_be_read_fails_the_job_and_leaves_nothing(
    store, run, form: str, data: bytes
) -> None:
    store.write("box", "in/a", data)
    with pytest.raises((StorageError, pl.exceptions.PolarsError)):
        run([source(1, form=form), target(2, 1)])
    assert [found.key for found in store.find("box", "in")] == ["in/a"]
    assert store.find("box", "out") == store.find("box", "_headrace") == []


def test_a_prefix_with_nothing_below_it_fails_the_job(store, run) -> None:
    with pytest.raises(StorageError, match="nothing to read in box/in"):
        run([source(1), target(2, 1)])


# --- rows


@pytest.mark.parametrize(
    ("conditions", "word", "kept"),
    [
        ([("amount", "GT", "7")], "AND", ["1"]),
        ([("amount", "GTE", 7)], "AND", ["1", "3"]),
        ([("amount", "LT", "10")], "AND", ["3", "5"]),
        # null is neither equal nor unequal to anything
        ([("name", "NE", "Ann")], "AND", ["2", "5"]),
        ([("name", "EQ", "Ann"), ("amount", "EQ", "10.5")], "AND", ["1"]),
        ([("name", "EQ", "Eve"), ("amount", "GT", "7")], "OR", ["1", "5"]),
        ([("name", "LT", "Bob")], "AND", ["1", "4"]),
    ],
)
def test_a_filter_compares_by_type(store, run, people, conditions: Any, word: str, kept: list[str]) -> None:
    run([source(1), filtered(2, 1, *conditions, word=word), target(3, 2)])
    assert ids(store) == kept


def test_dates_are_compared_as_dates(store, run) -> None:
    store.write("box", "in/a.csv", b"id,day,at,ok\n1,2025-01-02,2025-01-02 10:00:00,TRUE\n2,soon,,no\n")
    columns = ("id int", "day date", "at timestamp", "ok boolean")
    tests = [("day", "GT", "2024-12-31"), ("at", "LTE", "2025-01-02T10:00:00"), ("ok", "EQ", "true")]
    run([source(1, *columns), filtered(2, 1, *tests), target(3, 2, *columns)])
    assert rows_in(store) == [["1", "2025-01-02", "2025-01-02 10:00:00", "true"]]


def test_select_rename_and_define_change_columns(store, run, people) -> None:
    nodes = [
        source(1),
        node(2, "TRANSFORM_RENAME", [1], renameFieldList=[{"name": "name", "newName": "who"}]),
        node(3, "TRANSFORM_DEFINE", [2],
             defineFieldList=[{"name": "amount", "newName": "whole", "newType": "int"}]),
        node(4, "TRANSFORM_SELECT", [3], fieldList=fields("whole int", "who")),
        target(5, 4, "who", "whole int"),
    ]  # fmt: skip
    run(nodes)
    assert rows_in(store) == [["", "7"], ["Ann", ""], ["Ann", "10"], ["Bob", ""], ["Eve", "-3"]]


def test_an_aggregate_passes_over_nulls_and_the_sum_of_none_is_null(store, run, people) -> None:
    functions = [("SUM", "sum"), ("AVG", "avg"), ("MAX", "max"), ("MIN", "min")]
    results = [{"name": "amount", "ResultName": name, "function": word} for word, name in functions]
    columns = ("name", "sum double", "avg double", "max double", "min double")
    group = node(2, "TRANSFORM_AGGREGATE", [1], groupByList=["name"], aggregateFieldList=results)
    run([source(1), group, target(3, 2, *columns)])
    assert rows_in(store) == [
        ["", "7.0", "7.0", "7.0", "7.0"],
        ["Ann", "10.5", "10.5", "10.5", "10.5"],
        ["Bob", "", "", "", ""],
        ["Eve", "-3.0", "-3.0", "-3.0", "-3.0"],
    ]


def test_duplicates_are_dropped_by_the_columns_that_count(store, run, people) -> None:
    counts = run(
        [source(1), node(2, "TRANSFORM_DROP_DUPLICATION", [1], dropFieldList=["name"]), target(3, 2)]
    )
    assert sorted(names(store)) == ["", "Ann", "Bob", "Eve"]
    assert counts["2"] == {"read": 5, "written": 4}


def test_missing_values_are_filled(store, run, people) -> None:
    values = [{"name": "amount", "defaultValue": "0"}, {"name": "name", "defaultValue": "nobody"}]
    run(
        [source(1), node(2, "TRANSFORM_FILL_MISSING_VALUES", [1], missingValueFieldList=values), target(3, 2)]
    )
    assert [row[1:] for row in rows_in(store)] == [
        ["Ann", "10.5"], ["Bob", "0.0"], ["nobody", "7.0"], ["Ann", "0.0"], ["Eve", "-3.0"]
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "expected"), [("ALL", 4), ("DISTINCT", 3)])
def test_a_union_is_by_place_and_takes_the_wider_type(store, run, kind: str, expected: int) -> None:
    store.write("box", "one/a.csv", b"id,name\n1,a\n2,b\n")
    store.write("box", "two/a.csv", b"number,word\n2,b\n3.5,c\n")
    nodes = [
        source(1, "id int", "name", prefix="one"),
        source(2, "number double", "word", prefix="two"),
        node(3, "TRANSFORM_UNION", [1, 2], unionType=kind),
        target(4, 3, "id double", "name"),
    ]
    run(nodes)
    assert len(rows_in(store)) == expected
    assert rows_in(store)[-1] == ["3.5", "c"]


CITIES = b"id,city,until\n1,Seoul,5\n1,Busan,99\n9,Jeju,1\n,Nowhere,1\n"
EQUAL = {"leftField": "id", "rightField": "id", "joinOperator": "EQ", "conditionOperator": "HEAD"}
WITHIN = {"leftField": "amount", "rightField": "until", "joinOperator": "GT", "conditionOperator": "AND"}


@pytest.mark.parametrize(
    ("how", "conditions", "expected"),
    [
        ("INNER", [EQUAL], [("1", "Busan"), ("1", "Seoul")]),
        ("LEFT_OUTER", [EQUAL], [("1", "Busan"), ("1", "Seoul"), ("2", ""), ("3", "")]),
        ("RIGHT_OUTER", [EQUAL], [("", "Jeju"), ("", "Nowhere"), ("1", "Busan"), ("1", "Seoul")]),
        ("FULL_OUTER", [EQUAL],
         [("", "Jeju"), ("", "Nowhere"), ("1", "Busan"), ("1", "Seoul"), ("2", ""), ("3", "")]),
        ("INNER", [EQUAL, WITHIN], [("1", "Seoul")]),
        ("LEFT_OUTER", [EQUAL, WITHIN], [("1", "Seoul"), ("2", ""), ("3", "")]),
        ("FULL_OUTER", [EQUAL, WITHIN],
         [("", "Busan"), ("", "Jeju"), ("", "Nowhere"), ("1", "Seoul"), ("2", ""), ("3", "")]),
        ("INNER", [EQUAL, WITHIN | {"conditionOperator": "OR", "joinOperator": "EQ"}],
         [("1", "Busan"), ("1", "Seoul")]),
    ],
)  # fmt: skip
def test_a_join_pairs_rows(store, run, how: str, conditions: Any, expected: list[tuple[str, str]]) -> None:
    store.write("box", "in/a.csv", b"id,name,amount\n1,Ann,10\n2,Bob,20\n3,Eve,\n")
    store.write("box", "cities/a.csv", CITIES)
    join = {
        "joinType": how,
        "leftNodeId": 1,
        "rightNodeId": 2,
        "prefix": "r_",
        "joinConditionList": conditions,
    }
    nodes = [
        source(1),
        source(2, "id int", "city", "until int", prefix="cities"),
        node(3, "TRANSFORM_JOIN", [1, 2], **join),
        target(4, 3, "id int", "city"),
    ]
    counts = run(nodes)
    assert [tuple(row) for row in rows_in(store)] == expected
    assert counts["1"]["written"] == 3
    assert counts["2"]["written"] == 4
    assert counts["3"] == {"read": 7, "written": len(expected)}


def test_a_table_that_is_used_twice_is_counted_once(store, run, people) -> None:
    nodes = [
        source(1),
        filtered(2, 1, ("name", "EQ", "Ann")),
        node(3, "TRANSFORM_UNION", [1, 2], unionType="ALL"),
        target(4, 3),
        target(5, 2, prefix="anns"),
    ]
    counts = run(nodes)
    assert counts["1"]["written"] == 5
    assert counts["2"]["written"] == 2
    assert counts["4"] == {"read": 7, "written": 7}
    assert len(rows_in(store, "anns")) == 2


# --- writing


def test_overwrite_replaces_everything_below_the_prefix(store, run, people) -> None:
    store.write("box", "out/old.csv", b"id\n9\n")
    store.write("box", "out/deep/_SUCCESS", b"")
    store.write("box", "outside/kept.csv", b"id\n9\n")
    run([source(1), target(2, 1)])
    assert len(store.find("box", "out")) == 1
    assert len(store.find("box", "outside")) == 1
    assert store.find("box", "_headrace/staging") == store.find("box", "_headrace/commits") == []


@pytest.mark.parametrize("mode", ["APPEND", None])
def test_append_adds_and_is_what_is_done_without_a_word(store, run, people, mode: str | None) -> None:
    for _ in range(2):
        run([source(1), target(2, 1, mode=mode)])
    assert len(rows_in(store)) == 10


def test_ignore_writes_only_where_nothing_is(store, run, people) -> None:
    assert run([source(1), target(2, 1, mode="IGNORE")])["2"]["written"] == 5
    assert run([source(1), target(2, 1, mode="IGNORE")])["2"]["written"] == 0
    assert len(rows_in(store)) == 5


@pytest.mark.parametrize("form", ["CSV", "JSON", "PARQUET"])
def test_coalesce_says_how_many_files(store, run, people, form: str) -> None:
    run([source(1), target(2, 1, dataType=form, coalesce=3)])
    keys = [found.key for found in store.find("box", "out")]
    assert [key.split("-")[1] for key in keys] == ["00000", "00001", "00002"]
    if form == "CSV":
        assert ids(store) == ["1", "2", "3", "4", "5"]


def test_a_table_may_overwrite_the_one_object_it_is_read_from(store, run) -> None:
    store.write("box", "data", PEOPLE)
    run([source(1, prefix="data"), filtered(2, 1, ("name", "EQ", "Ann")), target(3, 2, prefix="data")])
    assert [row[0] for row in rows_in(store, "data")] == ["1", "4"]
