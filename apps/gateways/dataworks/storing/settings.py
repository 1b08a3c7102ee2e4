"""What a document's trigger, strategy and script become here."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from apps.engine import cron
from apps.gateways.dataworks.flowspec import NodeSpec, Note, Trigger, WorkflowSpec
from apps.gateways.dataworks.flowspec.fields import dict_of, pick, text_of
from apps.gateways.dataworks.storing.foreign import DIALECT
from apps.jobs.kinds import KINDS
from apps.jobs.kinds.assignment import ASSIGNMENT
from apps.jobs.kinds.dataworks import ANY, kind_of_command
from apps.jobs.models import MAX_RETRY, MAX_RETRY_INTERVAL, Job
from apps.lib.errors import Invalid
from apps.projects.models import Project

LONGEST_DESCRIPTION, LONGEST_NOTE, MOST_NOTES, LONGEST_CRON = 1024, 500, 200, 128
FAIL_ACTS = {"Break": Job.FailAct.STOP, "Continue": Job.FailAct.BLOCK, "": Job.FailAct.BLOCK}
RECURRENCES = {"Skip": Job.Recurrence.SKIP, "Pause": Job.Recurrence.PAUSE}
#: Zones that are written by other names than those of the IANA.
ZONES = {
    "china standard time": "Asia/Shanghai",
    "tokyo standard time": "Asia/Tokyo",
    "korea standard time": "Asia/Seoul",
    "singapore standard time": "Asia/Singapore",
    "eastern standard time": "America/New_York",
    "pacific standard time": "America/Los_Angeles",
    "z": "UTC",
    "gmt": "UTC",
}


def kind_of(node: NodeSpec) -> str:
    return kind_of_command(node.command)


def job_fields(node: NodeSpec) -> dict[str, Any]:
    """The settings of the job that runs a node."""
    strategy, kind = node.strategy, kind_of(node)
    retries = 0 if strategy.rerun_mode == "Denied" else min(strategy.retries or 0, MAX_RETRY)
    return {
        "name": node.name,
        "description": node.description[:LONGEST_DESCRIPTION],
        "content": node.content,
        "params_text": json.dumps(node.parameters, ensure_ascii=False) if node.parameters else "",
        "run_conf_text": _run_conf(node, kind),
        "max_retry": retries,
        "retry_interval": min(strategy.retry_seconds or 0, MAX_RETRY_INTERVAL),
        "max_running_seconds": strategy.timeout_seconds or 0,
        "recurrence": RECURRENCES.get(strategy.recurrence, Job.Recurrence.NORMAL),
        "fail_act": FAIL_ACTS[strategy.failure],
        "source_dialect": DIALECT,
        "source_text": json.dumps(node.source, ensure_ascii=False),
    }


def _run_conf(node: NodeSpec, kind: str) -> str:
    """What the runner must know: a command of its own, the language of an assignment, the data source."""
    if kind == ANY.name and node.command:
        return json.dumps({"command": node.command})
    language = text_of(pick(pick(node.source, "script"), "language")).strip().lower()
    if kind == ASSIGNMENT.name and language:
        return json.dumps({"language": language})
    source = text_of(dict_of(pick(node.source, "datasource")).get("name"))
    takes = any(setting.type == "connection" for setting in KINDS[kind].settings)
    return json.dumps({"connection": source}, ensure_ascii=False) if source and takes else ""


def trigger_of(spec: WorkflowSpec) -> Trigger:
    """When the workflow fires: its own trigger, else that of its first node that has one."""
    if spec.trigger.kind or spec.trigger.cron:
        return spec.trigger
    return next((node.trigger for node in spec.nodes if node.trigger.is_scheduled), spec.trigger)


def schedule_of(spec: WorkflowSpec, project: Project, kind: str, *, enabled: bool) -> dict[str, Any]:
    """The schedule as `set_schedule` takes it; an empty cron is none at all."""
    trigger = trigger_of(spec)
    if kind != "CycleWorkflow" or not trigger.is_scheduled:
        return {"cron": "", "enabled": False}
    zone = zone_of(trigger.zone) or project.time_zone
    if len(trigger.cron) > LONGEST_CRON:
        raise Invalid(f"trigger.cron has more than {LONGEST_CRON} characters.", field="cron")
    try:
        cron.parse(trigger.cron)
    except cron.CronError as error:
        raise Invalid(f"trigger.cron: {error}", field="cron") from None
    waits = any(external.kind == "CrossCycleDependsOnSelf" for external in spec.externals)
    return {
        "cron": trigger.cron,
        "time_zone": zone,
        "start_at": _at(trigger.start, zone),
        "end_at": _at(trigger.end, zone),
        "enabled": enabled,
        "overlap": "wait" if waits else "parallel",
    }


def zone_of(name: str) -> str:
    """The IANA name of a zone, or nothing when there is no such zone.

    >>> zone_of("Asia/shanghai"), zone_of("GMT+8"), zone_of("UTC-03:00"), zone_of("Mars")
    ('Asia/Shanghai', 'Etc/GMT-8', 'Etc/GMT+3', '')
    """
    plain = name.strip().lower()
    if plain in ZONES:
        return ZONES[plain]
    if plain[:3] in ("gmt", "utc") and plain[3:4] in ("+", "-"):
        hours, _, minutes = plain[4:].partition(":")
        if hours.isdigit() and int(hours) <= 12 and not minutes.strip("0"):
            # The signs of Etc are the other way round.
            sign = "-" if plain[3] == "+" else "+"
            return f"Etc/GMT{sign}{int(hours)}" if int(hours) else "UTC"
    return next((known for known in available_timezones() if known.lower() == plain), "") if plain else ""


def notes_of(spec: WorkflowSpec) -> list[Note]:
    """What of the workflow has no effect here, or cannot run."""
    notes = list(spec.notes)
    zone = trigger_of(spec).zone
    if zone and not zone_of(zone):
        notes.append(
            Note("kept", "$.trigger.timezone", f"there is no time zone {zone}: the project's is used")
        )
    for node in spec.nodes:
        kind = KINDS[kind_of(node)]
        if not node.stands_for and (kind.name == ANY.name or not kind.is_built) and kind.name != "VIRTUAL":
            what = f"command {node.command}" if node.command else "a node without a command"
            notes.append(
                Note("cannot_run", f"node {node.name}", f"{what} is stored, but there is no runner for it")
            )
    for external in spec.externals:
        if external.kind != "Normal":
            who = "the workflow" if external.node is None else f"node {spec.nodes[external.node].name}"
            what = f"{external.kind} {external.name}".strip()
            notes.append(Note("kept", who, f"{what} is kept; runs do not wait for it yet"))
    return notes


def report_of(notes: list[Note]) -> list[dict[str, str]]:
    """The notes as they are stored with the flow."""
    rows = [note.as_dict() | {"message": note.message[:LONGEST_NOTE]} for note in notes[:MOST_NOTES]]
    if len(notes) > MOST_NOTES:
        rows.append(Note("left_out", "$", f"and {len(notes) - MOST_NOTES} more").as_dict())
    return rows


def _at(local: datetime | None, zone: str) -> datetime | None:
    if local is None:
        return None
    try:
        return local.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    except OverflowError:
        return None
