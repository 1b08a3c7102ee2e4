"""What changes a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.drawings.locks import check_lock, release_lock
from apps.drawings.models import Document
from apps.jobs.allowed import check_allowed
from apps.jobs.checks import JOB_TREES, check_fields, check_for_kind, check_kind, check_resources
from apps.jobs.logs import remove_files
from apps.jobs.models import Job, Resource
from apps.jobs.pictures import draw_job
from apps.jobs.storage.addresses import MASK, join_secret, secrets_in, split_secret
from apps.jobs.variables import with_kept_secrets
from apps.lib.errors import Conflict, Invalid
from apps.lib.rows import assign, check_known, clean_name
from apps.projects.actions import record_audit, root_folder
from apps.projects.models import Folder, Project, Tree, User

COPIED = (
    "kind",
    "description",
    "content",
    "adhoc",
    "fail_act",
    "max_retry",
    "retry_interval",
    "retry_policy",
    "recurrence",
    "max_running_seconds",
    "start_timeout",
    "mode",
    "loss_policy",
    "cluster",
    "cluster_id_given",
    "params_text",
    "env_text",
    "run_conf_text",
    "monitor_conf_text",
    "alert_conf_text",
    "variables_text",
    "source_dialect",
    "source_text",
)
FIELDS = frozenset((*COPIED, "document", "resources")) - {"kind"}
#: How many flows a refusal names before it counts the rest.
NAMED_FLOWS = 5


@transaction.atomic
def create_job(
    project: Project, *, name: str, kind: str, by: User | None, folder: Folder | None = None, **fields: Any
) -> Job:
    """A new job in `folder`, else at the top of its tree."""
    check_known(fields, FIELDS)
    name = clean_name(name)
    check_kind(kind)
    check_fields(fields)
    check_allowed(project, fields.get("cluster"), fields.get("run_conf_text", ""))
    if "variables_text" in fields:
        fields["variables_text"] = with_kept_secrets(fields["variables_text"], "")
    check_for_kind(kind, {"content": "", **fields})
    resources = fields.pop("resources", ())
    fields |= _kept_apart(fields)
    folder = folder or root_folder(project, Tree.ADHOC if fields.get("adhoc") else Tree.JOB)
    _check_folder(project, folder)
    fields.setdefault("adhoc", folder.tree == Tree.ADHOC)
    job = Job.objects.create(
        project=project, folder=folder, name=name, kind=kind, created_by=by, modified_by=by, **fields
    )
    _set_resources(job, resources)
    draw_job(job, by=by)
    record_audit("create", job, by=by, project=project)
    return job


@transaction.atomic
def update_job(job: Job, *, by: User | None, **fields: Any) -> Job:
    """Change `name`, `folder`, `resources` or any setting. What a job's kind is stays."""
    check_lock(job.edit_subject, by=by)
    check_known(fields, FIELDS | {"name", "folder", "kind"})
    if fields.pop("kind", job.kind) != job.kind:
        raise Invalid(
            _("The kind of job %(name)s cannot be changed. Make a new job instead.") % {"name": job.name},
            field="kind",
        )
    check_fields(fields)
    if "run_conf_text" in fields or "cluster" in fields:
        check_allowed(
            job.project, fields.get("cluster", job.cluster), fields.get("run_conf_text", job.run_conf_text)
        )
    check_for_kind(
        job.kind, {name: value for name, value in fields.items() if value != getattr(job, name, None)}
    )
    if "name" in fields:
        fields["name"] = clean_name(fields["name"])
    if fields.get("folder"):
        _check_folder(job.project, fields["folder"])
        if fields["folder"].tree != job.folder.tree:
            fields["adhoc"] = fields["folder"].tree == Tree.ADHOC
    if "variables_text" in fields:
        fields["variables_text"] = with_kept_secrets(fields["variables_text"], job.variables_text)
    resources = fields.pop("resources", None)
    fields |= _kept_apart(fields)
    changed = [name for name, value in fields.items() if getattr(job, name) != value]
    if resources is not None and _set_resources(job, resources):
        changed.append("resources")
    if changed:
        assign(job, fields | {"modified_by": by})
        if "content" in changed:
            draw_job(job, by=by)
        record_audit("update", job, by=by, project=job.project, fields=changed)
    return job


@transaction.atomic
def clone_job(job: Job, *, by: User | None, name: str = "") -> Job:
    """A copy beside the job, with its settings, resources and a drawing of its own."""
    fields = {field: getattr(job, field) for field in COPIED if field != "kind"}
    if job.document is not None:
        fields["document"] = Document.objects.create(
            project=job.project, kind=job.document.kind, text=job.document.text, modified_by=by
        )
    fields["resources"] = [(join_secret(each.path, each.secret), each.alias) for each in job.resources.all()]
    return create_job(
        job.project, name=name or _free_name(job), kind=job.kind, by=by, folder=job.folder, **fields
    )


@transaction.atomic
def delete_job(job: Job, *, by: User | None) -> None:
    """Delete a job with its own runs. Refused while a flow uses it or a run of it goes on."""
    flows = flows_using(job)
    if flows:
        raise Conflict(_used_by(job, flows))
    if job.runs.filter(ended_at__isnull=True).exists():
        raise Conflict(_("Job %(name)s is running. Kill its run first.") % {"name": job.name})
    release_lock(job.edit_subject, by=by)
    record_audit("delete", job, by=by, project=job.project)
    document = job.document
    remove_files(job.runs.values_list("uid", flat=True))
    # Runs protect the revision they ran.
    job.runs.all().delete()
    job.delete()
    if document is not None:
        document.delete()


def flows_using(job: Job) -> list[str]:
    """Names of the flows whose drawing names the job (flows keeps the relation up to date)."""
    return list(job.used_by.order_by("flow__name").values_list("flow__name", flat=True))


def _used_by(job: Job, flows: list[str]) -> str:
    named = ", ".join(flows[:NAMED_FLOWS])
    if len(flows) > NAMED_FLOWS:
        named = _("%(names)s and %(count)d more") % {"names": named, "count": len(flows) - NAMED_FLOWS}
    return ngettext(
        "Job %(name)s is used by flow %(flows)s. Take it out of the drawing first.",
        "Job %(name)s is used by flows %(flows)s. Take it out of their drawings first.",
        len(flows),
    ) % {"name": job.name, "flows": named}


def _free_name(job: Job) -> str:
    """ "X copy", "X copy 2", …: the first that is free in the folder."""
    taken = set(job.folder.jobs.values_list("name", flat=True))
    number = 1
    while True:
        suffix = " copy" if number == 1 else f" copy {number}"
        name = job.name[: 128 - len(suffix)] + suffix
        if name not in taken:
            return name
        number += 1


def _check_folder(project: Project, folder: Folder) -> None:
    if folder.project_id != project.pk or folder.tree not in JOB_TREES:
        raise Invalid(_("Folder %(name)s holds no jobs.") % {"name": folder.name}, field="folder")


def _kept_apart(fields: Mapping[str, Any]) -> dict[str, str]:
    """What of a content is secret, for those who mask it."""
    return {"address_secrets": "\n".join(secrets_in(fields["content"]))} if "content" in fields else {}


def _set_resources(job: Job, resources: Iterable[tuple[str, str]]) -> bool:
    """Replace the list when it differs; whether it did. A secret that is hidden stays what it was."""
    resources = list(resources)
    check_resources(resources)
    before = list(job.resources.values_list("path", "alias", "secret"))
    secrets = {path: secret for path, _alias, secret in before}
    wanted = []
    for given, alias in resources:
        path, secret = split_secret(given)
        wanted.append((path, alias or "", secrets.get(path, "") if secret == MASK else secret))
    if wanted == before:
        return False
    job.resources.all().delete()
    Resource.objects.bulk_create(
        Resource(job=job, position=position, path=path, alias=alias, secret=secret)
        for position, (path, alias, secret) in enumerate(wanted)
    )
    return True
