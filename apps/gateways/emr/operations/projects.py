"""Projects and their members."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from apps.gateways.emr import finding
from apps.gateways.emr.wire import projects as wire
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.paging import read_window, render_page, wrap
from apps.gateways.rpc.frame import Asked, Operation
from apps.projects import actions
from apps.projects.models import Role

LONGEST_DESCRIPTION = 1024


def create_project(asked: Asked) -> dict[str, Any]:
    project = actions.create_project(
        name=asked.p.need("Name"),
        description=asked.p.need("Description", LONGEST_DESCRIPTION),
        time_zone=settings.TIME_ZONE,
        by=asked.user,
    )
    return {"Id": spell_id("project", project)}


def modify_project(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked, "manage")
    given = {"name": asked.p.text("Name"), "description": asked.p.text("Description", LONGEST_DESCRIPTION)}
    actions.update_project(
        project, by=asked.user, **{name: value for name, value in given.items() if value is not None}
    )
    return {"Data": True}


def delete_project(asked: Asked) -> dict[str, Any]:
    actions.delete_project(finding.project(asked, "manage"), by=asked.user)
    return {"Data": True}


def describe_project(asked: Asked) -> dict[str, Any]:
    return wire.render_project(finding.project(asked))


def list_projects(asked: Asked) -> dict[str, Any]:
    rows = finding.projects(asked).select_related("owner").order_by("-id")
    if name := asked.p.text("Name"):
        rows = rows.filter(name__icontains=name)
    window = read_window(asked.p)
    items = [wire.render_project(row) for row in rows[window.slice]]
    return render_page(window, rows.count(), wrap("Projects", "Project", items))


def create_members(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked, "manage")
    with transaction.atomic():
        for user_name, account_id in wire.read_members(asked.p):
            actions.add_member(
                project, user_name=user_name, account_id=account_id, role=str(Role.EDITOR), by=asked.user
            )
    return {"Data": True}


def delete_member(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked, "manage")
    actions.remove_member(project, user_name=asked.p.need("UserName"), by=asked.user)
    return {"Data": True}


def list_members(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked)
    rows = project.members.select_related("project__owner", "user").order_by("id")
    window = read_window(asked.p)
    items = [wire.render_member(row) for row in rows[window.slice]]
    return render_page(window, rows.count(), wrap("Users", "User", items))


OPERATIONS: dict[str, Operation] = {
    "CreateFlowProject": create_project,
    "ModifyFlowProject": modify_project,
    "DeleteFlowProject": delete_project,
    "DeleteFlowProjectById": delete_project,
    "DescribeFlowProject": describe_project,
    "ListFlowProject": list_projects,
    "CreateFlowProjectUser": create_members,
    "DeleteFlowProjectUser": delete_member,
    "ListFlowProjectUser": list_members,
}
