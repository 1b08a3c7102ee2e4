"""Writes a CSV file of so many rows: rows.py PATH ROWS."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl


def make(path: Path, rows: int) -> None:
    number = pl.col("id")
    country = pl.when(number % 7 == 0).then(pl.lit("KR")).when(number % 7 < 3).then(pl.lit("DE"))
    pl.LazyFrame({"id": pl.int_range(rows, eager=True)}).select(
        number,
        name=pl.format("customer-{}", number % 100_003),
        country=country.otherwise(pl.lit("JP")),
        amount=number * 7919 % 100_000 / 100,
        day=pl.format("2025-0{}-1{}", number % 9 + 1, number % 10),
        note=pl.format("some words that stand here {}", number % 977),
    ).sink_csv(path, mkdir=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
