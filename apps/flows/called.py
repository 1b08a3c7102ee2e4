"""Which flow a node runs that is a run of another flow, and whether it may and can."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.engine.control import SUB_FLOW_KINDS, SubFlow
from apps.engine.control_reading import BadControl, read_control
from apps.flows.models import Flow, Output
from apps.jobs.models import Job
from apps.lib.errors import Conflict
from apps.lib.ids import read
from apps.projects.access import can
from apps.projects.models import Project, User

#: How many flows are looked at for one that calls itself.
MOST_CALLED = 500


def target_of(project: Project, text: str) -> Flow:
    """The flow that a node names: by its id, or in the same project by its name or an output of it.

    Raises Conflict when there is none.
    """
    flows = Flow.objects.select_related("project", "document", "published", "schedule")
    uid = int(text) if text.isdecimal() and len(text) < 20 else read(text.rpartition("-")[2])
    found = flows.filter(uid=uid).first() if uid is not None and uid < 1 << 63 else None
    found = found or (flows.filter(project=project, name=text).first() if text else None)
    if found is None:
        named = Output.objects.filter(project=project, name=text, node="").values("flow")
        found = flows.filter(pk__in=named).first()
    if found is None:
        raise unknown(text)
    return found


def unknown(text: str) -> Conflict:
    """The same for a flow that is not there and for one that is not for the asker."""
    if not text:
        return Conflict(_("It names no flow yet: choose which one it runs."))
    return Conflict(_("There is no flow {flow} that this node could run.").format(flow=text))


def author_of(job: Job) -> User | None:
    return job.modified_by or job.created_by


def may_run(flow: Flow, project: Project, author: User | None) -> bool:
    """Whether a node of the project may run the flow; of another project, its author must be able to."""
    return flow.project_id == project.pk or (author is not None and can(author, "run", flow.project))


def trouble_with(job: Job, caller: Flow) -> str:
    """Why the node of this job could not run its flow within the caller; empty when it could."""
    try:
        called = read_control(job.kind, job.content)
        if not isinstance(called, SubFlow):
            return ""
        flow = target_of(caller.project, called.flow)
    except BadControl as error:
        return str(error)
    except Conflict as error:
        return error.message
    if not may_run(flow, caller.project, author_of(job)):
        return unknown(called.flow).message
    if flow.pk == caller.pk:
        return _("Flow {flow} cannot run within itself.").format(flow=flow.name)
    if calls(flow, caller):
        return _("Flow {flow} runs this one: they would run each other for ever.").format(flow=flow.name)
    return ""


def calls(flow: Flow, wanted: Flow) -> bool:
    """Whether a run of the flow would come to run the other one, as all are drawn now."""
    seen: set[int] = set()
    todo = [flow]
    while todo and len(seen) < MOST_CALLED:
        each = todo.pop()
        if each.pk == wanted.pk:
            return True
        if each.pk not in seen:
            seen.add(each.pk)
            todo += _flows_called(each)
    return False


def _flows_called(flow: Flow) -> list[Flow]:
    found = []
    for job in Job.objects.filter(used_by__flow=flow, kind__in=SUB_FLOW_KINDS).only("kind", "content"):
        try:
            called = read_control(job.kind, job.content)
            if isinstance(called, SubFlow):
                found.append(target_of(flow.project, called.flow))
        except (BadControl, Conflict):
            continue  # it runs nothing, so it runs nothing again
    return found
