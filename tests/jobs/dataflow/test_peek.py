"""What columns the data itself seems to have."""

from __future__ import annotations

import polars as pl
import pytest

from apps.jobs.dataflow.peek import fields_of
from apps.jobs.storage import Folder, StorageError


def told(store: Folder, form: str) -> list[str]:
    found = fields_of(store, {"bucket": "box", "prefix": "in/", "format": form})["fields"]
    return [f"{field['name']} {field['type']}" for field in found]


CASES: list[tuple[str, bytes, list[str]]] = [
    ("CSV", b"id,name,on\n1,A,2026-01-02\n2,B,\n", ["id bigint", "name string", "on date"]),
    ("CSV", b"1,A\n2,B\n", ["column_1 bigint", "column_2 string"]),
    ("CSV", b"code,price\n007,1\n008,2.5\n", ["code string", "price double"]),
    ("CSV", b"id,name\n" + b"1,A\n" * 30_000, ["id bigint", "name string"]),
    ("CSV", b"id,empty\n1,\n", ["id bigint", "empty string"]),
    (
        "NDJSON",
        b'{"id": 1, "ok": true}\n{"id": 2.5, "more": [1]}\n',
        ["id double", "ok boolean", "more array"],
    ),
    ("JSON", b'[{"id": null, "at": "x"}, {"id": 3}]', ["id bigint", "at string"]),
    ("JSON", b'[{"id": 1}' + b', {"id": 2}' * 9_000 + b', {"id', ["id bigint"]),
]


@pytest.mark.parametrize(("form", "data", "wanted"), CASES)
def test_the_columns_are_made_out_of_the_beginning_of_the_data(tmp_path, form, data, wanted):
    store = Folder(tmp_path)
    store.write("box", "in/_SUCCESS", b"hidden")
    store.write("box", "in/a", data)
    assert told(store, form) == wanted


def test_a_parquet_file_says_its_columns_itself(tmp_path):
    store = Folder(tmp_path)
    (tmp_path / "box/in").mkdir(parents=True)
    table = pl.DataFrame({"id": [1], "name": ["A"], "price": pl.Series(["1.5"]).cast(pl.Decimal(9, 2))})
    table.write_parquet(tmp_path / "box/in/a.parquet")
    assert told(store, "PARQUET") == ["id bigint", "name string", "price decimal(9,2)"]


@pytest.mark.parametrize("data", (None, b"\n"))
def test_where_nothing_is_there_is_nothing_to_make_out(tmp_path, data):
    store = Folder(tmp_path)
    if data:
        store.write("box", "in/a", data)
    with pytest.raises(StorageError):
        told(store, "CSV")
