"""What a host may claim next, within the limits of nodes at once of flows and projects.

Only runs that are marked as limited pay for a limit: theirs is counted among what hosts are
busy with, and of each limited flow and project a turn takes one node, so that what it
claims itself is counted by the next.
"""

from __future__ import annotations

from collections.abc import Collection

from apps.flows.routes import Served
from apps.flows.sql import cursor

_BUSY = "b.state IN ('running', 'stopping') AND b.host_id IS NOT NULL"
_WITHIN = (
    "(NOT r.limited OR ("
    " COALESCE((SELECT f.max_nodes = 0 OR f.max_nodes >"
    f" (SELECT COUNT(*) FROM flows_noderun b JOIN flows_run o ON o.id = b.run_id"
    f" WHERE {_BUSY} AND o.flow_id = f.id) FROM flows_flow f WHERE f.id = r.flow_id), TRUE)"
    " AND (SELECT p.max_nodes = 0 OR p.max_nodes >"
    f" (SELECT COUNT(*) FROM flows_noderun b WHERE {_BUSY} AND b.project_id = p.id)"
    " FROM projects_project p WHERE p.id = r.project_id)))"
)
_READY = (
    "SELECT n.run_id, n.ordinal, r.limited, r.flow_id, r.project_id"
    " FROM flows_noderun n JOIN flows_run r ON r.id = n.run_id"
    " WHERE n.state = 'ready' AND n.cluster_id = %s AND n.host_name IN ('', %s) AND n.mode IN ('', %s, %s)"
    f" AND r.state = 'running' AND {_WITHIN}"
)
_ORDER = " ORDER BY n.priority DESC, n.id LIMIT %s"


def ready_nodes(
    served: Served, limit: int, *, but: Collection[int] = ()
) -> tuple[list[tuple[int, int]], bool]:
    """(run, ordinal) of what may start on a host, in the order of priority and age, at most `limit`.

    Nothing of the runs `but`. And whether a limit left out something that may be claimed in the next turn.
    """
    with cursor() as reader:
        without = _not_in("n.run_id", but) + _not_in("n.project_id", served.barred)
        # As many as there are modes, that the query is the same for all hosts.
        modes = (served.modes * 2)[:2] or ("", "")
        reader.execute(
            _READY + without + _ORDER,
            [served.cluster_id, served.name, *modes, *but, *served.barred, limit],
        )
        rows = reader.fetchall()
    found: list[tuple[int, int]] = []
    taken: set[tuple[str, int | None]] = set()
    for run_id, ordinal, limited, flow_id, project_id in rows:
        if limited:
            marks = {("flow", flow_id), ("project", project_id)}
            if marks & taken:
                continue
            taken |= marks
        found.append((run_id, ordinal))
    return found, len(found) < len(rows)


def _not_in(column: str, values: Collection[int]) -> str:
    return f" AND {column} NOT IN ({', '.join(['%s'] * len(values))})" if values else ""
