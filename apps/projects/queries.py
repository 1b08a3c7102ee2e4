"""What the pages of projects read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.lib.errors import NotFound
from apps.projects.access import Verb, require, visible_projects
from apps.projects.models import AuditEntry, ClusterSetting, Folder, Host, Project, User

#: A host that was not heard of for this long is taken as silent.
SILENT_AFTER = timedelta(seconds=60)


def project_for(user: User | AnonymousUser, uid: int, verb: Verb = "view") -> Project:
    """The project, if `user` may `verb` in it: NotFound to strangers, Denied to members."""
    project = Project.objects.filter(uid=uid).first()
    if project is None:
        raise NotFound(_("There is no such project, or you are not a member of it."))
    require(user, verb, project)
    return project


def listed_projects(user: User | AnonymousUser, search: str = "") -> QuerySet[Project]:
    projects = visible_projects(user).select_related("owner")
    if search:
        projects = projects.filter(Q(name__icontains=search) | Q(description__icontains=search))
    return projects.annotate(flow_count=_count("flows"), job_count=_count("jobs")).order_by("name")


def _count(things: str) -> Coalesce:
    """How many of them a project has, counted apart: joined, each flow would be counted with each job."""
    counted = Project.objects.filter(pk=OuterRef("pk")).order_by().annotate(n=Count(things)).values("n")
    return Coalesce(Subquery(counted), 0)


def linked_clusters(project: Project) -> QuerySet[ClusterSetting]:
    return project.cluster_settings.select_related("cluster").order_by("cluster__name")


def hosts_with_load(project: Project) -> QuerySet[Host]:
    """Hosts of the project's clusters, with how many attempts each is busy with."""
    return busy_hosts().filter(cluster__settings__project=project).order_by("cluster_id", "name")


def busy_hosts() -> QuerySet[Host]:
    """All hosts, with how many attempts each is busy with."""
    # As SQL, with the states spelled out: only so do both databases take the index of what is busy.
    busy = RawSQL(
        "(SELECT COUNT(*) FROM flows_noderun WHERE flows_noderun.host_id = projects_host.id"
        " AND flows_noderun.state IN ('running', 'stopping'))",
        (),
    )
    return Host.objects.annotate(busy=busy)


def is_silent(host: Host) -> bool:
    """Whether it is in doubt what becomes of its attempts; the scheduler says so, or is away itself."""
    never = host.heartbeat_at is None or timezone.now() - host.heartbeat_at > SILENT_AFTER
    return never or host.silent_at is not None


def audit_of(project: Project) -> QuerySet[AuditEntry]:
    return project.audit_entries.select_related("user")


@dataclass
class Branch:
    """A folder as a tree shows it: how deep it lies, and its way from the top."""

    folder: Folder
    depth: int
    path: str
    has_children: bool

    @property
    def title(self) -> str:
        return title_of(self.folder)


def title_of(folder: Folder) -> str:
    """A root is called by what its tree holds."""
    return folder.name if folder.parent_id else folder.get_tree_display()


def folder_tree(project: Project, *trees: str) -> list[Branch]:
    """All folders of the trees, each before what is in it: one query, whatever the depth."""
    below: dict[int | None, list[Folder]] = {}
    for folder in project.folders.filter(tree__in=trees).order_by("name"):
        below.setdefault(folder.parent_id, []).append(folder)
    roots = sorted(below.get(None, []), key=lambda root: trees.index(root.tree))
    branches: list[Branch] = []
    stack = [(root, 0, "") for root in reversed(roots)]
    while stack:
        folder, depth, above = stack.pop()
        path = f"{above} / {folder.name}" if above else title_of(folder)
        children = below.get(folder.pk, [])
        branches.append(Branch(folder, depth, path, bool(children)))
        stack.extend((child, depth + 1, path) for child in reversed(children))
    return branches
