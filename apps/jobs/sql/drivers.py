"""The databases that SQL jobs can ask, each by its Python driver.

Another one comes with a package of its own: an entry point of the group
`headrace.databases` whose name is the kind of database and which loads to a `Database`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pymysql
from pymysql.constants import CLIENT

from apps.jobs.sql.text import MYSQL, PLAIN, POSTGRESQL, SQLITE, Dialect

CONNECT_SECONDS = 15
APPLICATION = "Headrace"


@dataclass(frozen=True, slots=True)
class Target:
    """What a connection says; `options` are for the driver, in its own words."""

    address: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    database: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Database:
    """`connect(target, autocommit)` gives a connection as PEP 249 has them.

    In autocommit every statement is by itself; else they are one transaction until commit.
    """

    label: str
    connect: Callable[[Target, bool], Any]
    #: What the driver raises.
    errors: tuple[type[Exception], ...]
    dialect: Dialect = PLAIN
    #: Words that a connection's options may have.
    options: frozenset[str] = frozenset()
    #: Have the server end what it does for the connection, when the job is told to stop.
    cancel: Callable[[Any, Target], None] = lambda connection, target: None


def _postgresql(target: Target, autocommit: bool) -> psycopg.Connection[Any]:
    words: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": APPLICATION}
    connection = psycopg.connect(
        host=target.address or None,
        port=target.port or None,
        user=target.user or None,
        password=target.password or None,
        dbname=target.database or None,
        autocommit=autocommit,
        **words | dict(target.options),
    )
    connection.add_notice_handler(lambda notice: print(f"{notice.severity}: {notice.message_primary}"))
    return connection


def _mysql(target: Target, autocommit: bool) -> Any:
    options: dict[str, Any] = dict(target.options)
    for name in ("connect_timeout", "read_timeout", "write_timeout"):
        if name in options:
            options[name] = int(options[name])
    for name in ("ssl_disabled", "ssl_verify_cert", "ssl_verify_identity"):
        if name in options:
            options[name] = options[name].lower() in ("1", "true", "yes")
    return pymysql.connect(
        host=target.address,
        port=target.port,
        user=target.user or None,
        password=target.password,
        database=target.database or None,
        autocommit=autocommit,
        client_flag=CLIENT.FOUND_ROWS,
        program_name=APPLICATION,
        **{"connect_timeout": CONNECT_SECONDS, "charset": "utf8mb4", **options},
    )


def _kill_query(connection: Any, target: Target) -> None:
    with contextlib.suppress(*MYSQL_ERRORS), _mysql(target, True) as other, other.cursor() as cursor:
        cursor.execute(f"KILL QUERY {connection.thread_id()}")


def _sqlite(target: Target, autocommit: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(target.database, timeout=CONNECT_SECONDS, isolation_level=None)
    # What else lies on this host is none of its business.
    connection.set_authorizer(_only_this_file)
    # Python takes signals only while it runs itself: this lets it, in the middle of a long query.
    connection.set_progress_handler(lambda: 0, 100_000)
    if not autocommit:
        connection.execute("BEGIN")
    return connection


def _only_this_file(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK


MYSQL_ERRORS = (pymysql.MySQLError, OSError, ValueError)
DATABASES: dict[str, Database] = {
    "postgresql": Database(
        "PostgreSQL",
        _postgresql,
        (psycopg.Error,),
        dialect=POSTGRESQL,
        options=frozenset(
            {
                "application_name",
                "connect_timeout",
                "options",
                "sslmode",
                "sslrootcert",
                "target_session_attrs",
            }
        ),
        cancel=lambda connection, target: connection.cancel_safe(timeout=5.0),
    ),
    "mysql": Database(
        "MySQL, MariaDB",
        _mysql,
        MYSQL_ERRORS,
        dialect=MYSQL,
        options=frozenset(
            {
                "charset",
                "connect_timeout",
                "read_timeout",
                "write_timeout",
                "ssl_ca",
                "ssl_disabled",
                "ssl_verify_cert",
                "ssl_verify_identity",
            }
        ),
        cancel=_kill_query,
    ),
    "sqlite": Database("SQLite", _sqlite, (sqlite3.Error, sqlite3.Warning), dialect=SQLITE),
}
