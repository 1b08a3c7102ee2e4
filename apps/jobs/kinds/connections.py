"""Which of the project's connections to databases a job means."""

from __future__ import annotations

from collections.abc import Collection

from apps.jobs.kinds.contract import JobError, Work
from apps.projects.models import Connection


def connection_of(work: Work, name: str, kinds: Collection[str], what: str) -> Connection:
    """The one of these kinds that is named, else the project's only one. Raises JobError."""
    known = list(Connection.objects.filter(project_id=work.project_id, kind__in=kinds))
    found = [connection for connection in known if name in ("", connection.name)]
    if name and not found:
        raise JobError(f"this project has no connection to {what} that is called {name}")
    if not found:
        raise JobError(f"this project has no connection to {what}: an administrator of it can add one")
    if len(found) > 1:
        names = ", ".join(connection.name for connection in found)
        raise JobError(
            f"this project has several connections to {what}: its settings must name one of {names}"
        )
    return found[0]
