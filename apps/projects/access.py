"""The one permission function. Pages, our REST and every dialect operation ask it."""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from apps.lib.errors import Denied, NotFound
from apps.projects.models import Member, Project, Role, User

Verb = Literal["view", "run", "edit", "manage"]

#: What each role may do. A role that is missing here may do nothing.
GRANTS: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset({"view"}),
    Role.OPERATOR: frozenset({"view", "run"}),
    Role.EDITOR: frozenset({"view", "run", "edit"}),
    Role.ADMIN: frozenset({"view", "run", "edit", "manage"}),
}


def granted(user: User | AnonymousUser, project: Project) -> frozenset[str]:
    """All that `user` may do in `project`: one query, for pages that show several actions."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return GRANTS[Role.ADMIN]
    role = Member.objects.filter(project=project, user_id=user.pk).values_list("role", flat=True).first()
    return GRANTS.get(role or "", frozenset())


def can(user: User | AnonymousUser, verb: Verb, project: Project) -> bool:
    return verb in granted(user, project)


def require(user: User | AnonymousUser, verb: Verb, project: Project) -> None:
    """Raise NotFound to a stranger and Denied to a member whose role does not allow `verb`."""
    if can(user, verb, project):
        return
    if verb == "view" or not can(user, "view", project):
        raise NotFound("There is no such project, or you are not a member of it.")
    raise Denied(f"Your role in project {project.name} does not allow you to {verb} here.")


def visible_projects(user: User | AnonymousUser) -> QuerySet[Project]:
    if not user.is_active:
        return Project.objects.none()
    if user.is_superuser:
        return Project.objects.all()
    return Project.objects.filter(members__user_id=user.pk)
