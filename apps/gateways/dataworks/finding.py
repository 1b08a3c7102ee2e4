"""From the ids in a call to rows, each only as far as the caller's key may see."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.flows.models import Flow, NodeRun, Run
from apps.gateways.dataworks.storing.foreign import DIALECT, read_uid, uid_of
from apps.gateways.dataworks.wire.parameters import need, need_whole
from apps.gateways.models import Operation
from apps.gateways.rpc.frame import Asked
from apps.jobs.models import Job
from apps.lib.errors import NotFound
from apps.projects.access import Verb, require
from apps.projects.models import Project

LONGEST_ID = 200


def project(asked: Asked, verb: Verb = "view") -> Project:
    number = need_whole(asked.p, "ProjectId")
    found: Project | None = Project.objects.filter(number=number).first()
    if found is None:
        raise NotFound(f"There is no workspace {number}, or you are not a member of it.")
    require(asked.user, verb, found)
    return found


def _project_if_named(asked: Asked, verb: Verb) -> Project | None:
    return project(asked, verb) if asked.p.text("ProjectId") else None


def flows() -> QuerySet[Flow]:
    return Flow.objects.select_related("project", "folder", "document", "schedule", "created_by")


def flow(asked: Asked, verb: Verb = "view", name: str = "Id") -> Flow:
    """A workflow by its definition id; the workspace may be left out."""
    within, text = _project_if_named(asked, verb), need(asked.p, name, LONGEST_ID)
    rows = flows()
    if within is not None:
        found = rows.filter(project=within, uid=uid_of(within, "workflow", text)).first()
    else:
        found = rows.filter(uid=read_uid(text)).first()
    if found is None:
        raise NotFound(f"There is no workflow {text}.")
    _allow(asked, verb, found.project, f"There is no workflow {text}.")
    return found


def flow_in(within: Project, text: str) -> Flow | None:
    found: Flow | None = flows().filter(project=within, uid=uid_of(within, "workflow", text)).first()
    return found


def scheduled_flow(within: Project, number: int) -> Flow:
    """A workflow by the number that the scheduler knows it by, or by its definition id."""
    uid = uid_of(within, "workflow", str(number))
    found: Flow | None = flows().filter(Q(pk=number) | Q(uid=uid), project=within).order_by("pk").first()
    if found is None:
        raise NotFound(f"There is no workflow {number} in workspace {within.number}.")
    return found


def jobs() -> QuerySet[Job]:
    return Job.objects.select_related("project", "folder", "created_by")


def job(asked: Asked, verb: Verb = "view", name: str = "Id") -> Job:
    """A node by its definition id; the workspace may be left out."""
    within, text = _project_if_named(asked, verb), need(asked.p, name, LONGEST_ID)
    if within is not None:
        found = jobs().filter(project=within, uid=uid_of(within, "node", text)).first()
    else:
        found = jobs().filter(uid=read_uid(text)).first()
    if found is None:
        raise NotFound(f"There is no node {text}.")
    _allow(asked, verb, found.project, f"There is no node {text}.")
    return found


def runs() -> QuerySet[Run]:
    return Run.objects.filter(flow__isnull=False).select_related("project", "flow__schedule", "created_by")


def run(asked: Asked, number: int, verb: Verb = "view") -> Run:
    found: Run | None = runs().filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no workflow instance {number}.")
    _allow(asked, verb, found.project, f"There is no workflow instance {number}.")
    return found


def node_runs() -> QuerySet[NodeRun]:
    return (
        NodeRun.objects.filter(run__flow__isnull=False)
        .exclude(kind__in=("START", "END"))
        .select_related("run__project", "run__flow__schedule", "run__created_by", "project", "job", "frozen")
        .defer("run__flow__source_text", "job__source_text", "job__content")
    )


def node_run(asked: Asked, number: int, verb: Verb = "view") -> NodeRun:
    found: NodeRun | None = node_runs().filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no task instance {number}.")
    _allow(asked, verb, found.project, f"There is no task instance {number}.")
    return found


def operation(asked: Asked, kind: str, name: str, verb: Verb = "view") -> Operation:
    text = need(asked.p, name, LONGEST_ID)
    rows = Operation.objects.select_related("project", "key__owner").filter(dialect=DIALECT, kind=kind)
    found: Operation | None = rows.filter(uid=read_uid(text)).first()
    if found is None or found.project is None:
        raise NotFound(f"There is no {name} {text}.")
    _allow(asked, verb, found.project, f"There is no {name} {text}.")
    return found


def _allow(asked: Asked, verb: Verb, within: Project, otherwise: str) -> None:
    """To a stranger nothing is there, whatever it is called."""
    try:
        require(asked.user, verb, within)
    except NotFound as error:
        raise NotFound(otherwise) from error
