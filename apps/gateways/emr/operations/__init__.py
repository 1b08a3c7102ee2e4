"""Action -> operation. Each reads its parameters, asks for permission, acts or looks, and renders.

All 83 actions of the reference are here; `docs/emr.md` tells what each does.
"""

from __future__ import annotations

from apps.gateways.emr.operations.agents import OPERATIONS as AGENTS
from apps.gateways.emr.operations.alerts import OPERATIONS as ALERTS
from apps.gateways.emr.operations.categories import OPERATIONS as CATEGORIES
from apps.gateways.emr.operations.clusters import OPERATIONS as CLUSTERS
from apps.gateways.emr.operations.flows import OPERATIONS as FLOWS
from apps.gateways.emr.operations.instances import OPERATIONS as INSTANCES
from apps.gateways.emr.operations.jobs import OPERATIONS as JOBS
from apps.gateways.emr.operations.locks import OPERATIONS as LOCKS
from apps.gateways.emr.operations.nodes import OPERATIONS as NODES
from apps.gateways.emr.operations.projects import OPERATIONS as PROJECTS
from apps.gateways.emr.operations.records import OPERATIONS as RECORDS
from apps.gateways.emr.operations.snapshots import OPERATIONS as SNAPSHOTS
from apps.gateways.emr.operations.variables import OPERATIONS as VARIABLES
from apps.gateways.rpc.frame import Operation

OPERATIONS: dict[str, Operation] = {
    **PROJECTS,
    **CLUSTERS,
    **CATEGORIES,
    **JOBS,
    **FLOWS,
    **INSTANCES,
    **NODES,
    **ALERTS,
    **VARIABLES,
    **RECORDS,
    **AGENTS,
    **LOCKS,
    **SNAPSHOTS,
}
