"""All that is brought over, as the account tells it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.gateways.emr.importing.account import Source, SourceError

PAGE = 100
TREES = ("FLOW", "JOB", "ADHOC")

Reply = dict[str, Any]


@dataclass(slots=True)
class ProjectFound:
    project: Reply
    members: list[Reply] = field(default_factory=list)
    settings: list[Reply] = field(default_factory=list)
    #: By the id of the cluster.
    hosts: dict[str, list[Reply]] = field(default_factory=dict)
    trees: dict[str, Reply] = field(default_factory=dict)
    jobs: list[Reply] = field(default_factory=list)
    flows: list[Reply] = field(default_factory=list)
    variables: list[Reply] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    projects: list[ProjectFound] = field(default_factory=list)
    contacts: list[Reply] = field(default_factory=list)
    user_groups: list[Reply] = field(default_factory=list)
    dingtalk_groups: list[Reply] = field(default_factory=list)
    #: (call, why it was not answered): not every account answers every call.
    gaps: list[tuple[str, str]] = field(default_factory=list)


def read_account(source: Source, *, project: str = "", tell: Callable[[str], None] = print) -> Found:
    """Everything, or one project. Raises SourceError when projects, jobs or flows cannot be read."""
    found = Found()
    for reply in _pages(source, "ListFlowProject", "Projects", "Project"):
        if not project or reply.get("Id") == project:
            tell(_("reading project {name} ({id})").format(name=reply.get("Name"), id=reply.get("Id")))
            found.projects.append(_read_project(source, reply, found, tell))
    if project and not found.projects:
        raise SourceError("ListFlowProject", "EntityNotExist", f"there is no project {project}")
    for action, inner, rows in (
        ("ListAlertContacts", "AlertContactList", found.contacts),
        ("ListAlertUserGroup", "AlertUserGroupList", found.user_groups),
        ("ListAlertDingDingGroup", "AlertDingDingGroupList", found.dingtalk_groups),
    ):
        rows += _or_gap(found, action, lambda a=action, i=inner: source.ask(a).get(i) or [], [])
    return found


def _read_project(source: Source, reply: Reply, found: Found, tell: Callable[[str], None]) -> ProjectFound:
    within = {"ProjectId": str(reply["Id"])}
    told = ProjectFound(reply)
    told.members = _or_gap(
        found,
        "ListFlowProjectUser",
        lambda: list(_pages(source, "ListFlowProjectUser", "Users", "User", **within)),
        [],
    )
    told.settings = _or_gap(
        found,
        "ListFlowProjectClusterSetting",
        lambda: list(
            _pages(source, "ListFlowProjectClusterSetting", "ClusterSettings", "ClusterSetting", **within)
        ),
        [],
    )
    for setting in told.settings:
        cluster = str(setting.get("ClusterId", ""))
        told.hosts[cluster] = _or_gap(
            found,
            "ListFlowClusterAllHosts",
            lambda c=cluster: _inner(
                source.ask("ListFlowClusterAllHosts", ClusterId=c, **within), "HostList", "Host"
            ),
            [],
        )
    for tree in TREES:
        reply = source.ask("DescribeFlowCategoryTree", Type=tree, **within)
        told.trees[tree] = json.loads(reply.get("Data") or "{}")
    jobs = [str(job["Id"]) for job in _pages(source, "ListFlowJob", "JobList", "Job", **within)]
    told.jobs = [source.ask("DescribeFlowJob", Id=each, **within) for each in _counted(jobs, _("jobs"), tell)]
    flows = [str(flow["Id"]) for flow in _pages(source, "ListFlow", "Flow", "Flow", **within)]
    told.flows = [source.ask("DescribeFlow", Id=each, **within) for each in _counted(flows, _("flows"), tell)]
    told.variables = _or_gap(
        found, "DescribeFlowVariableCollection", lambda: _variables(source, within["ProjectId"]), []
    )
    return told


def _pages(source: Source, action: str, outer: str, inner: str, **given: str) -> Iterator[Reply]:
    number = seen = 0
    while True:
        number += 1
        reply = source.ask(action, PageNumber=number, PageSize=PAGE, **given)
        rows = _inner(reply, outer, inner)
        yield from rows
        seen += len(rows)
        if not rows or seen >= int(reply.get("Total") or 0):
            return


def _inner(reply: Reply, outer: str, inner: str) -> list[Reply]:
    """The list in its wrapper; clients of before 2020 know the inner one by another name."""
    wrapper = reply.get(outer) or {}
    return wrapper.get(inner) or wrapper.get(f"{inner}Item") or []


def _variables(source: Source, project: str) -> list[Reply]:
    result = source.ask("DescribeFlowVariableCollection", EntityId=project).get("Result") or "{}"
    rows = json.loads(result).get("variables") or []
    return [row for row in rows if isinstance(row, dict) and row.get("name")]


def _counted(ids: list[str], what: str, tell: Callable[[str], None]) -> Iterator[str]:
    for number, each in enumerate(ids, 1):
        if number % PAGE == 0:
            tell("  " + _("{what}: {number} of {count}").format(what=what, number=number, count=len(ids)))
        yield each


def _or_gap(found: Found, action: str, read: Callable[[], Any], instead: Any) -> Any:
    try:
        return read()
    except (SourceError, ValueError) as error:
        gap = (action, str(error))
        if gap not in found.gaps:
            found.gaps.append(gap)
        return instead
