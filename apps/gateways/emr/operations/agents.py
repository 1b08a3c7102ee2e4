"""What EMR's own agent on a cluster host asks for. Hosts here run a worker, which needs neither."""

from __future__ import annotations

import json
from typing import Any

from apps.gateways.emr import finding
from apps.gateways.emr.wire.projects import account_id, read_account_id
from apps.gateways.rpc.frame import Asked, Operation
from apps.lib.errors import NotFound
from apps.projects.models import Member, User


def describe_token(asked: Asked) -> dict[str, Any]:
    """An empty text: no door here opens to a token of an agent."""
    finding.cluster(asked, "ClusterBizId")
    asked.p.need("InnerIP", finding.LONGEST_ID)
    return {"Data": ""}


def describe_user(asked: Asked) -> dict[str, Any]:
    """The caller, or somebody who shares a project with the caller, as JSON text."""
    if asked.p.text("ClusterBizId"):
        finding.cluster(asked, "ClusterBizId")
    text = asked.p.text("UserId")
    user = _mate(asked, text) if text else asked.user
    return {"Data": json.dumps({"userId": account_id(user), "userName": user.get_username()})}


def _mate(asked: Asked, text: str) -> User:
    shared = Member.objects.filter(user=asked.user).values("project")
    mates = Member.objects.filter(project__in=shared).values("user")
    user: User | None
    user = User.objects.filter(uid=read_account_id(text), pk__in=mates).first()
    if user is None and asked.user.uid == read_account_id(text):
        return asked.user
    if user is None:
        raise NotFound(f"There is no user {text}, or you share no project.")
    return user


OPERATIONS: dict[str, Operation] = {
    "DescribeFlowAgentToken": describe_token,
    "DescribeFlowAgentUser": describe_user,
}
