"""Entity snapshots: the revisions of flows and jobs, committed, listed, compared, restored and cleaned up."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.flows import job_versions, versions
from apps.flows.models import Flow, Revision
from apps.flows.revisions import freeze_flow, freeze_job
from apps.gateways.emr import finding
from apps.gateways.emr.wire import snapshots as wire
from apps.gateways.emr.wire.entities import type_of
from apps.gateways.emr.wire.paging import read_window, render_page, wrap
from apps.gateways.emr.wire.projects import read_account_id
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.gateways.rpc.parameters import read_list
from apps.jobs.models import Job
from apps.lib.errors import NotFound
from apps.projects.access import Verb

LONGEST_MESSAGE = 256
ORDERS = ("ASC", "DESC")


def commit(asked: Asked) -> dict[str, Any]:
    """Keep the flow or job as it is now; Data is the number of the revision."""
    thing = _thing(asked, "edit")
    message = asked.p.text("Message", LONGEST_MESSAGE) or ""
    if isinstance(thing, Flow):
        revision = freeze_flow(thing, by=asked.user, message=message)
    else:
        revision = freeze_job(thing, by=asked.user, message=message)
    return {"Data": str(revision.number)}


def list_snapshots(asked: Asked) -> dict[str, Any]:
    """The revisions, newest first."""
    thing, p = _thing(asked), asked.p
    rows = _revisions(thing)
    if text := p.text("CommitterId"):
        rows = rows.filter(created_by__uid=read_account_id(text))
    if text := p.text("Revision"):
        rows = rows.filter(number=_number(text, "Revision"))
    if p.choice("OrderMode", ORDERS) == "ASC":
        rows = rows.order_by("number")
    window = read_window(p)
    active = versions.in_force(thing)
    items = [wire.render_snapshot(row, thing, active) for row in rows[window.slice]]
    return render_page(window, rows.count(), wrap("Items", "Item", items), "TotalCount")


def describe(asked: Asked) -> dict[str, Any]:
    """One revision; the newest when Revision is left out."""
    thing = _thing(asked)
    return wire.render_snapshot(_revision(asked, thing, "Revision"), thing, versions.in_force(thing))


def diff(asked: Asked) -> dict[str, Any]:
    """The difference of two revisions as text, empty when there is none."""
    thing = _thing(asked)
    before, after = (_revision(asked, thing, name) for name in ("SrcRevision", "DstRevision"))
    if isinstance(thing, Job):
        return {"Data": job_versions.difference(before, after)}
    old, new = versions.of_revision(before), versions.of_revision(after)
    return {"Data": wire.render_changes(versions.changes(old, new, versions.compared(old, new)))}


def restore(asked: Asked) -> dict[str, Any]:
    """Make the draft of a flow, or a job, what it was in a revision."""
    thing = _thing(asked, "edit")
    asked.p.need("Revision")
    revision = _revision(asked, thing, "Revision")
    if isinstance(thing, Flow):
        versions.restore(thing, versions.of_revision(revision), by=asked.user)
    else:
        job_versions.restore_job(thing, revision, by=asked.user)
    return {"Data": True}


def clean_up(asked: Asked) -> dict[str, Any]:
    """Drop the revisions that nothing ran or is to run, but what is published and the newest."""
    ids = read_list("EntityIdList", asked.p.need("EntityIdList"))
    things = [_versioned(finding.entity_of(asked, text, "edit"), "EntityIdList") for text in ids]
    with transaction.atomic():
        for thing in things:
            versions.drop_unused(thing, by=asked.user)
    return {"Data": True}


def _thing(asked: Asked, verb: Verb = "view") -> Flow | Job:
    thing = _versioned(finding.entity(asked, verb), "EntityId")
    given = asked.p.text("EntityType")
    if given and given.strip().upper() != type_of(thing):
        raise invalid_parameter("EntityType", f"{asked.p.text('EntityId')} is a {type_of(thing)}")
    return thing


def _versioned(thing: Any, name: str) -> Flow | Job:
    if not isinstance(thing, Flow | Job):
        raise invalid_parameter(name, "only flows and jobs have snapshots")
    return thing


def _revisions(thing: Flow | Job) -> QuerySet[Revision]:
    return thing.revisions.select_related("created_by").prefetch_related("frozen").order_by("-number")


def _revision(asked: Asked, thing: Flow | Job, name: str) -> Revision:
    text = asked.p.text(name)
    rows = _revisions(thing)
    found = rows.filter(number=_number(text, name)).first() if text else rows.first()
    if found is None:
        raise NotFound(
            f"{thing.name} has no revision {text}." if text else f"{thing.name} has no revision yet."
        )
    return found


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid_parameter(name, "a revision is a whole number")
    return int(text)


OPERATIONS: dict[str, Operation] = {
    "CommitFlowEntitySnapshot": commit,
    "ListFlowEntitySnapshot": list_snapshots,
    "DescribeFlowEntitySnapshot": describe,
    "DiffFlowEntitySnapshot": diff,
    "RestoreFlowEntitySnapshot": restore,
    "CleanupFlowEntitySnapshot": clean_up,
}
