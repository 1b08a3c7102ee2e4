"""From what was read to rows here: found by id, compared in EMR's own words, made or changed by actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.gateways.emr.importing.reading import Found, ProjectFound, Reply
from apps.gateways.emr.importing.receivers import ContactThing, DingTalkGroupThing, UserGroupThing
from apps.gateways.emr.importing.report import Outcome, Report
from apps.gateways.emr.importing.things import (
    ClusterThing,
    FlowThing,
    FolderThing,
    JobThing,
    ProjectThing,
    Thing,
)
from apps.gateways.rpc.errors import RpcError
from apps.lib.errors import DomainError
from apps.projects.actions import add_member, set_variable
from apps.projects.models import Project, Role, User


@dataclass(slots=True)
class Writer:
    by: User
    #: Replace what is here and differs.
    overwrite: bool = False
    #: Switch on the schedules that are on there.
    schedules: bool = False
    report: Report = field(default_factory=Report)
    #: Those that are here now, by the id that they have there.
    projects: dict[str, Project] = field(default_factory=dict)

    def write(self, found: Found) -> Report:
        for kind, rows in (
            (ContactThing, found.contacts),
            (UserGroupThing, found.user_groups),
            (DingTalkGroupThing, found.dingtalk_groups),
        ):
            for reply in rows:
                self._put(kind(self.by, reply))
        for told in found.projects:
            self._write_project(told)
        for told in found.projects:
            self._write_parents(told)
        for action, why in found.gaps:
            self.report.add("call", "", action, Outcome.REFUSED, why)
        return self.report

    def _write_project(self, told: ProjectFound) -> None:
        project: Project | None = self._put(ProjectThing(self.by, told.project))
        if project is None:
            return
        self.projects[str(told.project["Id"])] = project
        for setting in told.settings:
            hosts = told.hosts.get(str(setting.get("ClusterId", "")), [])
            self._put(ClusterThing(self.by, setting, project, hosts))
        for member in told.members:
            self._add_member(project, member)
        for variable in told.variables:
            self._set_variable(project, variable)
        for tree in told.trees.values():
            if tree.get("node"):
                self._write_tree(project, tree, None)
        for job in told.jobs:
            self._put(JobThing(self.by, job, project))
        for flow in told.flows:
            self._put(FlowThing(self.by, flow, project, schedules=self.schedules))

    def _write_tree(self, project: Project, branch: Reply, parent: str | None) -> None:
        node: Reply = branch["node"]
        if node.get("categoryType") == "FILE":
            return  # a job or a flow: it comes by itself
        self._put(FolderThing(self.by, node, project, parent))
        for child in branch.get("children") or []:
            self._write_tree(project, child, str(node.get("id", "")))

    def _write_parents(self, told: ProjectFound) -> None:
        """After all flows of all projects: a parent may lie in another one."""
        project = self.projects.get(str(told.project["Id"]))
        if project is None:
            return
        for reply in told.flows:
            thing = FlowThing(self.by, reply, project)
            if thing.parents:
                self._try("parents", thing.id, thing.name, thing.put_parents)

    def _put(self, thing: Thing) -> Any:
        """The row of the thing, made, found or changed; None when it was refused."""

        def put() -> tuple[Outcome, str]:
            row = thing.find()
            if row is None:
                thing.make()
                return Outcome.MADE, thing.note()
            differing = thing.differs(row)
            if not differing:
                return Outcome.SAME, ""
            if not self.overwrite:
                return Outcome.DIFFERS, ", ".join(differing)
            thing.change(row, differing)
            return Outcome.CHANGED, ", ".join(differing)

        return thing.find() if self._try(thing.kind, thing.id, thing.name, put) else None

    def _try(self, kind: str, id: str, name: str, act: Callable[[], tuple[Outcome, str]]) -> bool:
        try:
            with transaction.atomic():
                outcome, detail = act()
        except (DomainError, RpcError) as error:
            self.report.add(kind, id, name, Outcome.REFUSED, error.message)
            return False
        self.report.add(kind, id, name, outcome, detail)
        return True

    def _add_member(self, project: Project, member: Mapping[str, Any]) -> None:
        name = str(member.get("UserName", ""))

        def add() -> tuple[Outcome, str]:
            if project.members.filter(user_name=name).exists():
                return Outcome.SAME, ""
            made = add_member(
                project,
                user_name=name,
                account_id=str(member.get("AccountUserId", "")),
                role=str(Role.EDITOR),
                by=self.by,
            )
            return Outcome.MADE, "" if made.user else _("nobody of that name signs in here yet")

        self._try("member", str(member.get("AccountUserId", "")), name, add)

    def _set_variable(self, project: Project, row: Mapping[str, Any]) -> None:
        name, value = str(row["name"]), str(row.get("value", ""))
        secret = bool((row.get("properties") or {}).get("password"))
        hidden = secret and not value.strip("*")

        def put() -> tuple[Outcome, str]:
            before = project.variables.filter(name=name).first()
            if before and (hidden or before.value == value):
                return Outcome.SAME, ""
            if before and not self.overwrite:
                return Outcome.DIFFERS, "value"
            set_variable(project, name=name, value="" if hidden else value, secret=secret, by=self.by)
            return Outcome.CHANGED if before else Outcome.MADE, _(
                "its value is hidden there: set it here"
            ) if hidden else ""

        self._try("variable", "", name, put)
