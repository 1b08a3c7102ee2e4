"""From a number in a path to the row, for whoever may, and the rows of lists."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.flows.models import Flow, NodeRun, Run
from apps.gateways.models import ForeignId
from apps.gateways.nebula.auth import Caller
from apps.gateways.nebula.errors import FORBIDDEN, NOT_FOUND, NebulaError
from apps.gateways.nebula.wire import STATUS, Filter, read_id, stamped_name
from apps.projects.access import Verb, granted, visible_projects
from apps.projects.models import Connection, Project

DIALECT = "nebula"
WORKFLOW = "workflow"


def workflow_for(caller: Caller, text: str, verb: Verb = "view") -> Flow:
    """The flow of that number, or that came from outside under it. Raises NebulaError."""
    number = read_id(text, "workflow")
    foreign = ForeignId.objects.filter(dialect=DIALECT, kind=WORKFLOW, text=str(number)).first()
    rows = Flow.objects.select_related("project", "document")
    flow = (rows.filter(uid=foreign.uid) if foreign else rows.filter(pk=number)).first()
    if flow is None:
        raise NebulaError(NOT_FOUND, f"there is no workflow {number}")
    _allow(caller, verb, flow.project, f"workflow {number}")
    return flow


def job_for(caller: Caller, text: str, verb: Verb = "view") -> Run:
    """The run of a flow of that number. Raises NebulaError."""
    number = read_id(text, "job")
    run = all_jobs().filter(pk=number).select_related("flow", "project", "revision").first()
    if run is None:
        raise NebulaError(NOT_FOUND, f"there is no job {number}")
    _allow(caller, verb, run.project, f"job {number}")
    return run


def _allow(caller: Caller, verb: Verb, project: Project, what: str) -> None:
    # Numbers count up, so that something has one is no secret: a stranger is refused, not misled.
    if verb not in granted(caller.user, project):
        raise NebulaError(FORBIDDEN, f"your account may not {verb} {what}")


def all_jobs() -> QuerySet[Run]:
    return Run.objects.filter(flow__isnull=False, parent=None)


def projects_of(caller: Caller) -> QuerySet[Project]:
    """Where a call looks that names no workflow: the key's project, or all that the user may see."""
    found = visible_projects(caller.user)
    project = caller.key.project_id if caller.key else None
    return found.filter(pk=project) if project else found


def matching_jobs(jobs: QuerySet[Run], wanted: Filter) -> QuerySet[Run]:
    if wanted.name:
        jobs = jobs.filter(_named(wanted.name))
    if wanted.status is not None:
        jobs = jobs.filter(state__in=[state for state, number in STATUS.items() if number == wanted.status])
    if wanted.created_from:
        jobs = jobs.filter(created_at__gte=wanted.created_from)
    if wanted.created_to:
        jobs = jobs.filter(created_at__lte=wanted.created_to)
    return jobs.order_by("id" if wanted.ascending else "-id")


def _named(text: str) -> Q:
    """Jobs whose name, the workflow's with the time of creation, contains the text."""
    named = Q(name__icontains=text.rstrip("_"))
    stamp = stamped_name(text, timezone.get_default_timezone())
    if stamp:
        name, start, end = stamp
        named |= Q(name__iendswith=name, created_at__gte=start, created_at__lt=end)
    return named


def spellings(flows: Iterable[Flow]) -> dict[int, str]:
    """The number that callers know each flow by, by primary key."""
    by_uid = {flow.uid: flow.pk for flow in flows}
    foreign = ForeignId.objects.filter(dialect=DIALECT, kind=WORKFLOW, uid__in=by_uid)
    return {pk: str(pk) for pk in by_uid.values()} | {by_uid[row.uid]: row.text for row in foreign}


def tasks_of(run: Run) -> list[NodeRun]:
    """What the run runs, without its START and END."""
    return list(run.node_runs.exclude(kind__in=("START", "END")).order_by("ordinal"))


def connection_name(caller: Caller, flow: Flow) -> str:
    """The connection of the flow's project that connect named, if it named one."""
    host, _colon, port = caller.address.rpartition(":")
    if not host:
        return ""
    known = Connection.objects.filter(project_id=flow.project_id)
    return next((one.name for one in known if one.is_at(host, int(port))), "")
