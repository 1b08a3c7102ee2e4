"""The hot path's way to the database: the same SQL on SQLite and PostgreSQL, through Django's connection.

On PostgreSQL the statements are prepared on the server, and those of a `batch` go out
together and come back together: a step is a handful of round trips, whatever it writes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from django.db import connection


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


@contextlib.contextmanager
def cursor() -> Iterator[Any]:
    """A cursor in the current transaction. Errors come as Django's."""
    if not is_postgres():
        with connection.cursor() as plain:
            yield plain
        return
    connection.ensure_connection()
    # Django's own cursors bind on the client, so their statements cannot be prepared.
    connection.connection.prepare_threshold = 2
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as prepared:
        yield prepared


class Batch:
    """Statements that go out together; `flush` sends them and tells how many rows each changed."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Sequence[Sequence[Any]]]] = []

    def add(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            self._waiting.append((statement, rows))

    def flush(self) -> list[int]:
        waiting, self._waiting = self._waiting, []
        if not is_postgres():
            with connection.cursor() as plain:
                return [_changed(plain, statement, rows) for statement, rows in waiting]
        with cursor(), connection.connection.pipeline() as pipeline:
            cursors = [psycopg.Cursor(connection.connection) for _ in waiting]
            for each, (statement, rows) in zip(cursors, waiting, strict=True):
                each.executemany(statement, rows)
            pipeline.sync()
        return [each.rowcount for each in cursors]


def _changed(plain: Any, statement: str, rows: Sequence[Sequence[Any]]) -> int:
    plain.executemany(statement, rows)
    return int(plain.rowcount)


def among(column: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """A condition that `column` is one of `values`, with what to bind for it."""
    if is_postgres():
        return f"{column} = ANY(%s)", [list(values)]
    marks = ", ".join(["%s"] * len(values))
    return f"{column} IN ({marks})", list(values)
