"""Statements for a database that the project has a connection to, by its Python driver."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds.connections import connection_of
from apps.jobs.kinds.contract import Command, JobError, Kind, Setting, Work
from apps.jobs.kinds.modules import module_command
from apps.jobs.kinds.rows import ROW_LIMIT, row_limit
from apps.jobs.sql.databases import databases
from apps.jobs.sql.run import PASSWORD
from apps.projects.models import Connection


def command(work: Work) -> Command:
    return ask(tuple(databases()), "a database", work)


def ask(kinds: tuple[str, ...], what: str, work: Work) -> Command:
    """The content is statements for the connection that the settings name, of one of the kinds."""
    connection = connection_of(work, work.options["connection"], kinds, what)
    spec = {
        "database": connection.kind,
        "target": {
            "address": connection.address,
            "port": connection.dialled_port,
            "user": connection.user_name,
            "database": _database(connection, work.options["database"]),
            "options": _options(connection),
        },
        "statements": work.content,
        "transaction": work.options["transaction"],
        "limit": row_limit(work),
        "result": str(work.result_of(work.task)),
    }
    return module_command(work, "apps.jobs.sql.run", spec, **{PASSWORD: connection.password})


def _database(connection: Connection, given: str) -> str:
    name = given or connection.database
    if connection.kind != Connection.Kind.SQLITE:
        return name
    if not name:
        raise JobError(f"connection {connection.name} names no file, and neither does the job")
    roots = [Path(root).resolve() for root in settings.HEADRACE_SQLITE_FOLDERS]
    path = (roots[0] / name).resolve()
    if not any(path.is_relative_to(root) for root in roots):
        allowed = ", ".join(map(str, roots))
        raise JobError(f"{path} lies in none of the folders that may hold databases of SQLite: {allowed}")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return str(path)


def _options(connection: Connection) -> dict[str, str]:
    """The words for the driver, of those that it may be told."""
    known = databases()[connection.kind].options
    found = {}
    for word in connection.options.split():
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            raise JobError(
                f"connection {connection.name} has an option {word!r}: it must be name=value with one of"
                f" {', '.join(sorted(known)) or 'no names at all'}"
            )
        found[name] = value
    return found


SQL = Kind(
    name="SQL",
    label="SQL",
    family="sql",
    icon="database-zap",
    mode="sql",
    shape="sqlJobNode",
    command=command,
    about=_("Statements for PostgreSQL, MySQL, SQLite or another database that the project is connected to."),
    settings=(
        Setting("connection", _("Connection"), type="connection", of=tuple(databases())),
        Setting("database", _("Database"), help=_("Empty: that of the connection.")),
        Setting(
            "transaction",
            _("Transaction"),
            type="choice",
            default="one",
            choices=(("one", _("All statements in one")), ("each", _("Each statement by itself"))),
            help=_("When a statement fails, one transaction undoes all that came before it."),
        ),
        ROW_LIMIT,
    ),
    rows=True,
    starter="SELECT 1 AS one;\n",
)
