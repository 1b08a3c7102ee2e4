"""Looks into objects without running anything: python -m apps.jobs.dataflow.peek

The question comes as JSON on the standard input, the answer leaves as JSON. Like `run` it is a
process of its own, so that a page that asks neither holds the data nor loads what reads it.

    {"bucket": …, "prefix": …, "format": …} -> {"object": …, "fields": [{"name", "type"}, …]}
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import polars as pl

from apps.jobs.dataflow.fields import parse_type, reads_as
from apps.jobs.dataflow.sources import HEAD_BYTES, visible
from apps.jobs.storage import BadAddress, Place, StorageError, Store, open_store

ROWS = 500
#: What a column is if all that was seen of it can be read so: the first that fits.
GUESSES = ("bigint", "double", "boolean", "date", "timestamp")
_JSON_TYPES = {bool: "boolean", int: "bigint", float: "double", list: "array", dict: "struct"}
_PARQUET_TYPES: Mapping[Any, str] = {
    pl.Boolean: "boolean",
    pl.Int8: "tinyint",
    pl.Int16: "smallint",
    pl.Int32: "int",
    pl.Int64: "bigint",
    pl.Float32: "float",
    pl.Float64: "double",
    pl.Date: "date",
    pl.Datetime: "timestamp",
    pl.Binary: "binary",
    pl.List: "array",
    pl.Struct: "struct",
}


def fields_of(store: Store, asked: Mapping[str, str]) -> dict[str, Any]:
    """The columns of the first object below the prefix. Raises StorageError when there is none."""
    bucket, prefix = asked["bucket"], asked["prefix"].strip("/")
    keys = visible(store, bucket, prefix)
    if not keys:
        raise StorageError(f"there is nothing to read in {bucket}/{prefix}")
    if asked["format"] == "PARQUET":
        named = _of_parquet(store, bucket, keys[0])
    else:
        head = store.read(bucket, keys[0], HEAD_BYTES)
        text = head.decode("utf-8", "replace").removeprefix("\ufeff")
        named = (_of_csv if asked["format"] == "CSV" else _of_json)(text, cut=len(head) == HEAD_BYTES)
    if not named:
        raise StorageError(f"no columns can be made out in {bucket}/{keys[0]}")
    return {
        "object": keys[0],
        "fields": [{"name": name, "type": kind, "properties": []} for name, kind in named.items()],
    }


def _of_csv(text: str, *, cut: bool) -> dict[str, str]:
    rows = [row for row in islice(csv.reader(io.StringIO(text)), ROWS) if row]
    # The last line of a piece may be half a line.
    rows = rows[:-1] if cut and len(rows) > 1 else rows
    if not rows:
        return {}
    first = rows[0]
    named = len(set(first)) == len(first) and all(name and guess([name]) == "string" for name in first)
    names = first if named else [f"column_{number}" for number in range(1, len(first) + 1)]
    body = rows[1:] if named else rows
    return {name: guess([row[place] for row in body if place < len(row)]) for place, name in enumerate(names)}


def guess(values: Sequence[str]) -> str:
    """The narrowest type as which all values can be read; a text when there are none.

    >>> guess(["1", ""]), guess(["1", "2.5"]), guess(["2026-01-02"]), guess(["007"]), guess([])
    ('bigint', 'double', 'date', 'string', 'string')
    """
    seen = [value for value in values if value]
    # A number that begins with 0 is a code: as a number it would lose that.
    if not seen or any(
        value.lstrip("+-").startswith("0") and value.isdecimal() and value != "0" for value in seen
    ):
        return "string"
    for name in GUESSES:
        wanted = parse_type(name)
        if wanted and all(reads_as(value, wanted) for value in seen):
            return name
    return "string"


def _of_json(text: str, *, cut: bool) -> dict[str, str]:
    """The keys of the first objects, be they in an array or one a line."""
    decoder = json.JSONDecoder()
    found: dict[str, str] = {}
    place = 0
    for _number in range(ROWS):
        while place < len(text) and text[place] in "[, \t\r\n":
            place += 1
        try:
            row, place = decoder.raw_decode(text, place)
        except ValueError:
            break
        for key, value in row.items() if isinstance(row, dict) else ():
            kind = _JSON_TYPES.get(type(value), "string")
            before = found.setdefault(key, kind if value is not None else "")
            if value is not None and before != kind:
                found[key] = kind if not before else _wider(before, kind)
    return {key: kind or "string" for key, kind in found.items()}


def _wider(one: str, two: str) -> str:
    return "double" if {one, two} == {"bigint", "double"} else "string"


def _of_parquet(store: Store, bucket: str, key: str) -> dict[str, str]:
    frame = pl.scan_parquet(store.uri(bucket, key), glob=False, storage_options=store.options())
    return {name: _parquet_type(kind) for name, kind in frame.collect_schema().items()}


def _parquet_type(kind: pl.DataType) -> str:
    if isinstance(kind, pl.Decimal):
        return f"decimal({kind.precision},{kind.scale})"
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        return "timestampwithtimezone"
    return _PARQUET_TYPES.get(kind.base_type(), "string")


def main(question: str, environment: Mapping[str, str]) -> dict[str, Any]:
    try:
        return fields_of(open_store(Place.of(environment)), json.loads(question))
    except (StorageError, BadAddress, pl.exceptions.PolarsError, OSError) as error:
        return {"error": str(error)[:500]}


if __name__ == "__main__":
    print(json.dumps(main(sys.stdin.read(), os.environ)))
