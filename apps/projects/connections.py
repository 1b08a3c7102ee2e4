"""What changes the connections of a project to databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.lib.errors import Conflict, Invalid
from apps.lib.plugins import names_of
from apps.lib.rows import check_known
from apps.projects.actions import record_audit
from apps.projects.models import Connection, Project, User

#: Whose names are kinds of databases beside our own.
GROUP = "headrace.databases"
FIELDS = frozenset({"kind", "address", "port", "user_name", "password", "database", "options", "known_as"})
MAX_PORT = 65535
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,63}")


def database_kinds() -> list[tuple[str, str]]:
    """Name and label of the kinds of databases that a connection can be to."""
    return [*Connection.Kind.choices, *((name, name) for name in names_of(GROUP))]


@contextmanager
def _once(connection: Connection) -> Iterator[None]:
    """Two who give one name at the same moment are told apart by the database alone."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        taken = _("There is a connection %(name)s already.") % {"name": connection.name}
        raise Conflict(taken, field="name") from None


@transaction.atomic
def create_connection(project: Project, *, name: str, by: User | None, **fields: Any) -> Connection:
    check_known(fields, FIELDS)
    connection = Connection(project=project, name=name, **fields)
    _check(connection)
    with _once(connection):
        connection.save()
    record_audit("create_connection", project, by=by, project=project, name=name, kind=connection.kind)
    return connection


@transaction.atomic
def update_connection(connection: Connection, *, by: User | None, **fields: Any) -> Connection:
    """Change what is given. The audit keeps the names of what changed, never a password."""
    check_known(fields, FIELDS | {"name"})
    changed = [field for field, value in fields.items() if getattr(connection, field) != value]
    for field in changed:
        setattr(connection, field, fields[field])
    _check(connection)
    if changed:
        with _once(connection):
            connection.save()
        project = connection.project
        record_audit(
            "update_connection", project, by=by, project=project, name=connection.name, fields=changed
        )
    return connection


@transaction.atomic
def delete_connection(connection: Connection, *, by: User | None) -> None:
    project = connection.project
    record_audit("delete_connection", project, by=by, project=project, name=connection.name)
    connection.delete()


def _check(connection: Connection) -> None:
    if not _NAME.fullmatch(connection.name):
        raise Invalid(_("A name has letters, digits, spaces, _ . and - only."), field="name")
    kinds = [kind for kind, _label in database_kinds()]
    if connection.kind not in kinds:
        raise Invalid(
            _("%(value)s is not one of %(choices)s.")
            % {"value": connection.kind, "choices": ", ".join(kinds)},
            field="kind",
        )
    if not 0 <= connection.port <= MAX_PORT:
        raise Invalid(
            _("Give a number from %(low)d to %(high)d.") % {"low": 0, "high": MAX_PORT}, field="port"
        )
    if connection.kind == Connection.Kind.SQLITE:
        if not connection.database:
            raise Invalid(_("Name the file."), field="database")
    elif not connection.address and connection.kind in Connection.Kind.values:
        raise Invalid(_("Name the host that it listens at."), field="address")
    if any("=" not in word for word in connection.options.split()):
        raise Invalid(_("Write name=value, separated by spaces."), field="options")
