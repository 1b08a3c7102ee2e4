"""The versions of a job: what was frozen of it when it was committed or ran alone."""

from __future__ import annotations

import difflib
import json
from typing import Any

from apps.flows.models import Revision
from apps.jobs.actions import update_job
from apps.jobs.models import Frozen, Job
from apps.projects.models import User

#: What is frozen of a job -> the field that it comes from.
FIELDS = {
    "params": "params_text",
    "env": "env_text",
    "run_conf": "run_conf_text",
    "mode": "mode",
    "loss": "loss_policy",
}


def frozen_of(revision: Revision) -> Frozen:
    frozen: Frozen = revision.frozen.get()
    return frozen


def difference(before: Revision, after: Revision) -> str:
    """A unified diff of the two; empty when they are the same."""
    old, new = (_lines(frozen_of(each)) for each in (before, after))
    return "\n".join(difflib.unified_diff(old, new, f"{before.number}", f"{after.number}", lineterm=""))


def restore_job(job: Job, revision: Revision, *, by: User | None) -> None:
    """Give the job the content and settings that it had."""
    update_job(job, by=by, **fields_of(frozen_of(revision)))


def fields_of(frozen: Frozen) -> dict[str, Any]:
    """What makes a job again what was frozen of it."""
    fields: dict[str, Any] = {
        field: frozen.settings[name] for name, field in FIELDS.items() if name in frozen.settings
    }
    resources = [(path, alias) for path, alias in frozen.settings["resources"]]
    return {"content": frozen.content, "resources": resources, **fields}


def _lines(frozen: Frozen) -> list[str]:
    settings = {name: value for name, value in frozen.settings.items() if value not in ("", [], None)}
    return [f"{name}: {json.dumps(value)}" for name, value in settings.items()] + frozen.content.splitlines()
