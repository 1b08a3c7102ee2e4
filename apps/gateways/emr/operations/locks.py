"""Edit locks of flows and jobs."""

from __future__ import annotations

from typing import Any

from apps.drawings.locks import release_lock, take_lock
from apps.flows.models import Flow
from apps.gateways.emr import finding
from apps.gateways.emr.wire.entities import LOCKED
from apps.gateways.emr.wire.projects import account_id
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.jobs.models import Job
from apps.lib.ids import spell


def create_lock(asked: Asked) -> dict[str, Any]:
    """Take the lock, for half an hour; again to prolong it. Until then nobody else changes the thing."""
    thing = _lockable(asked)
    lock = take_lock(thing.edit_subject, by=asked.user, force=bool(asked.p.flag("Force")))
    return {
        "BizId": spell(lock.subject),
        "EntityId": asked.p.need("EntityId"),
        "Status": LOCKED,
        "OwnerId": account_id(thing.project.owner),
        "UserId": account_id(lock.holder),
    }


def delete_lock(asked: Asked) -> dict[str, Any]:
    """Give the lock back; Data tells whether there was one."""
    return {"Data": release_lock(_lockable(asked).edit_subject, by=asked.user)}


def _lockable(asked: Asked) -> Flow | Job:
    thing = finding.entity(asked, "edit")
    if not isinstance(thing, Flow | Job):
        raise invalid_parameter("EntityId", "only flows and jobs are locked for editing")
    return thing


OPERATIONS: dict[str, Operation] = {"CreateFlowEditLock": create_lock, "DeleteFlowEditLock": delete_lock}
