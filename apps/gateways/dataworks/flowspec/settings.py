"""The parts that workflows and nodes share: scripts, triggers, strategies and parameters."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from apps.gateways.dataworks.flowspec.fields import (
    MAX_WHOLE,
    Note,
    choice_of,
    dict_of,
    dicts_of,
    pick,
    spelt,
    text_of,
    whole_of,
)
from apps.gateways.dataworks.flowspec.model import Strategy, Trigger

TRIGGER_KINDS = ("Scheduler", "Manual", "Streaming", "None", "Custom", "TriggerWorkflow")
RERUN_MODES = ("Allowed", "FailureAllowed", "Denied", "AllAllowed", "AllDenied")
RECURRENCES = ("Normal", "Skip", "Pause", "NoneAuto")
FAILURES = ("Continue", "Break")
#: Seconds in a unit; hours when none is given.
UNITS = {
    "NANOSECONDS": 1e-9,
    "MICROSECONDS": 1e-6,
    "MILLISECONDS": 1e-3,
    "SECONDS": 1.0,
    "MINUTES": 60.0,
    "HOURS": 3600.0,
    "DAYS": 86400.0,
}
#: A window that ends in this year or later has no end.
OPEN_YEAR = 9999
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def read_command(script: Any) -> str:
    return text_of(pick(pick(script, "runtime"), "command")).strip()


def read_content(script: Any) -> str:
    content = pick(script, "content", "code")
    return content if isinstance(content, str) else spelt(content)


def read_trigger(trigger: Any, path: str, notes: list[Note]) -> Trigger:
    kind = choice_of(pick(trigger, "type"), TRIGGER_KINDS, f"{path}.type")
    return Trigger(
        kind=kind,
        cron=" ".join(text_of(pick(trigger, "cron")).split()),
        start=_read_time(pick(trigger, "startTime"), f"{path}.startTime", notes),
        end=_read_time(pick(trigger, "endTime"), f"{path}.endTime", notes),
        zone=text_of(pick(trigger, "timezone", "timeZone")).strip(),
        delay_seconds=whole_of(pick(trigger, "delaySeconds")) or 0,
    )


def read_strategy(source: dict[str, Any], path: str) -> Strategy:
    """From the node (or workflow) and its `strategy`; what stands on the node itself wins."""
    grouped = dict_of(pick(source, "strategy"))

    def find(*names: str) -> Any:
        found = pick(source, *names)
        return pick(grouped, *names) if found is None else found

    unit = text_of(find("timeoutUnit")).upper().strip() or "HOURS"
    timeout, interval = whole_of(find("timeout")), whole_of(find("rerunInterval"))
    recurrence = find("recurrence", "recurrenceType") or pick(pick(source, "trigger"), "recurrence")
    return Strategy(
        retries=whole_of(find("rerunTimes")),
        retry_seconds=None if interval is None else -(-interval // 1000),
        timeout_seconds=None
        if timeout is None
        else min(-(-int(timeout * UNITS.get(unit, 3600.0) * 1000) // 1000), MAX_WHOLE),
        rerun_mode=choice_of(find("rerunMode"), RERUN_MODES, f"{path}.rerunMode").removeprefix("All") or "",
        recurrence=choice_of(recurrence, RECURRENCES, f"{path}.recurrence"),
        failure=choice_of(pick(grouped, "failureStrategy"), FAILURES, f"{path}.strategy.failureStrategy"),
    )


def combine(own: Strategy, whole: Strategy) -> Strategy:
    """What holds for a node: its own, else that of its workflow."""

    def first(mine: Any, theirs: Any) -> Any:
        return theirs if mine is None or mine == "" else mine

    return Strategy(
        retries=first(own.retries, whole.retries),
        retry_seconds=first(own.retry_seconds, whole.retry_seconds),
        timeout_seconds=first(own.timeout_seconds, whole.timeout_seconds),
        rerun_mode=first(own.rerun_mode, whole.rerun_mode),
        recurrence=own.recurrence,
        failure=whole.failure,
    )


def read_parameters(*lists: Any, path: str, notes: list[Note]) -> dict[str, str]:
    """Name to value as written. A value that another node would hand over has none here."""
    parameters: dict[str, str] = {}
    for items in lists:
        for place, variable in enumerate(dicts_of(items)):
            name = text_of(pick(variable, "name")).strip() or f"param{place + 1}"
            if pick(variable, "referenceVariable", "from") is not None:
                notes.append(
                    Note(
                        "cannot_run",
                        f"{path}[{place}]",
                        f"parameter {name} comes from another node: not handed over yet",
                    )
                )
            parameters.setdefault(name, spelt(pick(variable, "value")))
    return parameters


def _read_time(value: Any, path: str, notes: list[Note]) -> datetime | None:
    text = re.sub(r"[T ]+", " ", text_of(value).strip()).removesuffix("Z")
    if not text:
        return None
    if text[:4].isdigit() and int(text[:4]) >= OPEN_YEAR:
        return None
    for form in _TIMES:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    notes.append(Note("kept", path, f"{text[:40]} is no time: the window stays open there"))
    return None
