"""Custom variables of a project, a flow or a job, read and replaced as one collection."""

from __future__ import annotations

from typing import Any

from apps.flows.actions import update_flow
from apps.flows.models import Flow
from apps.gateways.emr import finding
from apps.gateways.emr.wire import variables as wire
from apps.gateways.emr.wire.entities import type_of
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.jobs.actions import update_job
from apps.jobs.models import Job
from apps.jobs.variables import CustomVariable, read_variables, spelt, with_kept_values, write_variables
from apps.projects.access import require
from apps.projects.actions import replace_variables
from apps.projects.models import Project


def describe_collection(asked: Asked) -> dict[str, Any]:
    """The variables as JSON text; a secret one has its name and no value."""
    thing = finding.entity(asked)
    return {"Result": write_variables(type_of(thing), asked.p.need("EntityId"), _variables(thing))}


def modify_collection(asked: Asked) -> dict[str, Any]:
    """Replace the variables of what entityId names. A secret that comes back hidden keeps its value."""
    entity_id, variables = wire.read_collection(asked.p)
    thing = finding.entity_of(asked, entity_id, "edit")
    if isinstance(thing, Project):
        require(asked.user, "manage", thing)
        kept = with_kept_values(variables, _variables(thing))
        replace_variables(thing, {v.name: (v.value, v.secret) for v in kept}, by=asked.user)
    elif isinstance(thing, Job):
        update_job(thing, by=asked.user, variables_text=asked.p.need("Data"))
    else:
        if any(variable.secret for variable in variables):
            raise invalid_parameter("Data", "a flow has no secret variables: give them to its project or job")
        update_flow(thing, by=asked.user, params={v.name: v.value for v in variables})
    return {}


def _variables(thing: Flow | Job | Project) -> list[CustomVariable]:
    if isinstance(thing, Project):
        return [CustomVariable(row.name, row.value, row.secret) for row in thing.variables.all()]
    if isinstance(thing, Job):
        return read_variables(thing.variables_text)
    return [CustomVariable(name, spelt(value)) for name, value in thing.params.items()]


OPERATIONS: dict[str, Operation] = {
    "DescribeFlowVariableCollection": describe_collection,
    "ModifyFlowVariableCollection": modify_collection,
}
