"""Revisions as entity snapshots."""

from __future__ import annotations

import json
from typing import Any

from apps.flows.models import Flow, Revision
from apps.flows.versions import Change
from apps.gateways.emr.wire.entities import type_of
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.projects import account_id
from apps.gateways.emr.wire.times import millis
from apps.jobs.models import Job


def render_snapshot(revision: Revision, thing: Flow | Job, active: int | None) -> dict[str, Any]:
    return {
        "EntityId": spell_id(type_of(thing).lower(), thing),
        "EntityType": type_of(thing),
        "EntityGroupId": spell_id("project", thing.project),
        "Revision": str(revision.number),
        "Message": revision.message,
        "UserId": account_id(thing.project.owner),
        "CommitterId": account_id(revision.created_by),
        "GmtCreate": millis(revision.created_at),
        "Active": revision.pk == active,
        "Data": _data(revision, thing),
    }


def render_changes(changes: list[Change]) -> str:
    """A line for each thing that differs, and below it what it was and is."""
    lines = []
    for change in changes:
        lines.append(f"{change.sort} {change.name or 'settings'}")
        lines += [f"  {sign}{text}" for sign, text in (*change.settings, *change.content)]
    return "\n".join(lines)


def _data(revision: Revision, thing: Flow | Job) -> str:
    """What was kept, in the words of the API: the drawing of a flow, the content of a job."""
    if isinstance(thing, Flow):
        return json.dumps({"graph": revision.drawing, "paramConf": revision.settings.get("params", {})})
    [frozen] = revision.frozen.all()
    told = {"type": frozen.kind, "params": frozen.content, "paramConf": frozen.settings.get("params", "")}
    return json.dumps(told, ensure_ascii=False)
