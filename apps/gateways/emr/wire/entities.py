"""Things by the names that the calls about any kind of thing give them: EntityType and EntityId."""

from __future__ import annotations

import json
from typing import Any

from apps.drawings.models import Lock
from apps.flows.models import Flow
from apps.gateways.emr.wire.ids import PREFIXES, spell_id
from apps.gateways.emr.wire.projects import account_id
from apps.gateways.emr.wire.times import millis
from apps.jobs.models import Job
from apps.lib.ids import spell
from apps.projects.models import AuditEntry, Project

#: What the audit calls a subject -> (EntityType, the kind of its id). The reference lists no values.
TYPES: dict[str, tuple[str, str]] = {
    "project": ("PROJECT", "project"),
    "folder": ("CATEGORY", "folder"),
    "job": ("JOB", "job"),
    "flow": ("FLOW", "flow"),
    "run": ("FLOW_INSTANCE", "run"),
}
#: The status of an edit lock; the reference names none.
LOCKED = "LOCKED"


def kind_of(text: str) -> str | None:
    """The kind of thing whose id `text` looks like.

    >>> kind_of("FJ-00000000000000FF"), kind_of("nonsense")
    ('job', None)
    """
    prefix = text.partition("-")[0] + "-"
    return next((kind for kind, known in PREFIXES.items() if known == prefix), None)


def type_of(thing: Flow | Job | Project) -> str:
    return TYPES[str(thing._meta.model_name)][0]


def subject_kinds(entity_type: str) -> list[str]:
    """What the audit calls the things of an EntityType; one that is not known here names none."""
    kinds = [kind for kind, (word, _) in TYPES.items() if word == entity_type.strip().upper()]
    return kinds or [entity_type.strip().lower()]


def render_audit_entry(entry: AuditEntry) -> dict[str, Any]:
    """`project`, its owner and `user` come with the entry. What was refused is not in the audit."""
    word, kind = TYPES.get(entry.subject_kind, (entry.subject_kind.upper(), ""))
    return {
        "EntityGroupId": spell_id("project", entry.project) if entry.project else "",
        "EntityType": word,
        "EntityId": PREFIXES[kind] + spell(entry.subject_uid) if kind else str(entry.subject_uid),
        "Operation": entry.verb.upper(),
        "Content": json.dumps({"name": entry.subject_name, **entry.detail}, ensure_ascii=False),
        "UserId": account_id(entry.project.owner) if entry.project else "",
        "OperatorId": account_id(entry.user),
        "Ts": millis(entry.at),
        "Status": "SUCCESS",
    }


def render_lock_detail(lock: Lock | None) -> str:
    """Who is editing, as JSON text; the reference shows an empty object for nobody, and nothing else."""
    if lock is None:
        return "{}"
    told = {"userId": account_id(lock.holder), "userName": lock.holder.get_username()}
    times = {"gmtCreate": millis(lock.taken_at), "gmtExpire": millis(lock.expires_at)}
    return json.dumps({"status": LOCKED} | told | times, separators=(",", ":"))


def render_relations(nodes: dict[str, Flow | Job], edges: list[tuple[str, str, str]]) -> str:
    """Things by id, and (from, to, how) between them, as the JSON text of a graph."""
    return json.dumps(
        {
            "nodes": [
                {
                    "entityId": entity_id,
                    "entityType": type_of(thing),
                    "name": thing.name,
                    "projectId": spell_id("project", thing.project),
                }
                for entity_id, thing in nodes.items()
            ],
            "edges": [
                {"source": source, "target": target, "relationship": how} for source, target, how in edges
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
