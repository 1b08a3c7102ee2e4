"""What changes a flow: its drawing, settings, schedule and parents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.drawings.actions import new_document, replace_text
from apps.drawings.locks import check_lock, release_lock
from apps.engine.drafts import END, START, EdgeDraft, FlowDraft, NodeDraft, UnreadableGraph, read_graph
from apps.engine.layout import draft_to_graph_text
from apps.flows.admission import limits_changed
from apps.flows.dependencies import copy_parents, set_parents
from apps.flows.models import Flow, FlowJob, Revision, Run, Schedule
from apps.flows.revisions import checked_draft, freeze_flow, jobs_of
from apps.flows.timing import SCHEDULE_FIELDS, set_schedule
from apps.jobs.logs import remove_files
from apps.jobs.models import MAX_SECONDS, Job
from apps.lib.errors import Conflict, Invalid
from apps.lib.ids import read
from apps.lib.rows import check_known
from apps.projects.actions import record_audit, root_folder
from apps.projects.models import Folder, Project, Tree, User

NAME_LENGTH = 128
#: As many as the columns hold.
MOST_AT_ONCE, HIGHEST_PRIORITY = 32_767, 1000
#: What says when runs of the flow may begin, besides its schedule and parents.
ADMISSION = frozenset({"priority", "max_runs", "max_nodes", "delay", "wait_limit", "paused_at"})
#: What `update_flow` may be given besides graph, schedule and parents.
FIELDS = frozenset(
    {
        "name",
        "description",
        "folder",
        "cluster",
        "cluster_id_given",
        "create_cluster",
        "host_name",
        "run_timeout",
        "start_timeout",
        "params",
        "alert_rules",
        "dialect_settings",
        "source_dialect",
        "source_text",
        "follows",
        *ADMISSION,
    }
)
LIMITS = ("run_timeout", "start_timeout")


@transaction.atomic
def create_flow(
    project: Project,
    *,
    name: str,
    by: User | None,
    folder: Folder | None = None,
    graph: str | None = None,
    schedule: dict[str, Any] | None = None,
    parents: Sequence[Flow] = (),
    **fields: Any,
) -> Flow:
    """A new flow; without a graph, START and END are drawn.

    A graph that is given must be one that can run. Raises Invalid naming the field, or
    Conflict when the name is taken.
    """
    _check_fields(fields)
    _check_name(project, name)
    folder = folder or root_folder(project, Tree.FLOW)
    _check_folder(project, folder)
    if graph is not None:
        _check_graph(project, graph)
    document = new_document(project, graph if graph is not None else empty_drawing(), by=by)
    flow = _saved(
        Flow(
            project=project,
            folder=folder,
            name=name,
            document=document,
            created_by=by,
            modified_by=by,
            **fields,
        )
    )
    refresh_uses(flow)
    set_parents(flow, parents)
    if schedule is not None:
        set_schedule(flow, **schedule)
    record_audit("create", flow, by=by, project=project)
    return flow


@transaction.atomic
def update_flow(
    flow: Flow,
    *,
    by: User | None,
    graph: str | None = None,
    schedule: dict[str, Any] | None = None,
    parents: Sequence[Flow] | None = None,
    **fields: Any,
) -> Flow:
    """Change what is given. A whole graph is one stored `replace`, so open editors notice it."""
    check_lock(flow.edit_subject, by=by)
    _check_fields(fields)
    if "name" in fields and fields["name"] != flow.name:
        _check_name(flow.project, fields["name"])
    if "folder" in fields:
        _check_folder(flow.project, fields["folder"])
    for field, value in fields.items():
        setattr(flow, field, value)
    flow.modified_by = by
    _saved(flow)
    if graph is not None and graph != flow.document.text:
        _check_graph(flow.project, graph)
        flow.document = replace_text(flow.document, graph, by=by)
        refresh_uses(flow)
    if parents is not None:
        set_parents(flow, parents)
    if schedule is not None:
        set_schedule(flow, **schedule)
    if schedule is not None or parents is not None or not ADMISSION.isdisjoint(fields):
        limits_changed(flow)
    record_audit("update", flow, by=by, project=flow.project, fields=sorted(fields))
    return flow


@transaction.atomic
def clone_flow(flow: Flow, *, by: User | None) -> Flow:
    """A copy with a name of its own, in the same folder; its schedule is copied switched off."""
    copied = ("description", "cluster", "cluster_id_given", "create_cluster", "host_name", "params", *LIMITS)
    limits = ("priority", "max_runs", "max_nodes", "delay", "wait_limit")
    kept = ("alert_rules", "dialect_settings", "source_dialect", "source_text")
    document = new_document(flow.project, flow.document.text, by=by)
    clone = Flow.objects.create(
        project=flow.project,
        folder=flow.folder,
        name=_free_name(flow),
        document=document,
        created_by=by,
        modified_by=by,
        # Like its schedule, that it runs after its parents is for somebody to switch on.
        follows=False,
        **{field: getattr(flow, field) for field in copied + kept + limits},
    )
    refresh_uses(clone)
    copy_parents(flow, clone)
    schedule = Schedule.objects.filter(flow=flow).first()
    if schedule:
        set_schedule(clone, **{f: getattr(schedule, f) for f in SCHEDULE_FIELDS - {"enabled"}}, enabled=False)
    record_audit("clone", clone, by=by, project=flow.project, of=flow.ref)
    return clone


@transaction.atomic
def delete_flow(flow: Flow, *, by: User | None) -> None:
    """Delete a flow with its revisions and runs. Raises Conflict while a run goes on."""
    if Run.objects.filter(flow=flow, ended_at__isnull=True).exists():
        raise Conflict(_("Flow {name} is running: stop its runs first.").format(name=flow.name))
    release_lock(flow.edit_subject, by=by)
    record_audit("delete", flow, by=by, project=flow.project)
    remove_files(Run.objects.filter(flow=flow).values_list("uid", flat=True))
    document = flow.document
    flow.delete()
    document.delete()


def publish_flow(
    flow: Flow, *, by: User | None, message: str = "", revision: Revision | None = None
) -> Revision:
    """Publish a revision of the flow, else freeze it as it is now. Raises Invalid when it cannot run."""
    check_lock(flow.edit_subject, by=by)
    with transaction.atomic():
        flow.published = revision or freeze_flow(flow, by=by, message=message)
        flow.save(update_fields=["published", "modified_at"])
        record_audit("publish", flow, by=by, project=flow.project, revision=flow.published.number)
    return flow.published


def withdraw_flow(flow: Flow, *, by: User | None) -> None:
    """Take the published revision back: the flow is no longer deployed, and its schedule is off."""
    check_lock(flow.edit_subject, by=by)
    with transaction.atomic():
        flow.published = None
        flow.save(update_fields=["published", "modified_at"])
        Schedule.objects.filter(flow=flow).update(enabled=False)
        record_audit("withdraw", flow, by=by, project=flow.project)


def follow_draft(flow: Flow, *, by: User | None) -> None:
    """Publish nothing: the schedule goes on, and runs the flow as it is drawn when it fires."""
    check_lock(flow.edit_subject, by=by)
    with transaction.atomic():
        flow.published = None
        flow.save(update_fields=["published", "modified_at"])
        record_audit("follow_draft", flow, by=by, project=flow.project)


def refresh_uses(flow: Flow) -> None:
    """Bring the table of "which jobs does this flow name" up to date with its drawing."""
    try:
        draft = read_graph(flow.document.text)
    except UnreadableGraph:
        return
    uids = {uid for node in draft.nodes if (uid := read(node.job.rpartition("-")[2])) is not None}
    named = set(Job.objects.filter(project_id=flow.project_id, uid__in=uids).values_list("pk", flat=True))
    known = set(FlowJob.objects.filter(flow=flow).values_list("job_id", flat=True))
    FlowJob.objects.filter(flow=flow, job_id__in=known - named).delete()
    FlowJob.objects.bulk_create(
        [FlowJob(flow=flow, job_id=pk) for pk in named - known], ignore_conflicts=True
    )


def empty_drawing() -> str:
    start = NodeDraft("start", START, START, x=400.0, y=80.0)
    end = NodeDraft("end", END, END, x=400.0, y=320.0)
    return draft_to_graph_text(FlowDraft((start, end), (EdgeDraft("start-end", "start", "end"),)))


def _check_graph(project: Project, graph: str) -> None:
    jobs_of(project.pk, checked_draft(graph))


def _check_fields(fields: dict[str, Any]) -> None:
    check_known(fields, FIELDS)
    for field, limit in (("description", 1024), ("host_name", 253)):
        if len(fields.get(field, "")) > limit:
            raise Invalid(_("At most {n} characters are allowed.").format(n=limit), field=field)
    for field in ("max_runs", "max_nodes"):
        if not 0 <= fields.get(field, 0) <= MOST_AT_ONCE:
            raise Invalid(_("Give a number from 0 to {n}.").format(n=MOST_AT_ONCE), field=field)
    if abs(fields.get("priority", 0)) > HIGHEST_PRIORITY:
        highest = {"low": -HIGHEST_PRIORITY, "high": HIGHEST_PRIORITY}
        raise Invalid(_("Give a number from {low} to {high}.").format(**highest), field="priority")
    for field in (*LIMITS, "delay", "wait_limit"):
        if not 0 <= fields.get(field, 0) <= MAX_SECONDS:
            raise Invalid(_("Give a number from 0 to {n}.").format(n=MAX_SECONDS), field=field)


def _check_name(project: Project, name: str) -> None:
    if not name.strip():
        raise Invalid(_("A flow needs a name."), field="name")
    if len(name) > NAME_LENGTH:
        raise Invalid(
            _("A name has at most {n} characters; this one has {has}.").format(n=NAME_LENGTH, has=len(name)),
            field="name",
        )
    if Flow.objects.filter(project=project, name=name).exists():
        raise _name_taken(name)


def _check_folder(project: Project, folder: Folder) -> None:
    if folder.project_id != project.pk or folder.tree != Tree.FLOW:
        raise Invalid(_("This is not a folder for flows of this project."), field="folder")


def _saved(flow: Flow) -> Flow:
    """The race for a name is decided by the database."""
    try:
        with transaction.atomic():
            flow.save()
    except IntegrityError:
        raise _name_taken(flow.name) from None
    return flow


def _name_taken(name: str) -> Conflict:
    return Conflict(
        _("There is already a flow called {name} in this project.").format(name=name), field="name"
    )


def _free_name(flow: Flow) -> str:
    taken = set(Flow.objects.filter(project=flow.project_id).values_list("name", flat=True))
    for number in range(1, len(taken) + 2):
        suffix = "_copy" if number == 1 else f"_copy{number}"
        name = flow.name[: NAME_LENGTH - len(suffix)] + suffix
        if name not in taken:
            return name
    raise AssertionError("more names than flows are free")
