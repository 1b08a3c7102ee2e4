"""Run the statements of a SQL job: `python -m apps.jobs.sql.run SPEC.json`, the password in the environment.

{"database": "postgresql", "target": {"address": "10.0.0.7", …}, "statements": "SELECT …; …",
 "transaction": "one", "limit": 2000, "result": "/…/part-00000.csv.gz"}
"""

from __future__ import annotations

import datetime
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from apps.jobs.graphs.results import Found, write_results
from apps.jobs.keep_rows import MOST_RESULTS, MOST_ROWS
from apps.jobs.sql.databases import database_called
from apps.jobs.sql.drivers import Database, Target
from apps.jobs.sql.text import limited, statements

PASSWORD = "HEADRACE_SQL_PASSWORD"
#: How much of a statement the log shows.
SHOWN = 120


class Failed(Exception):
    """What went wrong, in words for the log."""


def main(spec_path: str) -> int:
    # A driver ends what it waits for on this, and takes a plain SIGTERM for nothing of its business.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    spec = json.loads(Path(spec_path).read_text())
    try:
        found = run(spec, Target(**spec["target"], password=os.environ.pop(PASSWORD, "")))
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("it was told to stop", file=sys.stderr)
        return 128 + signal.SIGTERM
    if found:
        write_results(Path(spec["result"]), found)
    return 0


def run(spec: dict[str, Any], target: Target) -> list[Found]:
    """What the statements found, of those that found rows. Raises Failed."""
    database = database_called(spec["database"])
    script = spec["statements"]
    if spec["limit"]:
        script = limited(script, spec["limit"], database.dialect)
    script = statements(script, database.dialect)
    if not script:
        raise Failed("there is no statement to run")
    try:
        connection = database.connect(target, spec["transaction"] == "each")
    except database.errors as error:
        raise Failed(f"{where(target)} cannot be reached: {told(error)}") from None
    try:
        return execute_all(connection, database, script)
    except KeyboardInterrupt:
        database.cancel(connection, target)
        raise
    finally:
        # What was not committed is undone.
        connection.close()


def execute_all(connection: Any, database: Database, script: Sequence[str]) -> list[Found]:
    found: list[Found] = []
    for number, statement in enumerate(script, 1):
        first = statement.strip().splitlines()[0][:SHOWN]
        print(f"[{number}/{len(script)}] {first}", flush=True)
        began = time.monotonic()
        try:
            rows = execute(connection, statement)
        except database.errors as error:
            raise Failed(f"statement {number} of {len(script)} failed: {told(error)}") from None
        if isinstance(rows, tuple):
            found = [*found[-MOST_RESULTS + 1 :], rows]
            said = f"{len(rows[1])} rows"
        else:
            said = f"{rows} rows changed" if rows >= 0 else "done"
        print(f"      {said} in {time.monotonic() - began:.3f} s", flush=True)
    try:
        connection.commit()
    except database.errors as error:
        raise Failed(f"it could not be committed: {told(error)}") from None
    return found


def execute(connection: Any, statement: str) -> Found | int:
    """Columns and rows, or how many rows it changed (-1: it does not say)."""
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
        if cursor.description is None:
            return int(cursor.rowcount)
        columns = [str(column[0]) for column in cursor.description]
        return columns, [texts(row) for row in cursor.fetchmany(MOST_ROWS)]
    finally:
        cursor.close()


def texts(row: Iterable[Any]) -> list[str]:
    """
    >>> texts([None, True, 1.5, b"\\x01", "a", {"b": [1]}])
    ['', 'true', '1.5', '\\\\x01', 'a', '{"b": [1]}']
    """
    return [_text(value) for value in row]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat(" ") if isinstance(value, datetime.datetime) else str(value)


def told(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__


def where(target: Target) -> str:
    return f"{target.address}:{target.port}" if target.address else target.database


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
