"""The hot path's way to the database: the same SQL on SQLite and PostgreSQL, through Django's connection.

On PostgreSQL the statements are prepared on the server, and those of a `batch` go out
together and come back together: a step is a handful of round trips, whatever it writes.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection
from django.db.models import JSONField, Model


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


@contextlib.contextmanager
def cursor() -> Iterator[Any]:
    """The driver's own cursor in the current transaction; errors come as Django's.

    Django's would bind on the client, so that PostgreSQL cannot prepare a statement, and
    rewrite it for SQLite each time.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if is_postgres():
            connection.connection.prepare_threshold = 2
            with psycopg.Cursor(connection.connection) as own:
                yield own
        else:
            with contextlib.closing(_SQLiteCursor(connection.connection)) as own:
                yield own


class _SQLiteCursor(sqlite3.Cursor):
    def execute(self, statement: str, values: Any = ()) -> Any:
        return super().execute(_with_question_marks(statement), values)

    def executemany(self, statement: str, rows: Any) -> Any:
        return super().executemany(_with_question_marks(statement), rows)


@lru_cache(maxsize=256)
def _with_question_marks(statement: str) -> str:
    return statement.replace("%s", "?")


class Batch:
    """Statements that go out together; `flush` sends them and tells how many rows each changed."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Sequence[Sequence[Any]]]] = []

    def add(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            self._waiting.append((statement, rows))

    def flush(self) -> list[int]:
        waiting, self._waiting = self._waiting, []
        with cursor() as own:
            if not is_postgres():
                return [own.executemany(statement, rows).rowcount for statement, rows in waiting]
            with connection.connection.pipeline() as pipeline:
                cursors = [psycopg.Cursor(connection.connection) for _ in waiting]
                for each, (statement, rows) in zip(cursors, waiting, strict=True):
                    each.executemany(statement, rows)
                pipeline.sync()
            return [each.rowcount for each in cursors]


def among(column: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """A condition that `column` is one of `values`, with what to bind for it."""
    if is_postgres():
        return f"{column} = ANY(%s)", [list(values)]
    marks = ", ".join(["%s"] * len(values))
    return f"{column} IN ({marks})", list(values)


def insert(model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    """New rows of `model`, by the names of its columns; what a row leaves out has its default.

    For many at once: through the ORM each costs ten times as much.
    """
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    defaults = {field.column: field.get_default() for field in fields}
    made = [field for field in fields if field.has_default() and callable(field.default)]
    json_fields = [field for field in fields if isinstance(field, JSONField)]
    columns = ", ".join(defaults)

    def values(row: dict[str, Any]) -> tuple[Any, ...]:
        full = defaults | {field.column: field.get_default() for field in made} | row
        for field in json_fields:
            full[field.column] = field.get_db_prep_save(full[field.column], connection)
        return tuple(full.values())

    with cursor() as own:
        if is_postgres():
            with own.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(values(row))
        else:
            marks = ", ".join(["%s"] * len(defaults))
            own.executemany(
                f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})", map(values, rows)
            )
