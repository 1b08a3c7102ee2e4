"""The versions of a flow beside each other: its revisions, and the draft that is being edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from apps.drawings.actions import replace_text
from apps.engine.comparison import Comparison, compare, operations
from apps.engine.drafts import UnreadableGraph, parse_json
from apps.flows.actions import refresh_uses
from apps.flows.backfilled import Backfill
from apps.flows.job_versions import fields_of
from apps.flows.models import Flow, Revision, Run
from apps.flows.revisions import ON_FAILURE, settings_of, unfrozen
from apps.flows.version_lines import Line, differing, spelt
from apps.jobs.actions import update_job
from apps.jobs.models import Job
from apps.lib.errors import Conflict, NotFound
from apps.projects.actions import record_audit
from apps.projects.models import Cluster, User

DRAFT = "draft"
#: Of a compiled node, what the drawing tells by itself or what is another for each host.
_UNTOLD = frozenset({"id", "job", "digest", "children"})


@dataclass(frozen=True)
class Version:
    """A flow as it was, or is. `nodes` are its compiled nodes, `jobs` what is frozen of them, by id."""

    key: str
    drawing: str
    nodes: Mapping[str, dict[str, Any]]
    jobs: Mapping[str, Any]
    settings: Mapping[str, Any]
    revision: Revision | None = None

    @cached_property
    def graph(self) -> dict[str, Any]:
        parsed: dict[str, Any] = parse_json(self.drawing)
        return parsed


@dataclass(frozen=True)
class Change:
    """What differs about one node, or about the flow (`id` is empty), as lines of "+", "-" and " "."""

    id: str
    name: str
    sort: str
    settings: list[Line] = field(default_factory=list)
    content: list[Line] = field(default_factory=list)


def version_of(flow: Flow, key: str) -> Version:
    """The version with that number, or the draft. Raises NotFound, or Conflict when it is no graph."""
    if key == DRAFT:
        return _draft(flow)
    revision = flow.revisions.filter(number=int(key)).first() if key.isdigit() and len(key) < 9 else None
    if revision is None:
        raise NotFound(_("This flow has no version {key}.").format(key=key))
    return of_revision(revision)


def of_revision(revision: Revision) -> Version:
    frozen = {one.digest: one for one in revision.frozen.all()}
    settings = {**revision.settings, "alerts": revision.alert_rules}
    return _version(
        str(revision.number), revision.drawing, revision.nodes, frozen, settings, revision=revision
    )


def _draft(flow: Flow) -> Version:
    try:
        compiled, frozen = unfrozen(flow)
    except UnreadableGraph as error:
        raise Conflict(error.problem.message) from None
    settings = {**settings_of(flow), "alerts": flow.alert_rules}
    return _version(DRAFT, flow.document.text, compiled, frozen, settings)


def _version(
    key: str,
    drawing: str,
    compiled: list[dict[str, Any]],
    frozen: Mapping[str, Any],
    settings: dict[str, Any],
    *,
    revision: Revision | None = None,
) -> Version:
    clusters: dict[Any, str] = dict(Cluster.objects.values_list("pk", "name"))
    nodes = {node["id"]: {**node, "cluster": clusters.get(node["cluster"])} for node in compiled}
    jobs = {one: frozen[node["digest"]] for one, node in nodes.items() if node["digest"] in frozen}
    named = {**settings, "cluster": clusters.get(settings.get("cluster"))}
    return Version(key, drawing, nodes, jobs, named, revision)


def compared(before: Version, after: Version) -> Comparison:
    both = before.nodes.keys() & after.nodes.keys()
    changed = {key for key in both if _told(before.nodes[key]) != _told(after.nodes[key])}
    changed |= {key for key in both if before.nodes[key]["digest"] != after.nodes[key]["digest"]}
    return compare(before.graph, after.graph, changed)


def changes(before: Version, after: Version, comparison: Comparison) -> list[Change]:
    """Everything that differs in words: the flow's settings, then node by node."""
    settings = differing(spelt(before.settings), spelt(after.settings))
    found = [Change("", "", "changed", settings)] if settings else []
    return found + [_change(before, after, key, sort) for key, sort in comparison.nodes.items()]


def _change(before: Version, after: Version, key: str, sort: str) -> Change:
    node = after.nodes.get(key) or before.nodes.get(key) or {}
    name = node.get("name") or (node.get("kind") or key).capitalize()
    if sort == "moved":
        return Change(key, name, sort)
    old, new = before.jobs.get(key), after.jobs.get(key)
    settings = differing(_all_of(before, key), _all_of(after, key))
    content = differing((old.content if old else "").splitlines(), (new.content if new else "").splitlines())
    return Change(key, name, sort, settings, content)


def _all_of(version: Version, key: str) -> list[str]:
    """What is set of a node and of its job, a line each."""
    if key not in version.nodes:
        return []
    job = version.jobs.get(key)
    return spelt(_told(version.nodes[key])) + spelt(
        {f"job {n}": v for n, v in (job.settings if job else {}).items()}
    )


def _told(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key not in _UNTOLD}


def unpublished(flow: Flow) -> Comparison | None:
    """What the draft has that the published version has not; None when it cannot be told or is nothing."""
    if flow.published is None:
        return None
    try:
        before, after = of_revision(flow.published), _draft(flow)
    except Conflict:
        return None
    found = compared(before, after)
    meant = {key: sort for key, sort in found.nodes.items() if sort != "moved"}
    return found if meant or found.edges or before.settings != after.settings else None


def in_force(thing: Flow | Job) -> int | None:
    """The primary key of what is published of a flow, or of the newest revision of a job."""
    if isinstance(thing, Flow):
        return thing.published_id
    return thing.revisions.values_list("pk", flat=True).first()


@transaction.atomic
def drop_unused(thing: Flow | Job, *, by: User | None) -> None:
    """Delete its revisions but those that ran or are to run, what is published, and the newest."""
    newest = thing.revisions.values_list("pk", flat=True).first()
    runs = Run.objects.filter(revision=OuterRef("pk"))
    backfills = Backfill.objects.filter(revision=OuterRef("pk"))
    unused = thing.revisions.exclude(pk__in=[pk for pk in (newest, in_force(thing)) if pk])
    count, _of_each = unused.exclude(Exists(runs)).exclude(Exists(backfills)).delete()
    if count:
        record_audit("clean_up", thing, by=by, project=thing.project)


def jobs_since(flow: Flow, version: Version) -> dict[str, tuple[Job, dict[str, Any]]]:
    """The jobs of a version that are other ones now, by node, with the fields as they were."""
    pks = {node["job"] for node in version.nodes.values() if node["job"]}
    jobs = Job.objects.filter(project=flow.project_id, pk__in=pks).select_related("folder", "project")
    by_pk = {job.pk: job for job in jobs.prefetch_related("resources")}
    found = {}
    for key, frozen in version.jobs.items():
        node = version.nodes[key]
        if (job := by_pk.get(node["job"])) is None:
            continue
        then = {**fields_of(frozen), **_of_node(node)}
        now = {name: getattr(job, name) for name in then if name != "resources"}
        now["resources"] = [(one.path, one.alias) for one in job.resources.all()]
        if now != then:
            found[key] = (job, then)
    return found


def _of_node(node: Mapping[str, Any]) -> dict[str, Any]:
    """What a compiled node has of its job."""
    return {
        "max_retry": node["max_retry"],
        "retry_interval": node["retry_interval"],
        "max_running_seconds": node["timeout"],
        "fail_act": next(act for act, value in ON_FAILURE.items() if value == node["on_failure"]),
    }


@transaction.atomic
def restore_jobs(flow: Flow, version: Version, *, by: User | None, node: str = "") -> int:
    """Make the jobs of a version what they were, or that of one node; how many that changed.

    Other flows that use them get them too.
    """
    since = jobs_since(flow, version)
    wanted = {job.pk: (job, then) for key, (job, then) in since.items() if not node or key == node}
    for job, then in wanted.values():
        update_job(job, by=by, **then)
    return len(wanted)


def restoring(flow: Flow, version: Version) -> list[dict[str, Any]]:
    """The operations by which an open editor takes the drawing of that version back, as one step."""
    return operations(parse_json(flow.document.text), version.graph)


def restore(flow: Flow, version: Version, *, by: User | None) -> None:
    """Make the draft's drawing that of `version`, as one step that open editors notice."""
    label = _("Restore version {number}").format(number=version.key)
    flow.document = replace_text(flow.document, version.drawing, by=by, label=label)
    refresh_uses(flow)
