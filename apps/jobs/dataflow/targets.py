"""Writing a table as the files of a target, into its staging place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from apps.jobs.dataflow.commit import Execution, Move
from apps.jobs.dataflow.plan import Step
from apps.jobs.storage import Store

_EXTENSIONS = {"CSV": "csv", "JSON": "json", "PARQUET": "parquet"}
_PART = "\0part"
#: Without it a table that is used twice would be held in memory from one use to the other.
_OPTIMIZATIONS = pl.QueryOptFlags(comm_subplan_elim=False)


def stage(store: Store, execution: Execution, place: int, step: Step, frame: pl.LazyFrame) -> Move:
    """Run the frame into staged files; how they come to their places."""
    options = step.options
    bucket, prefix, extension = options["bucket"], options["prefix"], _EXTENSIONS[options["format"]]
    folder = execution.staging(place)
    names = [f"part-{number:05}-{execution.commit}.{extension}" for number in range(options["parts"])]
    keys = [f"{folder}/{name}" for name in names]
    if len(keys) == 1:
        sink(frame, options["format"], store.uri(bucket, keys[0]), store.options())
    else:
        _sink_parts(store, frame, bucket, keys, options["format"])
        keys = [key for key in keys if store.head(bucket, key)]
    pairs = tuple((key, f"{prefix}/{PurePosixPath(key).name}") for key in keys)
    return Move(bucket, prefix, pairs)


def sink(frame: pl.LazyFrame, form: str, target: str | pl.PartitionBy, options: dict[str, Any]) -> None:
    common: dict[str, Any] = {
        "storage_options": options or None,
        "mkdir": not options,
        # A manifest must not be on the disk before what it speaks of.
        "sync_on_close": None if options else "all",
        "engine": "streaming",
        "optimizations": _OPTIMIZATIONS,
    }
    if form == "CSV":
        # A fraction of a second is written where there is one.
        frame.sink_csv(target, datetime_format="%Y-%m-%d %H:%M:%S%.f", **common)
    elif form == "JSON":
        frame.sink_ndjson(target, **common)
    else:
        frame.sink_parquet(target, **common)


def _sink_parts(store: Store, frame: pl.LazyFrame, bucket: str, keys: Sequence[str], form: str) -> None:
    """Rows dealt out in turn, so that the parts are of one size. A part without rows is not written."""
    uris = [store.uri(bucket, key) for key in keys]
    dealt = frame.with_row_index(_PART).with_columns(pl.col(_PART) % len(keys))
    parts = pl.PartitionBy(
        uris[0].rpartition("/")[0],
        key=_PART,
        include_key=False,
        approximate_bytes_per_file=None,
        file_path_provider=lambda file: uris[file.partition_keys.item()].rpartition("/")[2],
    )
    sink(dealt, form, parts, store.options())
