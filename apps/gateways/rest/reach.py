"""From a ref in the address to the row, for whoever may.

What does not exist and what the caller may not know of are answered alike.
"""

from __future__ import annotations

from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.utils.translation import gettext as _

from apps.drawings.models import Document
from apps.flows.models import Flow, NodeRun, Run
from apps.jobs.models import Job
from apps.lib.errors import NotFound
from apps.projects.access import Verb, granted, require
from apps.projects.models import Project, User

Caller = User | AnonymousUser
Row = TypeVar("Row", Project, Job, Flow, Run, Document)


def project_for(user: Caller, uid: int, verb: Verb = "view") -> Project:
    project = Project.objects.select_related("owner").filter(uid=uid).first()
    return _allowed(user, verb, project, project, _("There is no such project."))


def job_for(user: Caller, uid: int, verb: Verb = "view") -> Job:
    rows = Job.objects.select_related("project", "folder", "cluster", "created_by", "modified_by")
    job = rows.filter(uid=uid).first()
    return _allowed(user, verb, job, job.project if job else None, _("There is no such job."))


def flow_for(user: Caller, uid: int, verb: Verb = "view") -> Flow:
    rows = Flow.objects.select_related(
        "project", "folder", "cluster", "document", "created_by", "modified_by"
    )
    flow = rows.filter(uid=uid).first()
    return _allowed(user, verb, flow, flow.project if flow else None, _("There is no such flow."))


def run_for(user: Caller, uid: int, verb: Verb = "view") -> Run:
    rows = Run.objects.select_related("project", "flow", "job", "created_by").annotate(
        revision_number=F("revision__number")
    )
    run = rows.filter(uid=uid).first()
    return _allowed(user, verb, run, run.project if run else None, _("There is no such run."))


def node_run_for(user: Caller, run_uid: int, ordinal: int) -> NodeRun:
    run = run_for(user, run_uid)
    rows = NodeRun.objects.select_related("host", "cluster", "job", "run__project")
    node_run = rows.filter(run=run, ordinal=ordinal).first()
    if node_run is None:
        raise NotFound(_("There is no such node in the run."))
    return node_run


def document_for(user: Caller, uid: int, verb: Verb = "view") -> Document:
    document = Document.objects.select_related("project").filter(uid=uid).first()
    return _allowed(
        user, verb, document, document.project if document else None, _("There is no such document.")
    )


def _allowed(user: Caller, verb: Verb, row: Row | None, project: Project | None, message: str) -> Row:
    verbs = granted(user, project) if project else frozenset()
    if row is None or project is None or "view" not in verbs:
        raise NotFound(message)
    if verb not in verbs:
        require(user, verb, project)
    return row
