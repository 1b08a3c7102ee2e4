"""Kinds whose jobs are run by a module of ours."""

from __future__ import annotations

import json
from typing import Any

from apps.jobs.kinds.contract import Command, Work
from apps.jobs.modules import module_argv, module_env

#: The log is read while the job runs: lines must not wait in a buffer.
UNBUFFERED = {"PYTHONUNBUFFERED": "1"}


def module_command(work: Work, module: str, spec: dict[str, Any], **env: str) -> Command:
    """The module on a spec that only the owner may read."""
    path = work.base.with_name(work.base.name + ".json")
    script = (path, json.dumps(spec, ensure_ascii=False))
    return Command(module_argv(module, str(path)), script=script, env={**module_env(), **UNBUFFERED, **env})
