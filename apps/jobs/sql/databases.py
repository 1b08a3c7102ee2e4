"""The databases that there are: our own, and those of packages that bring one."""

from __future__ import annotations

from functools import lru_cache

from apps.jobs.sql.drivers import DATABASES, Database
from apps.lib.plugins import plugins, refuse

GROUP = "headrace.databases"


@lru_cache(maxsize=1)
def databases() -> dict[str, Database]:
    """By the name of their kind, as a connection has it."""
    found = dict(DATABASES)
    for name, database in plugins(GROUP, Database):
        if name in found:
            refuse(GROUP, name, f"there is a database {name} already")
        else:
            found[name] = database
    return found


def database_called(name: str) -> Database:
    """Raises LookupError."""
    return databases()[name]
