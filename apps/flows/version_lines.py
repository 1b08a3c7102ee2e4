"""What is set of a flow, of its nodes and of their jobs in words, and how two texts differ line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.engine.rules import TriggerRule
from apps.flows.revisions import ON_FAILURE
from apps.jobs.kinds import KINDS
from apps.jobs.models import Job

#: Lines around a difference.
CONTEXT = 3
#: Longer contents are not compared line by line, which takes time that grows with their product.
MAX_LINES = 5000

#: What is set of a node, of its job and of a flow, as people call it.
LABELS: dict[str, Promise] = {
    "name": gettext_lazy("Label"),
    "kind": gettext_lazy("Kind"),
    "cluster": gettext_lazy("Cluster"),
    "host": gettext_lazy("Host"),
    "rule": gettext_lazy("Starts when"),
    "on_failure": gettext_lazy("When it fails"),
    "max_retry": gettext_lazy("Retries"),
    "retry_interval": gettext_lazy("Seconds between tries"),
    "timeout": gettext_lazy("Time limit in seconds"),
    "skips": gettext_lazy("Disabled"),
    "alerts": gettext_lazy("Alerts"),
    "run_timeout": gettext_lazy("time limit of a run, s"),
    "start_timeout": gettext_lazy("nodes start within, s"),
    "params": gettext_lazy("Parameters"),
    "job name": gettext_lazy("Job"),
    "job params": gettext_lazy("Parameters of the job"),
    "job env": gettext_lazy("Environment"),
    "job run_conf": gettext_lazy("Run settings"),
    "job mode": gettext_lazy("Mode"),
    "job loss": gettext_lazy("When its host is lost"),
    "job resources": gettext_lazy("Resources"),
}

#: How a value is called of which people know the words only.
WORDS: dict[str, Mapping[Any, Any]] = {
    "kind": {name: kind.label for name, kind in KINDS.items()},
    "rule": {
        TriggerRule.ALL_SUCCEEDED: gettext_lazy("all before it have succeeded"),
        TriggerRule.ALL_ENDED: gettext_lazy("all before it have ended"),
        TriggerRule.ONE_SUCCEEDED: gettext_lazy("one before it has succeeded"),
    },
    "on_failure": {value: act.label for act, value in ON_FAILURE.items()},
    "job mode": dict(Job.Mode.choices),
    "job loss": dict(Job.Loss.choices),
}

#: "+", "-" or " " and the text; "@" where lines are left out.
Line = tuple[str, str]


def spelt(settings: Mapping[str, Any]) -> list[str]:
    """What is set, a line each; what is empty is not told."""
    filled = {key: value for key, value in settings.items() if value not in ("", None, [], {}, 0)}
    return [f"{capfirst(str(LABELS.get(key, key)))}: {_word(key, value)}" for key, value in filled.items()]


def _word(key: str, value: Any) -> str:
    if isinstance(value, str):
        return str(WORDS.get(key, {}).get(value, value))
    return _("yes") if value is True else json.dumps(value, ensure_ascii=False)


def differing(before: list[str], after: list[str]) -> list[Line]:
    """Where they differ, with some lines around; nothing when they are the same."""
    if before == after:
        return []
    if max(len(before), len(after)) > MAX_LINES:
        return [(" ", _("It is too long to be compared line by line."))]
    return list(_grouped(before, after))


def _grouped(before: list[str], after: list[str]) -> Iterator[Line]:
    end = 0
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT):
        if group[0][1] > end:
            yield "@", ""
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from ((" ", line) for line in before[i1:i2])
                continue
            yield from (("-", line) for line in before[i1:i2])
            yield from (("+", line) for line in after[j1:j2])
        end = group[-1][2]
    if end < len(before):
        yield "@", ""
