"""Queries to a NebulaGraph, by its official client, over a connection that the project has."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from apps.engine.declared import LISTS, Input
from apps.jobs.kinds.contract import Command, JobError, Kind, Work
from apps.jobs.kinds.graph import module_command
from apps.projects.models import Connection

#: The run's parameter that names the connection chosen by whoever started it.
CHOSEN = "nebula_connection"
PLAIN = frozenset({"number", "numbers", "boolean"})
STARTER = """MATCH (v:player)-[e:follow]->(w:player)
WHERE v.player.name == "${name}"
RETURN id(w) AS id, w.player.name AS name, e.degree AS degree
"""

_SPECIAL = re.compile(r'[\\"\'\n\r\t]')
_ESCAPED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quote(declared: Input, values: Sequence[str]) -> str:
    """The values as they stand in the query: one inside the author's quotes, a list with its own.

    What comes from a caller or from another task never ends the text it stands in, unless
    the author marked the parameter as raw.

    >>> quote(Input("name"), ['say "hi"'])
    'say \\\\"hi\\\\"'
    >>> quote(Input("ids", "list"), ["a", "b"])
    '"a", "b"'
    """
    if declared.raw or declared.type in PLAIN:
        return ", ".join(values)
    if declared.type in LISTS:
        return ", ".join(f'"{_escape(value)}"' for value in values)
    return _escape(values[0]) if values else ""


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda match: _ESCAPED.get(match[0], f"\\{match[0]}"), text)


def command(work: Work) -> Command:
    """The content is nGQL; the run settings `connection` and `space` say where it is asked."""
    conf = json.loads(work.settings.get("run_conf") or "{}")
    connection = _connection(work, str(conf.get("connection", "")))
    spec = {
        "address": connection.address,
        "port": connection.port,
        "user": connection.user_name,
        "space": str(conf.get("space", "")) or connection.space,
        "statement": work.content,
        "result": str(work.result_of(work.task)),
    }
    return module_command(work, "apps.jobs.graphs.query", spec, HEADRACE_NEBULA_PASSWORD=connection.password)


def _connection(work: Work, name: str) -> Connection:
    """The one that the job names, else the one chosen for the run, else the project's only one."""
    chosen = work.expand(f"${{{CHOSEN}}}")
    name = name or ("" if chosen.startswith("${") else chosen)
    known = list(Connection.objects.filter(project_id=work.project_id))
    found = [connection for connection in known if name in ("", connection.name)]
    if name and not found:
        raise JobError(f"this project has no connection called {name}")
    if not found:
        raise JobError("this project has no connection to a NebulaGraph: an administrator can add one")
    if len(found) > 1:
        names = ", ".join(connection.name for connection in found)
        raise JobError(f"this project has several connections: name one of {names} in the run settings")
    return found[0]


NGQL = Kind(
    name="NGQL",
    label="nGQL query",
    family="graph",
    icon="waypoints",
    mode="sql",
    shape="graphJobNode",
    command=command,
    task="query",
    quote=quote,
    starter=STARTER,
)
