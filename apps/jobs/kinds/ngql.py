"""Queries to a NebulaGraph, by its official client, over a connection that the project has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from apps.engine.declared import LISTS, Input
from apps.jobs.kinds.connections import connection_of
from apps.jobs.kinds.contract import Command, Kind, Setting, Work
from apps.jobs.kinds.modules import module_command
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
    """The content is nGQL; the settings `connection` and `space` say where it is asked."""
    chosen = work.expand(f"${{{CHOSEN}}}")
    name = work.options["connection"] or ("" if chosen.startswith("${") else chosen)
    connection = connection_of(work, name, (Connection.Kind.NEBULA,), "a NebulaGraph")
    spec = {
        "address": connection.address,
        "port": connection.dialled_port,
        "user": connection.user_name or "root",
        "space": work.options["space"] or connection.database,
        "statement": work.content,
        "result": str(work.result_of(work.task)),
    }
    return module_command(work, "apps.jobs.graphs.query", spec, HEADRACE_NEBULA_PASSWORD=connection.password)


NGQL = Kind(
    name="NGQL",
    label="nGQL query",
    family="graph",
    icon="waypoints",
    mode="sql",
    shape="graphJobNode",
    command=command,
    about=_("A query to a NebulaGraph, whose rows later tasks can take as their inputs."),
    settings=(
        Setting("connection", _("Connection"), type="connection", of=(Connection.Kind.NEBULA,)),
        Setting("space", _("Graph space"), help=_("Empty: that of the connection.")),
    ),
    rows=True,
    task="query",
    quote=quote,
    starter=STARTER,
)
