"""Tables from the objects below a prefix: CSV, JSON, NDJSON and Parquet.

Every object below the prefix is read but those whose names begin with _ or a dot. Columns
are found by name; a CSV file without a line of names has them in the order of the fields.
A cell that cannot be read as its field's type becomes null, and is counted; a file that
cannot be read at all fails the job.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count, groupby
from typing import Any

import polars as pl

from apps.jobs.dataflow.casts import polars_schema, read_text
from apps.jobs.dataflow.fields import TEXT, Family
from apps.jobs.dataflow.frames import Counts, observe
from apps.jobs.dataflow.plan import Column, Step
from apps.jobs.storage import StorageError, Store, is_hidden

#: How much of a file is looked at to see how it begins.
HEAD_BYTES = 1 << 16
#: Rows at the beginning, and then pieces, in which cells are looked for that are not of their type.
CHECKED_ROWS, CHECKED_PIECES = 500_000, 8
#: Arrays of JSON are read whole; larger ones belong into NDJSON.
MAX_ARRAY_BYTES = 256 << 20


class Reader:
    """Reads the sources of one plan."""

    def __init__(self, store: Store, counts: Counts) -> None:
        self.store = store
        self.counts = counts

    def __call__(self, place: int, step: Step) -> pl.LazyFrame:
        bucket, prefix = step.options["bucket"], step.options["prefix"]
        keys = visible(self.store, bucket, prefix)
        if not keys:
            raise StorageError(f"there is nothing to read in {bucket}/{prefix}")
        frames = [*_FORMATS[step.options["format"]](self, bucket, keys, step.columns)]
        if not frames:
            return pl.LazyFrame(schema=polars_schema(step.columns))
        return self._typed(pl.concat(frames), place, step.columns)

    def uris(self, bucket: str, keys: Iterable[str]) -> list[str]:
        return [self.store.uri(bucket, key) for key in keys]

    def _typed(self, frame: pl.LazyFrame, place: int, columns: Sequence[Column]) -> pl.LazyFrame:
        """Text as what the fields say; rows are counted, and cells that this emptied.

        What does not get past a filter need not be turned into anything, and looking at it
        all the same would cost a sixth of the time. So of a large table that has been clean
        so far only every eighth piece is looked at; the count is a lower bound.
        """
        typed = [column for column in columns if column.type.family not in (Family.TEXT, Family.NESTED)]
        checks = [
            (read_text(pl.col(each.name), each.type).null_count() - pl.col(each.name).null_count()).alias(
                each.name
            )
            for each in typed
        ]
        pieces = count()

        def look(part: pl.DataFrame) -> pl.DataFrame:
            rows, nulled = self.counts.rows, self.counts.nulled
            if typed and (rows[place] < CHECKED_ROWS or nulled[place] or not next(pieces) % CHECKED_PIECES):
                nulled[place] += sum(part.select(checks).row(0))
            rows[place] += part.height
            return part

        texts = observe(frame, look, [Column(column.name, TEXT) for column in columns])
        return texts.select(read_text(pl.col(each.name), each.type).alias(each.name) for each in columns)


def visible(store: Store, bucket: str, prefix: str) -> list[str]:
    """The keys that a reader of the prefix reads."""
    return [
        found.key for found in store.find(bucket, prefix) if not is_hidden(found.key, prefix) and found.size
    ]


# --- each yields frames of text columns, named as the fields


def _csv(
    reader: Reader, bucket: str, keys: Sequence[str], columns: Sequence[Column]
) -> Iterable[pl.LazyFrame]:
    heads = [(key, *_head(reader.store.read(bucket, key, HEAD_BYTES), columns)) for key in keys]
    # Files that begin alike are one scan: a folder of thousands is not thousands of them.
    for (has_header, names), group in groupby(heads, key=lambda head: head[1:]):
        frame = pl.scan_csv(
            reader.uris(bucket, (key for key, *_ in group)),
            has_header=has_header,
            schema=dict.fromkeys(names, pl.String()),
            null_values="",  # in quotes too
            truncate_ragged_lines=True,
            missing_columns="insert",
            extra_columns="ignore",
            glob=False,
            storage_options=reader.store.options(),
        )
        yield frame.select(_cell(column.name, names) for column in columns)


def _head(data: bytes, columns: Sequence[Column]) -> tuple[bool, tuple[str, ...]]:
    """Whether the first line names the columns, and the names by which to read the file."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    first = next((row for row in csv.reader(io.StringIO(text)) if row), [])
    fields = [column.name for column in columns]
    named = set(first) & set(fields)
    if named and (named == set(fields) or named == set(first)):
        return True, _distinct(first)
    return False, tuple(fields[: len(first)]) + tuple(
        f"\0{place}" for place in range(len(fields), len(first))
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """A name that comes again is a column that nobody asks for."""
    return tuple(name if name not in names[:place] else f"\0{place}" for place, name in enumerate(names))


def _cell(name: str, names: Sequence[str]) -> pl.Expr:
    if name not in names:
        return pl.lit(None, dtype=pl.String).alias(name)
    return pl.col(name)


def _lines(
    reader: Reader, bucket: str, keys: Sequence[str], columns: Sequence[Column]
) -> Iterable[pl.LazyFrame]:
    """One object a line."""
    frame = pl.scan_ndjson(
        reader.uris(bucket, keys),
        schema={column.name: pl.String() for column in columns},
        ignore_errors=True,
        storage_options=reader.store.options(),
    )
    yield frame.select(
        pl.when(pl.col(each.name) != "").then(pl.col(each.name)).alias(each.name) for each in columns
    )


def _json(
    reader: Reader, bucket: str, keys: Sequence[str], columns: Sequence[Column]
) -> Iterable[pl.LazyFrame]:
    """An array of objects, one object, or one object a line."""
    for key in keys:
        head = reader.store.read(bucket, key, HEAD_BYTES).lstrip()
        if head.startswith(b"{") and _is_json(head.split(b"\n", 1)[0]):
            yield from _lines(reader, bucket, [key], columns)
        else:
            yield _array(reader.store, bucket, key, columns).lazy()


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _array(store: Store, bucket: str, key: str, columns: Sequence[Column]) -> pl.DataFrame:
    data = store.read(bucket, key, MAX_ARRAY_BYTES + 1)
    if len(data) > MAX_ARRAY_BYTES:
        raise StorageError(
            f"{bucket}/{key} is a JSON array of more than {MAX_ARRAY_BYTES >> 20} MB: use NDJSON"
        )
    try:
        found = json.loads(data)
    except ValueError as error:
        raise StorageError(f"{bucket}/{key} is not JSON: {error}") from error
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise StorageError(f"{bucket}/{key} holds something else than objects")
    return pl.DataFrame(
        {
            column.name: pl.Series([_text(row.get(column.name)) for row in rows], dtype=pl.String)
            for column in columns
        }
    )


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parquet(
    reader: Reader, bucket: str, keys: Sequence[str], columns: Sequence[Column]
) -> Iterable[pl.LazyFrame]:
    for key in keys:
        frame = pl.scan_parquet(
            reader.uris(bucket, [key]), glob=False, storage_options=reader.store.options()
        )
        yield frame.select(_from_parquet(column.name, frame.collect_schema()) for column in columns)


def _from_parquet(name: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    kind = schema.get(name)
    if kind is None:
        return pl.lit(None, dtype=pl.String).alias(name)
    value = pl.col(name)
    if isinstance(kind, pl.Struct):
        return value.struct.json_encode()
    if isinstance(kind, pl.List | pl.Array):
        wrapped = pl.struct(value.alias("v")).struct.json_encode()
        inner = wrapped.str.strip_prefix('{"v":').str.strip_suffix("}")
        return pl.when(value.is_not_null()).then(inner).alias(name)
    if isinstance(kind, pl.Datetime):
        form = "%Y-%m-%dT%H:%M:%S%.f%:z" if kind.time_zone else "%Y-%m-%d %H:%M:%S%.f"
        return value.dt.strftime(form)
    return value.cast(pl.String, strict=False)


_FORMATS: Mapping[str, Callable[[Reader, str, Sequence[str], Sequence[Column]], Iterable[pl.LazyFrame]]] = {
    "CSV": _csv,
    "JSON": _json,
    "NDJSON": _lines,
    "PARQUET": _parquet,
}
