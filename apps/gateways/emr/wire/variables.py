"""A variable collection: scope, entityId and variables as one JSON text."""

from __future__ import annotations

from apps.gateways.rpc.errors import invalid_parameter, missing_parameter
from apps.gateways.rpc.parameters import Parameters
from apps.jobs.variables import CustomVariable, read_variables


def read_collection(p: Parameters) -> tuple[str, list[CustomVariable]]:
    """`Data` as the entity's id and its variables."""
    text = p.need("Data")
    data = p.json_object("Data") or {}
    entity_id = data.get("entityId")
    if not isinstance(entity_id, str) or not entity_id:
        raise missing_parameter("Data.entityId")
    rows = data.get("variables", [])
    if not isinstance(rows, list):
        raise invalid_parameter("Data", "variables must be a list")
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("name"), str) or not row["name"]:
            raise invalid_parameter("Data", f"variables[{number}] must have a name")
    return entity_id, read_variables(text)
