"""What the pages of jobs read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.engine.business import BUSINESS, business_notation
from apps.engine.params import Expander, Mention
from apps.jobs.models import Job
from apps.jobs.variables import read_variables
from apps.lib.errors import NotFound
from apps.projects.access import Verb, require
from apps.projects.models import Folder, Project, User

MASK = "••••••••"


def job_for(user: User | AnonymousUser, uid: int, verb: Verb = "view") -> Job:
    """The job, if `user` may `verb` in its project: NotFound to strangers, Denied to members."""
    job = Job.objects.select_related("project", "folder", "cluster", "modified_by").filter(uid=uid).first()
    if job is None:
        raise NotFound(_("There is no such job, or you are not a member of its project."))
    require(user, verb, job.project)
    return job


def listed_jobs(
    project: Project, *, folders: Iterable[Folder] | None = None, search: str = "", kind: str = ""
) -> QuerySet[Job]:
    jobs = project.jobs.select_related("folder", "modified_by").defer("content", "source_text")
    if folders is not None:
        jobs = jobs.filter(folder__in=folders)
    if search:
        jobs = jobs.filter(Q(name__icontains=search) | Q(description__icontains=search))
    if kind:
        jobs = jobs.filter(kind=kind)
    return jobs.annotate(flow_count=Count("used_by")).order_by("name", "id")


def preview(job: Job, params: dict[str, object], text: str, at: datetime) -> list[Mention]:
    """What each `${…}` of a job's content becomes in a run of the job alone at `at`; secrets are masked."""
    project = job.project
    variables = {row.name: MASK if row.secret else row.value for row in project.variables.all()}
    own = {one.name: MASK if one.secret else one.value for one in read_variables(job.variables_text)}
    params = {**own, **params}
    if job.source_dialect == BUSINESS:
        today = at.astimezone(ZoneInfo(project.time_zone)).date()
        notation = business_notation(today=today)
        named = Expander({"job": params, "project": variables}, at, project.time_zone, notation)
        written = [Mention(p.text, p.value, p.source) for p in named.parameters() if p.value != p.text]
        return [*named.preview(text), *written]
    expander = Expander({"job": params, "project": variables}, at, project.time_zone)
    return expander.preview("\n".join((text, *(str(value) for value in params.values()))))
