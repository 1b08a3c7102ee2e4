"""Run one nGQL query: `python -m apps.jobs.graphs.query SPEC.json`, the password in the environment.

{"address": "10.0.0.7", "port": 9669, "user": "root", "space": "basketball",
 "statement": "GO FROM …", "timeout_ms": 0, "result": "/…/part-00000.csv.gz"}
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nebula3.Config import Config
from nebula3.data.DataObject import ValueWrapper
from nebula3.data.ResultSet import ResultSet
from nebula3.Exception import (
    AuthFailedException,
    ClientServerIncompatibleException,
    IOErrorException,
    NotValidConnectionException,
)
from nebula3.fbthrift.transport.TTransport import TTransportException
from nebula3.gclient.net import ConnectionPool

from apps.jobs.graphs.algorithms import real
from apps.jobs.graphs.results import note_result, write_result

PASSWORD = "HEADRACE_NEBULA_PASSWORD"
#: What the client raises when the database is away, of another version, or does not let us in.
TROUBLE = (
    AuthFailedException,
    ClientServerIncompatibleException,
    IOErrorException,
    NotValidConnectionException,
    OSError,
    RuntimeError,
    TTransportException,
)


class QueryFailed(Exception):
    """The database answered with an error."""


def main(spec_path: str) -> int:
    spec = json.loads(Path(spec_path).read_text())
    where = f"{spec['address']}:{spec['port']}"
    try:
        found = ask(spec, os.environ.get(PASSWORD, ""))
    except QueryFailed as error:
        print(f"{where} refused the query: {error}", file=sys.stderr)
        return 1
    except TROUBLE as error:
        print(f"{where} cannot be asked: {error}", file=sys.stderr)
        return 1
    columns = found.keys()
    rows = write_result(Path(spec["result"]), columns, texts(found))
    note_result(columns, rows)
    print(f"{rows} rows of {', '.join(columns) or 'nothing'} from {where} in {found.latency()} µs")
    return 0


def ask(spec: dict[str, Any], password: str) -> ResultSet:
    """What the statement answers, in the space that is named. Raises QueryFailed."""
    config = Config()
    config.max_connection_pool_size = 1
    config.timeout = spec.get("timeout_ms", 0)
    pool = ConnectionPool()
    pool.init([(spec["address"], spec["port"])], config)
    try:
        session = pool.get_session(spec["user"], password)
        try:
            if spec["space"]:
                _execute(session, f"USE `{spec['space']}`")
            return _execute(session, spec["statement"])
        finally:
            session.release()
    finally:
        pool.close()


def _execute(session: Any, statement: str) -> ResultSet:
    found = session.execute(statement)
    if not found.is_succeeded():
        raise QueryFailed(found.error_msg())
    return found


def texts(found: ResultSet) -> Iterator[list[str]]:
    for number in range(found.row_size()):
        yield [text(value) for value in found.row_values(number)]


def text(value: ValueWrapper) -> str:
    """A value as results spell it: text bare, reals with six decimals, the rest as nGQL writes it."""
    if value.is_null() or value.is_empty():
        return ""
    if value.is_string():
        return value.as_string()
    if value.is_double():
        return real(value.as_double())
    if value.is_bool():
        return "true" if value.as_bool() else "false"
    return str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
