"""Values from one type to another. What cannot be read as its new type becomes null."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from apps.jobs.dataflow.fields import DECIMAL, MOMENT_FORMATS, Family, Type
from apps.jobs.dataflow.plan import Column

_ZONE = "UTC"
_DTYPES: dict[str, pl.DataType] = {
    "void": pl.String(),
    "boolean": pl.Boolean(),
    "tinyint": pl.Int8(),
    "smallint": pl.Int16(),
    "int": pl.Int32(),
    "bigint": pl.Int64(),
    "float": pl.Float32(),
    "double": pl.Float64(),
    "string": pl.String(),
    "char": pl.String(),
    "varchar": pl.String(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "timestamp": pl.Datetime("us"),
    "timestampwithtimezone": pl.Datetime("us", _ZONE),
    "binary": pl.Binary(),
}


def dtype(wanted: Type) -> pl.DataType:
    """The type that columns of this one have here. Nested values are kept as JSON text."""
    if wanted.name == "decimal":
        return pl.Decimal(*(wanted.size or DECIMAL))
    return _DTYPES.get(wanted.name, pl.String())


def polars_schema(columns: Sequence[Column]) -> dict[str, pl.DataType]:
    return {column.name: dtype(column.type) for column in columns}


def literal(text: str, wanted: Type) -> pl.Expr:
    """A value that was written as text, read by the same rule as a cell."""
    return read_text(pl.lit(text, dtype=pl.String), wanted)


def cast(value: pl.Expr, given: Type, wanted: Type) -> pl.Expr:
    if dtype(given) == dtype(wanted):
        return value
    if given.family is Family.TEXT:
        return read_text(value, wanted)
    if wanted.family in (Family.TEXT, Family.NESTED):
        return _spelled(value, given)
    if Family.NOTHING in (given.family, wanted.family):
        return pl.lit(None, dtype=dtype(wanted))
    if given.name == "timestampwithtimezone":
        value = value.dt.replace_time_zone(None)
    if wanted.name == "timestampwithtimezone" and given.family in (Family.DATE, Family.MOMENT):
        return value.cast(pl.Datetime("us")).dt.replace_time_zone(_ZONE)
    return value.cast(dtype(wanted), strict=False)


def read_text(value: pl.Expr, wanted: Type) -> pl.Expr:
    """A column of text as a type; the empty text is null in every one of them."""
    if wanted.family in (Family.TEXT, Family.NESTED):
        return value
    if wanted.family is Family.NOTHING:
        return pl.lit(None, dtype=pl.String)
    if wanted.family is Family.BOOLEAN:
        word = value.str.to_lowercase()
        return pl.when(word == "true").then(True).when(word == "false").then(False).otherwise(None)
    if wanted.family is Family.DATE:
        return value.str.to_date("%Y-%m-%d", strict=False)
    if wanted.family is Family.MOMENT:
        return _moment(value, wanted)
    return value.cast(dtype(wanted), strict=False)


def _moment(value: pl.Expr, wanted: Type) -> pl.Expr:
    plain = [value.str.to_datetime(form, time_unit="us", strict=False) for form in MOMENT_FORMATS]
    if wanted.name != "timestampwithtimezone":
        return pl.coalesce(plain)
    zoned = value.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone=_ZONE, strict=False)
    return pl.coalesce(zoned, *(each.dt.replace_time_zone(_ZONE) for each in plain))


def _spelled(value: pl.Expr, given: Type) -> pl.Expr:
    if given.family is Family.MOMENT:
        form = "%Y-%m-%dT%H:%M:%S%.f%:z" if given.name == "timestampwithtimezone" else "%Y-%m-%d %H:%M:%S%.f"
        return value.dt.strftime(form)
    return value.cast(pl.String, strict=False)
