"""Action -> operation. Each reads its parameters, asks for permission, acts or looks, and renders.

Not here yet, and answered with InvalidAction.NotFound: tasks and workflows of the scheduler's
side (GetTask, ListTasks, GetWorkflow …), node dependencies, alert rules, lists of deployments,
suspending and resuming single tasks (SuspendTaskInstances, ResumeTaskInstances) and setting them
(UpdateTaskInstances …), ad-hoc instances, resources, functions and components.
"""

from __future__ import annotations

from apps.gateways.dataworks.errors import with_documents
from apps.gateways.dataworks.operations.definitions import OPERATIONS as DEFINITIONS
from apps.gateways.dataworks.operations.imports import OPERATIONS as IMPORTS
from apps.gateways.dataworks.operations.instances import OPERATIONS as INSTANCES
from apps.gateways.dataworks.operations.nodes import OPERATIONS as NODES
from apps.gateways.dataworks.operations.pipelines import OPERATIONS as PIPELINES
from apps.gateways.dataworks.operations.tasks import OPERATIONS as TASKS
from apps.gateways.rpc.frame import Operation

OPERATIONS: dict[str, Operation] = {
    name: with_documents(operation)
    for operations in (DEFINITIONS, IMPORTS, NODES, PIPELINES, INSTANCES, TASKS)
    for name, operation in operations.items()
}
