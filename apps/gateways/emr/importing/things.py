"""One class for each kind of thing that is brought over: how it is found, made, compared and changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.flows.actions import create_flow, update_flow
from apps.flows.models import Flow
from apps.gateways.emr import finding
from apps.gateways.emr.importing.reading import Reply
from apps.gateways.emr.importing.report import Outcome
from apps.gateways.emr.wire import flows as flow_wire
from apps.gateways.emr.wire import jobs as job_wire
from apps.gateways.emr.wire import projects as project_wire
from apps.gateways.emr.wire.ids import read_id
from apps.gateways.models import AccessKey, ForeignId
from apps.gateways.rpc.frame import Asked
from apps.gateways.rpc.parameters import Parameters
from apps.jobs.actions import create_job, update_job
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job
from apps.lib.errors import NotFound
from apps.projects import actions
from apps.projects.access import require
from apps.projects.models import Cluster, ClusterSetting, Folder, Host, Project, User


class Thing(Protocol):
    kind: ClassVar[str]
    id: str
    name: str

    def find(self) -> Any:
        """The row that has its id here, or None."""

    def make(self) -> None: ...

    def differs(self, row: Any) -> list[str]:
        """The names of what is not the same there and here."""

    def change(self, row: Any, differing: Sequence[str]) -> None: ...

    def note(self) -> str:
        """What whoever brought it over should know."""


def keep_id(kind: str, row: Any, text: str) -> None:
    """Let `row` be known by the id that it had: as its own where it can be, else by a note."""
    uid = read_id(kind, text)
    if uid is not None:
        row.uid = uid
        row.save(update_fields=["uid"])
    else:
        ForeignId.objects.get_or_create(dialect="emr", kind=kind, text=text, defaults={"uid": row.uid})


def different(told: Reply, here: Reply, names: Sequence[str]) -> list[str]:
    """Names whose values differ; nothing and an empty text are the same."""
    return [name for name in names if (told.get(name) or "") != (here.get(name) or "")]


def given(reply: Reply, names: Sequence[str]) -> Parameters:
    """A reply as the parameters of the call that would make the thing."""
    values = {name: reply[name] for name in names if reply.get(name) is not None}
    return Parameters({name: str(value) for name, value in values.items()})


class ProjectThing:
    kind: ClassVar[str] = "project"
    NAMES = ("Name", "Description")

    def __init__(self, by: User, reply: Reply) -> None:
        self.by, self.reply = by, reply
        self.id, self.name = str(reply["Id"]), str(reply.get("Name", ""))

    def find(self) -> Project | None:
        found: Project | None = Project.objects.filter(uid=finding.uid_of("project", self.id)).first()
        if found is not None:
            require(self.by, "manage", found)
        return found

    def make(self) -> None:
        project = actions.create_project(
            name=self.name,
            description=str(self.reply.get("Description") or ""),
            time_zone="Asia/Shanghai",
            by=self.by,
        )
        keep_id("project", project, self.id)

    def differs(self, row: Project) -> list[str]:
        return different(self.reply, project_wire.render_project(row), self.NAMES)

    def change(self, row: Project, differing: Sequence[str]) -> None:
        actions.update_project(
            row, by=self.by, name=self.name, description=str(self.reply.get("Description") or "")
        )

    def note(self) -> str:
        return _("its time zone is Asia/Shanghai, the service's own: change it in its settings")


class ClusterThing:
    """A cluster that a project may use. Where it is not known yet it is made, without a worker."""

    kind: ClassVar[str] = "cluster"
    LISTS = (("UserList", "User"), ("HostList", "Host"), ("QueueList", "Queue"))
    NAMES = ("DefaultUser", "DefaultQueue", *(outer for outer, _ in LISTS))

    def __init__(self, by: User, reply: Reply, project: Project, hosts: list[Reply]) -> None:
        self.by, self.reply, self.project, self.hosts = by, reply, project, hosts
        self.id = str(reply.get("ClusterId", ""))
        self.name = str(reply.get("ClusterName") or self.id)

    def find(self) -> ClusterSetting | None:
        return ClusterSetting.objects.filter(project=self.project, cluster=self._cluster()).first()

    def make(self) -> None:
        cluster = self._cluster() or self._new_cluster()
        actions.link_cluster(self.project, cluster, by=self.by, **self._settings())

    def differs(self, row: ClusterSetting) -> list[str]:
        return different(self.reply, project_wire.render_cluster_setting(row), self.NAMES)

    def change(self, row: ClusterSetting, differing: Sequence[str]) -> None:
        actions.update_cluster_setting(row, by=self.by, **self._settings())

    def note(self) -> str:
        return _("no worker serves it yet: start one with HEADRACE_CLUSTER={name}").format(name=self.name)

    def _cluster(self) -> Cluster | None:
        return Cluster.objects.filter(uid=finding.uid_of("cluster", self.id)).first()

    def _new_cluster(self) -> Cluster:
        name = self.name if not Cluster.objects.filter(name=self.name).exists() else self.id
        cluster = Cluster.objects.create(name=name, kind=Cluster.Kind.HADOOP)
        keep_id("cluster", cluster, self.id)
        Host.objects.bulk_create(
            Host(
                cluster=cluster,
                name=str(host["HostName"]),
                role=host["Role"] if host.get("Role") in Host.Role.values else Host.Role.CORE,
                address=str(host.get("PrivateIp") or ""),
                cores=int(host.get("Cpu") or 0),
                memory_mb=int(host.get("Memory") or 0) * 1024,
            )
            for host in {
                str(host.get("HostName")): host for host in self.hosts if host.get("HostName")
            }.values()
        )
        return cluster

    def _settings(self) -> dict[str, Any]:
        lists = {outer: (self.reply.get(outer) or {}).get(inner) or [] for outer, inner in self.LISTS}
        return {
            "default_user": str(self.reply.get("DefaultUser") or ""),
            "default_queue": str(self.reply.get("DefaultQueue") or ""),
            "users": lists["UserList"],
            "hosts": lists["HostList"],
            "queues": lists["QueueList"],
        }


class FolderThing:
    kind: ClassVar[str] = "folder"

    def __init__(self, by: User, node: Reply, project: Project, parent: str | None) -> None:
        self.by, self.node, self.project, self.parent = by, node, project, parent
        self.id, self.name = str(node.get("id", "")), str(node.get("name", ""))

    def find(self) -> Folder | None:
        rows = Folder.objects.filter(project=self.project, uid=finding.uid_of("folder", self.id))
        return rows.select_related("parent").first()

    def make(self) -> None:
        if self.parent is None:
            folder = actions.root_folder(self.project, str(self.node.get("type")))
        else:
            folder = actions.create_folder(
                self.project,
                tree=str(self.node.get("type")),
                name=self.name,
                parent=self._parent(),
                by=self.by,
            )
        keep_id("folder", folder, self.id)

    def differs(self, row: Folder) -> list[str]:
        if row.parent is None:
            return []
        moved = self.parent is not None and row.parent != self._parent()
        return [*(["name"] if row.name != self.name else []), *(["parent"] if moved else [])]

    def change(self, row: Folder, differing: Sequence[str]) -> None:
        actions.update_folder(row, by=self.by, name=self.name, parent=self._parent())

    def note(self) -> str:
        return ""

    def _parent(self) -> Folder:
        return finding.folder(self.project, self.parent or "")


class JobThing:
    kind: ClassVar[str] = "job"
    #: Reply -> the parameter that sets it, where they are not spelt alike.
    RENAMED = {"mode": "Mode", "CategoryId": "ParentCategory"}
    NAMES = (*job_wire.TEXTS, "FailAct", "MaxRetry", "RetryInterval", "MaxRunningTimeSec", "mode")

    def __init__(self, by: User, reply: Reply, project: Project) -> None:
        self.by, self.project = by, project
        self.reply = reply | ({"mode": reply["Mode"]} if "Mode" in reply else {})
        self.id, self.name = str(reply["Id"]), str(reply.get("Name", ""))
        self.type = str(reply.get("Type", ""))

    def find(self) -> Job | None:
        rows = Job.objects.filter(project=self.project, uid=finding.uid_of("job", self.id))
        return rows.select_related("folder", "project").first()

    def make(self) -> None:
        fields = self._fields()
        name = fields.pop("name", self.name)
        job = create_job(self.project, name=name, kind=self.type, by=self.by, **fields)
        keep_id("job", job, self.id)

    def differs(self, row: Job) -> list[str]:
        here = job_wire.render_job_detail(row)
        found = different(self.reply, here, ("Type", "CategoryId", *self.NAMES))
        return [*found, *(["ResourceList"] if self._resources() != _resources(here) else [])]

    def change(self, row: Job, differing: Sequence[str]) -> None:
        fields = self._fields()
        fields.pop("adhoc", None)
        update_job(row, by=self.by, kind=self.type, **fields)

    def note(self) -> str:
        notes = []
        if (kind := KINDS.get(self.type)) is None or kind.command is None:
            notes.append(
                _("jobs of type {type} are kept and drawn, and do not run here yet").format(type=self.type)
            )
        if "******" in str(self.reply.get("CustomVariables") or ""):
            notes.append(_("values of custom variables are hidden there: set them here"))
        return "; ".join(notes)

    def _fields(self) -> dict[str, Any]:
        values = {self.RENAMED.get(name, name): self.reply.get(name) for name in (*self.NAMES, "Adhoc")}
        rows = {
            f"ResourceList.{n}.{key}": row.get(key)
            for n, row in enumerate(self._resources(), 1)
            for key in row
        }
        p = given(values | rows, [*values, *rows])
        fields = job_wire.read_job_fields(p) | {"resources": job_wire.read_resources(p) or []}
        return fields | {"folder": _folder_of(self.project, self.reply)}

    def _resources(self) -> list[dict[str, str]]:
        return _resources(self.reply)


class FlowThing:
    kind: ClassVar[str] = "flow"
    NAMES = (
        *("Name", "Description", "HostName", "CreateCluster", "AlertConf", "ClusterId", "Graph"),
        *("CronExpr", "StartSchedule", "EndSchedule", *flow_wire.KEPT, "Periodic"),
    )

    def __init__(self, by: User, reply: Reply, project: Project, *, schedules: bool = False) -> None:
        self.by, self.reply, self.project, self.schedules = by, reply, project, schedules
        self.id, self.name = str(reply["Id"]), str(reply.get("Name", ""))
        self.parents = [
            str(parent["ParentFlowId"])
            for parent in (reply.get("ParentFlowList") or {}).get("ParentFlow") or []
            if parent.get("ParentFlowId")
        ]

    def find(self) -> Flow | None:
        rows = Flow.objects.filter(project=self.project, uid=finding.uid_of("flow", self.id))
        rows = rows.select_related("document", "folder", "project", "cluster", "schedule")
        return rows.annotate(has_parents=flow_wire.HAS_PARENTS).first()

    def make(self) -> None:
        p = self._parameters()
        schedule = flow_wire.read_schedule(p)
        if schedule and not self._is_on():
            schedule["enabled"] = False
        flow = create_flow(
            self.project,
            by=self.by,
            **self._fields(p),
            dialect_settings=flow_wire.read_kept(p),
            schedule=schedule,
        )
        keep_id("flow", flow, self.id)

    def differs(self, row: Flow) -> list[str]:
        here = flow_wire.render_flow_detail(row)
        return different(self.reply, here, (*self.NAMES, "CategoryId"))

    def change(self, row: Flow, differing: Sequence[str]) -> None:
        p = self._parameters()
        schedule = flow_wire.read_schedule(p, getattr(row, "schedule", None))
        kept = row.dialect_settings | flow_wire.read_kept(p)
        if schedule:
            schedule.pop("enabled", None)
        update_flow(row, by=self.by, **self._fields(p), dialect_settings=kept, schedule=schedule)

    def note(self) -> str:
        was_on = self.reply.get("Status") == flow_wire.SCHEDULED
        return (
            _("it is scheduled there: switch its schedule on here when it is off there")
            if was_on and not self._is_on()
            else ""
        )

    def put_parents(self) -> tuple[Outcome, str]:
        flow = self.find()
        if flow is None:
            raise NotFound(_("Flow {name} did not come over.").format(name=self.name))
        before = [each.parent_id for each in flow.dependencies.order_by("position")]
        parents = finding.parents(self._asked(), self.parents)
        if before == [parent.pk for parent in parents]:
            return Outcome.SAME, ""
        update_flow(flow, by=self.by, parents=parents)
        return Outcome.MADE, ", ".join(parent.name for parent in parents)

    def _is_on(self) -> bool:
        return self.schedules and self.reply.get("Status") == flow_wire.SCHEDULED

    def _fields(self, p: Parameters) -> dict[str, Any]:
        fields = flow_wire.read_flow_fields(p)
        if graph := p.text("Graph"):
            fields["graph"] = graph
        text = p.text("ClusterId") or ""
        cluster = Cluster.objects.filter(uid=finding.uid_of("cluster", text)).first() if text else None
        fields |= {"cluster": cluster, "cluster_id_given": text}
        return fields | {"folder": _folder_of(self.project, self.reply)}

    def _parameters(self) -> Parameters:
        return given(self.reply, self.NAMES)

    def _asked(self) -> Asked:
        return Asked(AccessKey(owner=self.by), Parameters({}), timezone.now())


def _folder_of(project: Project, reply: Reply) -> Folder | None:
    text = str(reply.get("CategoryId") or "")
    return (
        Folder.objects.filter(project=project, uid=finding.uid_of("folder", text)).first() if text else None
    )


def _resources(reply: Reply) -> list[dict[str, str]]:
    rows = (reply.get("ResourceList") or {}).get("Resource") or []
    return [{"Path": str(row.get("Path") or ""), "Alias": str(row.get("Alias") or "")} for row in rows]
