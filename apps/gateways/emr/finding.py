"""From the ids in a call to rows, each only as far as the caller's key may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import QuerySet

from apps.flows.models import Flow, NodeRun, Run
from apps.gateways.emr.wire.flows import is_template
from apps.gateways.emr.wire.ids import read_id
from apps.gateways.models import ForeignId
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.frame import Asked
from apps.jobs.models import Job
from apps.lib.errors import NotFound
from apps.projects.access import Verb, require, visible_projects
from apps.projects.models import Cluster, ClusterSetting, Folder, Project

Row = TypeVar("Row", Job, Flow, Run, Folder)

LONGEST_ID = 64
#: The things that an EntityId may name.
ENTITIES: dict[str, Callable[[], QuerySet[Any]]] = {
    "flow": lambda: Flow.objects.select_related("project", "folder", "document", "cluster", "schedule"),
    "job": lambda: Job.objects.select_related("project", "folder"),
    "project": lambda: Project.objects.select_related("owner"),
}
#: Our kinds in the words of EMR's reference.
_WORDS = {"run": "flow instance", "job run": "job instance", "folder": "category"}


def uid_of(kind: str, text: str) -> int | None:
    """The uid behind an id: one that came with an import is looked up first, else it is our own."""
    foreign = ForeignId.objects.filter(dialect="emr", kind=kind, text=text).first()
    return foreign.uid if foreign else read_id(kind, text)


def project(asked: Asked, verb: Verb = "view") -> Project:
    text = asked.p.need("ProjectId")
    found: Project | None
    found = Project.objects.select_related("owner").filter(uid=uid_of("project", text)).first()
    if found is None:
        raise NotFound(f"There is no project {text}, or you are not a member of it.")
    require(asked.user, verb, found)
    return found


def projects(asked: Asked) -> QuerySet[Project]:
    """The one that ProjectId names, or all that the caller may see."""
    if not asked.p.text("ProjectId"):
        return visible_projects(asked.user)
    return Project.objects.filter(pk=project(asked).pk)


def job(asked: Asked, within: Project, name: str = "Id") -> Job:
    return one(Job.objects.select_related("folder", "project"), "job", asked.p.need(name), within)


def flow(asked: Asked, within: Project, name: str = "Id") -> Flow:
    rows = Flow.objects.select_related("folder", "project", "document", "cluster", "schedule")
    return one(rows, "flow", asked.p.need(name), within)


def run(asked: Asked, within: Project, name: str = "FlowInstanceId") -> Run:
    rows = Run.objects.select_related("flow__cluster", "flow__schedule", "project", "revision")
    return one(rows.filter(flow__isnull=False), "run", asked.p.need(name), within)


def job_run(asked: Asked, within: Project, name: str = "JobInstanceId") -> Run:
    rows = Run.objects.select_related("job", "project").filter(job__isnull=False)
    return one(rows, "job run", asked.p.need(name), within)


def node_run(asked: Asked, within: Project, name: str = "Id") -> NodeRun:
    """A node instance by its own id (FNI-) or, for a job that ran alone, by its run's (FJI-)."""
    text = asked.p.need(name)
    rows = NodeRun.objects.select_related(
        "run__project", "run__flow", "project", "job", "cluster", "host", "frozen"
    ).filter(project=within)
    alone = uid_of("job run", text)
    node: NodeRun | None
    if alone is not None:
        node = rows.filter(run__uid=alone, run__job__isnull=False).first()
    else:
        node = rows.filter(uid=uid_of("node run", text)).first()
    if node is None:
        raise NotFound(f"There is no node instance {text} in project {within.name}.")
    return node


def entity(asked: Asked, verb: Verb = "view", name: str = "EntityId") -> Flow | Job | Project:
    """The flow, job or project that an EntityId names, wherever the caller may see it."""
    text = asked.p.need(name, LONGEST_ID)
    return entity_of(asked, text, verb)


def entity_of(asked: Asked, text: str, verb: Verb = "view") -> Flow | Job | Project:
    for kind, rows in ENTITIES.items():
        uid = uid_of(kind, text)
        found = rows().filter(uid=uid).first() if uid else None
        if found is not None:
            home: Project = found if isinstance(found, Project) else found.project
            require(asked.user, verb, home)
            return found
    raise NotFound(f"There is no flow, job or project {text}.")


def folder(within: Project, text: str) -> Folder:
    return one(Folder.objects.select_related("parent"), "folder", text, within)


def parent_category(asked: Asked, within: Project, trees: tuple[str, ...]) -> Folder | None:
    """The folder that ParentCategory names; None (the root) when it is empty."""
    text = asked.p.text("ParentCategory")
    if not text:
        return None
    try:
        found = folder(within, text)
    except NotFound as error:
        raise invalid_parameter("ParentCategory", error.message) from None
    if found.tree not in trees:
        raise invalid_parameter("ParentCategory", f"{text} is a folder of the {found.tree} tree")
    return found


def cluster(asked: Asked, name: str = "ClusterId") -> Cluster:
    text = asked.p.need(name)
    found: Cluster | None
    found = Cluster.objects.filter(uid=uid_of("cluster", text)).first()
    if found is None:
        raise NotFound(f"There is no cluster {text}.")
    return found


def chosen_cluster(asked: Asked, within: Project) -> Cluster | None:
    """The cluster of the project that ClusterId names, if it names one; a template is no cluster yet."""
    text = asked.p.text("ClusterId")
    if not text or is_template(text):
        return None
    try:
        return cluster_setting(asked, within).cluster
    except NotFound as error:
        raise invalid_parameter("ClusterId", error.message) from None


def cluster_setting(asked: Asked, within: Project) -> ClusterSetting:
    setting: ClusterSetting | None
    rows = ClusterSetting.objects.select_related("project", "cluster")
    setting = rows.filter(project=within, cluster=cluster(asked)).first()
    if setting is None:
        raise NotFound(f"Cluster {asked.p.text('ClusterId')} is not linked to project {within.name}.")
    return setting


def parents(asked: Asked, ids: list[str]) -> list[Flow]:
    """The flows that ParentFlowList names, in any project that the caller may see."""
    uids = {text: uid_of("flow", text) for text in ids}
    visible = Flow.objects.filter(project__in=visible_projects(asked.user))
    found = {flow.uid: flow for flow in visible.filter(uid__in=[uid for uid in uids.values() if uid])}
    for text, uid in uids.items():
        if uid not in found:
            raise invalid_parameter("ParentFlowList", f"there is no flow {text}")
    return [found[uid] for uid in uids.values() if uid]


def one(rows: QuerySet[Row], kind: str, text: str, within: Project) -> Row:  # type: ignore[type-var]
    found: Row | None = rows.filter(project=within, uid=uid_of(kind, text)).first()
    if found is None:
        raise NotFound(f"There is no {_WORDS.get(kind, kind)} {text} in project {within.name}.")
    return found
