"""Data Flow's shapes: ids, dates, states, jobs and executions as a caller sees them."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from apps.engine.states import State
from apps.flows.models import NodeRun, Run
from apps.jobs.dataflow.compiling import compile_nodes
from apps.jobs.dataflow.content import nodes_in
from apps.jobs.dataflow.reading import Part, Wrong
from apps.jobs.models import Job

KST = timezone(timedelta(hours=9))
#: Ids are 12 letters and digits: the uid, moved about by a number that has an inverse, so that
#: neighbours do not look alike and hardly any other text of that form is one.
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_LENGTH = 12
_SPACE = len(_DIGITS) ** _LENGTH
_FACTOR = 1_442_695_040_888_963_407_789
_INVERSE = pow(_FACTOR, -1, _SPACE)

_NAME = re.compile(r"[A-Za-z_-][A-Za-z0-9_-]{2,99}")
#: The newest generation says how a job was made; both of its words mean what DATAFLOW meant.
JOB_TYPES = ("DATAFLOW", "VISUAL")
DEFAULTS: dict[str, Any] = {"workerType": "DEFAULT", "numWorker": 2, "timeout": 360, "nrn": ""}
MAX_TIMEOUT = 1440

EXECUTION_STATUS: dict[str, str] = {
    State.WAITING: "READY",
    State.READY: "READY",
    State.RUNNING: "RUNNING",
    State.RETRYING: "RUNNING",
    State.SUSPENDED: "READY",
    State.STOPPING: "RUNNING",
    State.SUCCEEDED: "COMPLETED",
    State.SKIPPED: "CANCELED",
    State.FAILED: "FAILED",
    State.KILLED: "CANCELED",
    State.KILL_FAILED: "FAILED",
}


def spell_id(uid: int) -> str:
    """12 letters and digits.

    >>> spell_id(1), read_id(spell_id(1)), read_id("zzzzzzzzzzzz")
    ('RivWam6exVLp', 1, None)
    """
    number, letters = uid * _FACTOR % _SPACE, []
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        letters.append(_DIGITS[digit])
    return "".join(reversed(letters))


def read_id(text: str) -> int | None:
    """The uid that `text` spells, or None."""
    if len(text) != _LENGTH or any(letter not in _DIGITS for letter in text):
        return None
    number = 0
    for letter in text:
        number = number * len(_DIGITS) + _DIGITS.index(letter)
    uid = number * _INVERSE % _SPACE
    return uid if 0 < uid < 2**63 else None


def spell_date(at: datetime | None) -> str | None:
    return at.astimezone(KST).isoformat(timespec="seconds") if at else None


# --- what callers send


def read_name(part: Part) -> str:
    """The references differ in what a name begins with: a letter, _ or -. In none is it a digit."""
    name = part.text()
    if not _NAME.fullmatch(name):
        raise part.wrong("must be 3 to 100 of A-Z a-z 0-9 _ - and not begin with a digit")
    return name


def read_description(body: Part) -> str | None:
    part = body.at("description")
    if part.value is None:
        return None
    if part.value == "":
        return ""
    return part.text(1024).replace("\0", "")


def read_job(body: Part, *, loose: bool = False) -> dict[str, Any]:
    """The nodes and conditions of a job that a body gives; nodes of a draft need only be a list."""
    fields: dict[str, Any] = {}
    if body.at("type").value is not None:
        body.at("type").choice((*JOB_TYPES, "SCRIPT"))
        if body.value["type"] == "SCRIPT":
            raise body.at("type").wrong("SCRIPT jobs are not supported by this server")
        fields["type"] = body.value["type"]
    if body.at("nodes").value is not None:
        if loose:
            for part in body.at("nodes").items():
                part.object()
        else:
            compile_nodes(body.value["nodes"])
        fields["nodes"] = with_properties(body.value["nodes"])
    for key in ("runCondition", "jobCondition"):
        if body.at(key).value is not None:
            fields["condition"] = read_condition(body.at(key))
    return fields


def with_properties(nodes: list[Any]) -> list[Any]:
    """Every field of a fieldList gains `properties`, as callers expect to find it."""

    def field(value: Any) -> Any:
        return {**value, "properties": value.get("properties") or []} if isinstance(value, dict) else value

    return [
        {**node, "fieldList": [field(each) for each in node["fieldList"]]}
        if isinstance(node, dict) and isinstance(node.get("fieldList"), list)
        else node
        for node in nodes
    ]


def read_condition(part: Part) -> dict[str, Any]:
    """What a condition sets; what it leaves out is not there."""
    part.object()
    given: dict[str, Any] = {}
    if part.at("workerType").value is not None:
        given["workerType"] = part.at("workerType").choice(("DEFAULT",))
    if part.at("numWorker").value is not None:
        given["numWorker"] = part.at("numWorker").whole(2, 10)
    if part.at("timeout").value is not None:
        given["timeout"] = part.at("timeout").whole(0, MAX_TIMEOUT)
    for name in ("nrn", "scriptPath", "logPath"):
        if part.at(name).value not in (None, ""):
            given[name] = part.at(name).text(512)
    return given


def condition_fields(condition: Mapping[str, Any], job: Job | None = None) -> dict[str, Any]:
    """The condition as columns of a job; the time limit is one that is kept."""
    saved = {**(_saved(job.run_conf_text) if job else {}), **condition}
    timeout = saved.pop("timeout", None)
    fields: dict[str, Any] = {"run_conf_text": json.dumps(saved, ensure_ascii=False) if saved else ""}
    if timeout is not None:
        fields["max_running_seconds"] = timeout * 60
    return fields


def read_parameters(body: Part) -> dict[str, Any]:
    """Values for `${name}` in the nodes."""
    part = body.at("parameters")
    if part.value is None and isinstance(body.value.get("jobCondition"), dict):
        part = body.at("jobCondition").at("parameters")
    if part.value is None:
        return {}
    for name, value in part.object().value.items():
        if isinstance(value, dict | list) or "\0" in f"{name}{value}":
            raise part.at(name).wrong("must be a text, a number, true or false")
    return dict(part.value)


def read_page(query: Mapping[str, str]) -> tuple[int, int]:
    page, limit = (_number(query, name, start) for name, start in (("page", 0), ("limit", 1000)))
    return page, limit


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Wrong(name, "must be a whole number")
    return int(text)


# --- what callers get


def render_page(rows: list[Any], count: int, page: int, limit: int) -> dict[str, Any]:
    return {"list": rows, "count": count, "page": page, "limit": limit}


def render_job(job: Job, last: Run | None, *, made: bool = False) -> dict[str, Any]:
    """A job. The answer to createJob has nothing of executions yet."""
    reply: dict[str, Any] = {
        "jobId": spell_id(job.uid),
        "name": job.name,
        "description": job.description,
        "type": job_type(job),
        "status": job_status(job, last),
    }
    if not made:
        reply["lastExecutionStatus"] = EXECUTION_STATUS[last.state] if last else None
    reply |= {
        "nodes": job_nodes(job),
        "runCondition": render_condition(job.uid, job.run_conf_text, job.max_running_seconds, member_of(job)),
        "createdDate": spell_date(job.created_at),
        "updatedDate": spell_date(job.modified_at),
    }
    if not made:
        reply["lastExecutionDate"] = spell_date(last.started_at or last.created_at) if last else None
    return reply


def render_job_row(job: Job, last: Run | None) -> dict[str, Any]:
    row = render_job(job, last)
    return {key: value for key, value in row.items() if key not in ("nodes", "description", "runCondition")}


def job_nodes(job: Job) -> list[Any]:
    """The nodes, or none when somebody is half-way through writing them in the editor."""
    try:
        nodes = nodes_in(job.content)
    except Wrong:
        return []
    return with_properties(nodes) if isinstance(nodes, list) else []


def job_type(job: Job) -> str:
    return str(_saved(job.source_text).get("type") or JOB_TYPES[0])


def job_status(job: Job, last: Run | None) -> str:
    if last is not None and last.ended_at is None:
        return "STOPPED" if last.state == State.STOPPING else "RUNNING"
    if _saved(job.source_text).get("isTemp"):
        return "DRAFT"
    try:
        compile_nodes(nodes_in(job.content))
    except Wrong:
        return "EDITING"
    return "RUNNABLE"


def source_text(job_type: str, *, draft: bool) -> str:
    """What Data Flow knows of a job and nothing else here does."""
    return json.dumps({"type": job_type, "isTemp": draft})


def member_of(job: Job) -> int:
    return job.created_by_id or 0


def render_condition(uid: int, run_conf: str, seconds: int, member: int) -> dict[str, Any]:
    folder = f"dataflow-{member}-{spell_id(uid)[:4].lower()}"
    paths = {"scriptPath": f"{folder}/scripts/", "logPath": f"{folder}/sparkHistoryLogs/"}
    saved = _saved(run_conf)
    known = {key: saved[key] for key in (*DEFAULTS, *paths) if key in saved}
    return {**DEFAULTS, **paths, **known, "timeout": seconds // 60}


def render_execution(run: Run, node: NodeRun, job: Job, run_conf: str, now: datetime) -> dict[str, Any]:
    """An execution; `node` is the one node that it has."""
    condition = render_condition(job.uid, run_conf, node.timeout, member_of(job))
    console = f"{condition['logPath']}{spell_id(run.uid)}/console.log"
    began, ended = node.started_at, run.ended_at
    return {
        "jobExecutionId": spell_id(run.uid),
        "jobId": spell_id(job.uid),
        "jobName": job.name,
        "jobCondition": condition | {"consoleLogPath": console},
        "status": EXECUTION_STATUS[node.state if run.ended_at is None else run.state],
        "startDate": spell_date(began),
        "endDate": spell_date(ended),
        "createdDate": spell_date(run.created_at),
        "triggerId": None,
        "triggerName": None,
        "waitingTime": _minutes(run.created_at, began or ended or now),
        "executorNum": condition["numWorker"],
        "runningTime": _minutes(began, ended or now) if began else 0,
        "parsedParameters": {name: _text(value) for name, value in run.params.items()},
        "type": "JOB",
    }


def _minutes(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()) // 60)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _saved(text: str) -> dict[str, Any]:
    """A JSON object that we stored; text that somebody broke reads as none."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
