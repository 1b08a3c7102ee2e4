"""What changes a project: itself, its members, folders, variables and clusters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.db.models import F, Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.lib.errors import Conflict, Invalid, NotFound
from apps.lib.nudge import nudge
from apps.lib.rows import assign, check_known, clean_name
from apps.projects.models import (
    AuditEntry,
    Cluster,
    ClusterSetting,
    Counter,
    Folder,
    Member,
    Project,
    Role,
    Tree,
    User,
    Variable,
)
from apps.projects.retention import LONGEST_DAYS, kept_things

#: The number of the first project; DataWorks clients of the demo know it.
FIRST_PROJECT_NUMBER = 10000
#: The cluster that this installation serves by itself.
LOCAL_CLUSTER = "local"
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
SETTING_FIELDS = frozenset({"default_user", "default_queue", "users", "hosts", "queues"})


def record_audit(
    verb: str, subject: Model, *, by: User | None, project: Project | None = None, **detail: Any
) -> AuditEntry:
    """Write down who did what; call it inside the transaction that does it."""
    return AuditEntry.objects.create(
        project=project,
        user=by,
        verb=verb,
        subject_kind=str(subject._meta.model_name),
        subject_uid=getattr(subject, "uid", None) or subject.pk,
        subject_name=str(subject)[:256],
        detail=detail,
    )


def next_number(name: str, *, first: int = 1) -> int:
    """The next small number of a sequence; the row's lock makes callers wait for each other."""
    with transaction.atomic():
        Counter.objects.get_or_create(name=name, defaults={"value": first - 1})
        Counter.objects.filter(name=name).update(value=F("value") + 1)
        return Counter.objects.get(name=name).value


# --- the project itself


def create_project(
    *, name: str, description: str = "", time_zone: str = "UTC", by: User | None, **limits: Any
) -> Project:
    """A new project with its folders, its maker as its admin; `limits` as `update_project` takes them."""
    name = clean_name(name)
    _check_time_zone(time_zone)
    _check_project_name_free(name)
    try:
        project = _create_project(name, description.strip(), time_zone, by)
        return update_project(project, by=by, **limits) if limits else project
    except IntegrityError:  # somebody else took the name at the same moment
        _check_project_name_free(name)
        raise


@transaction.atomic
def _create_project(name: str, description: str, time_zone: str, by: User | None) -> Project:
    number = next_number("project", first=FIRST_PROJECT_NUMBER)
    project = Project.objects.create(
        number=number, name=name, description=description, time_zone=time_zone, owner=by
    )
    Folder.objects.bulk_create(Folder(project=project, tree=tree, name=str(tree.value)) for tree in Tree)
    if by is not None:
        Member.objects.create(project=project, user=by, user_name=by.username, role=Role.ADMIN)
    local = Cluster.objects.filter(name=LOCAL_CLUSTER).first()
    if local is not None:
        ClusterSetting.objects.create(project=project, cluster=local)
    record_audit("create", project, by=by, project=project)
    return project


def update_project(project: Project, *, by: User | None, **fields: Any) -> Project:
    """Change `name`, `description`, `time_zone`, or how many runs and nodes may go on at once."""
    check_known(fields, {"name", "description", "time_zone", "max_runs", "max_nodes", "paused_at"})
    if "name" in fields:
        fields["name"] = clean_name(fields["name"])
        _check_project_name_free(fields["name"], but=project)
    if "time_zone" in fields:
        _check_time_zone(fields["time_zone"])
    with transaction.atomic():
        changed = assign(project, fields)
        if changed:
            record_audit("update", project, by=by, project=project, fields=changed)
        if {"max_runs", "max_nodes", "paused_at"} & set(changed):
            nudge("flows.limits_changed", project.pk)
    return project


def set_retention(project: Project, days: Mapping[str, int | None], *, by: User | None) -> None:
    """Keep these for so many days; None is what the installation says."""
    check_known(days, kept_things())
    for name, number in days.items():
        if number is not None and not 0 <= number <= LONGEST_DAYS:
            raise Invalid(_("Give a number from 0 to %(n)d.") % {"n": LONGEST_DAYS}, field=name)
    chosen = {**project.retention, **days}
    kept = {name: number for name, number in chosen.items() if number is not None}
    with transaction.atomic():
        if assign(project, {"retention": kept}):
            record_audit("update", project, by=by, project=project, retention=kept)


def delete_project(project: Project, *, by: User | None) -> None:
    """Delete the project with all it holds. Refused while it has runs going on."""
    with transaction.atomic():
        going_on = project.runs.filter(ended_at__isnull=True).count()
        if going_on:
            raise Conflict(
                ngettext(
                    "Project %(name)s has %(count)d run going on. Kill it first.",
                    "Project %(name)s has %(count)d runs going on. Kill them first.",
                    going_on,
                )
                % {"name": project.name, "count": going_on}
            )
        record_audit("delete", project, by=by)
        for kept in kept_things().values():
            if kept.forget:
                kept.forget(project)
        _empty_project(project)
        project.delete()


def _empty_project(project: Project) -> None:
    """From the leaves to the root: runs protect revisions, flows drawings, folders what is in them."""
    project.runs.all().delete()
    project.flows.all().delete()
    project.jobs.all().delete()
    project.documents.all().delete()
    while project.folders.exists():
        project.folders.filter(children=None).delete()


# --- members


def add_member(
    project: Project, *, user_name: str, role: str, by: User | None, account_id: str = ""
) -> Member:
    """Give a user a role. A name without an account is kept, and has no right until one exists."""
    user_name = user_name.strip()
    if not user_name:
        raise Invalid(_("Say who to add."), field="user_name")
    _check_role(role)
    user = User.objects.filter(username=user_name).first()
    with transaction.atomic():
        if project.members.filter(user_name=user_name).exists():
            raise Conflict(
                _("%(user)s is a member of %(project)s already.")
                % {"user": user_name, "project": project.name},
                field="user_name",
            )
        member = Member.objects.create(
            project=project, user=user, user_name=user_name, account_id=account_id, role=role
        )
        record_audit("add_member", project, by=by, project=project, user=user_name, role=role)
    return member


def update_member(member: Member, *, role: str, by: User | None) -> Member:
    _check_role(role)
    with transaction.atomic():
        if role != Role.ADMIN:
            _check_admin_left(member)
        assign(member, {"role": role})
        record_audit(
            "update_member", member.project, by=by, project=member.project, user=member.user_name, role=role
        )
    return member


def remove_member(project: Project, *, user_name: str, by: User | None) -> None:
    with transaction.atomic():
        member = project.members.filter(user_name=user_name).first()
        if member is None:
            raise NotFound(
                _("%(user)s is not a member of %(project)s.") % {"user": user_name, "project": project.name}
            )
        _check_admin_left(member)
        member.delete()
        record_audit("remove_member", project, by=by, project=project, user=user_name)


def _check_admin_left(member: Member) -> None:
    """Someone must stay who can manage the project."""
    if member.role != Role.ADMIN or member.user_id is None:
        return
    others = member.project.members.filter(role=Role.ADMIN, user__isnull=False).exclude(pk=member.pk)
    if not others.exists():
        raise Conflict(
            _("%(user)s is the only admin of %(project)s. Make someone else admin first.")
            % {"user": member.user_name, "project": member.project.name}
        )


# --- folders


def create_folder(
    project: Project, *, tree: str, name: str, by: User | None, parent: Folder | None = None
) -> Folder:
    """Make a folder below `parent`, else below the root of the tree."""
    if tree not in Tree.values:
        raise Invalid(_("There is no tree %(tree)s.") % {"tree": tree}, field="tree")
    parent = parent or root_folder(project, tree)
    if parent.project_id != project.pk or parent.tree != tree:
        raise Invalid(_("Folder %(name)s is of another tree.") % {"name": parent.name}, field="parent")
    name = clean_name(name)
    _check_folder_name_free(parent, name)
    with transaction.atomic():
        folder = Folder.objects.create(project=project, tree=tree, parent=parent, name=name)
        record_audit("create", folder, by=by, project=project)
    return folder


def update_folder(
    folder: Folder, *, by: User | None, name: str | None = None, parent: Folder | None = None
) -> Folder:
    """Rename or move a folder; a root stays what and where it is."""
    if folder.parent_id is None:
        raise Conflict(_("The top folder can be neither renamed nor moved."), field="name")
    name = folder.name if name is None else clean_name(name)
    parent = parent or folder.parent
    assert parent is not None
    if parent.tree != folder.tree or parent.project_id != folder.project_id:
        raise Invalid(_("Folder %(name)s is of another tree.") % {"name": parent.name}, field="parent")
    if _is_below(parent, folder):
        raise Invalid(
            _("Folder %(name)s cannot be moved into itself.") % {"name": folder.name}, field="parent"
        )
    _check_folder_name_free(parent, name, but=folder)
    with transaction.atomic():
        changed = assign(folder, {"name": name, "parent": parent})
        if changed:
            record_audit("update", folder, by=by, project=folder.project, fields=changed)
    return folder


def delete_folder(folder: Folder, *, by: User | None) -> None:
    if folder.parent_id is None:
        raise Conflict(_("The top folder cannot be deleted."))
    if folder.children.exists() or folder.jobs.exists() or folder.flows.exists():
        raise Conflict(
            _("Folder %(name)s is not empty. Move or delete what is in it first.") % {"name": folder.name}
        )
    with transaction.atomic():
        record_audit("delete", folder, by=by, project=folder.project)
        folder.delete()


def root_folder(project: Project, tree: str) -> Folder:
    return project.folders.get(tree=tree, parent=None)


def _is_below(folder: Folder, other: Folder) -> bool:
    """Whether `folder` is `other` or somewhere in it."""
    above: Folder | None = folder
    while above is not None:
        if above.pk == other.pk:
            return True
        above = above.parent
    return False


def _check_folder_name_free(parent: Folder, name: str, but: Folder | None = None) -> None:
    if parent.children.filter(name=name).exclude(pk=but.pk if but else None).exists():
        raise Conflict(_("There is a folder %(name)s here already.") % {"name": name}, field="name")


# --- variables


def set_variable(project: Project, *, name: str, value: str, secret: bool, by: User | None) -> Variable:
    """Make or replace a variable. The audit keeps its name, never its value."""
    if not VARIABLE_NAME.fullmatch(name):
        raise Invalid(
            _("A name starts with a letter or _ and has letters, digits, _ . and - only."), field="name"
        )
    with transaction.atomic():
        variable, _made = Variable.objects.update_or_create(
            project=project, name=name, defaults={"value": value, "secret": secret}
        )
        record_audit("set_variable", project, by=by, project=project, name=name, secret=secret)
    return variable


def replace_variables(project: Project, values: dict[str, tuple[str, bool]], *, by: User | None) -> None:
    """Let the project have exactly these variables: name -> (value, secret)."""
    with transaction.atomic():
        for variable in project.variables.exclude(name__in=values):
            delete_variable(variable, by=by)
        for name, (value, secret) in values.items():
            set_variable(project, name=name, value=value, secret=secret, by=by)


def delete_variable(variable: Variable, *, by: User | None) -> None:
    with transaction.atomic():
        project = variable.project
        record_audit("delete_variable", project, by=by, project=project, name=variable.name)
        variable.delete()


# --- clusters


def link_cluster(project: Project, cluster: Cluster, *, by: User | None, **settings: Any) -> ClusterSetting:
    """Let a project use a cluster, within `settings`."""
    check_known(settings, SETTING_FIELDS)
    with transaction.atomic():
        if ClusterSetting.objects.filter(project=project, cluster=cluster).exists():
            raise Conflict(
                _("%(project)s may use cluster %(cluster)s already.")
                % {"project": project.name, "cluster": cluster.name},
                field="cluster",
            )
        setting = ClusterSetting.objects.create(project=project, cluster=cluster, **settings)
        record_audit("link_cluster", project, by=by, project=project, cluster=cluster.name)
    return setting


def update_cluster_setting(setting: ClusterSetting, *, by: User | None, **settings: Any) -> ClusterSetting:
    check_known(settings, SETTING_FIELDS)
    with transaction.atomic():
        changed = assign(setting, settings)
        if changed:
            record_audit(
                "update_cluster",
                setting.project,
                by=by,
                project=setting.project,
                cluster=setting.cluster.name,
                fields=changed,
            )
    return setting


def unlink_cluster(setting: ClusterSetting, *, by: User | None) -> None:
    with transaction.atomic():
        project = setting.project
        record_audit("unlink_cluster", project, by=by, project=project, cluster=setting.cluster.name)
        setting.delete()


# --- shared checks


def _check_project_name_free(name: str, but: Project | None = None) -> None:
    if Project.objects.filter(name=name).exclude(pk=but.pk if but else None).exists():
        raise Conflict(_("There is a project %(name)s already.") % {"name": name}, field="name")


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise Invalid(_("There is no role %(role)s.") % {"role": role}, field="role")


def _check_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise Invalid(_("There is no time zone %(name)s.") % {"name": name}, field="time_zone")
