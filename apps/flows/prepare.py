"""From a claimed node to what the supervisor starts: content and environment expanded, files laid out."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from apps.engine.allowance import Allowance
from apps.flows.contexts import (
    RunContext,
    arguments_of,
    expander_of,
    filled_of,
    frozen_of,
    object_of,
    with_inputs,
)
from apps.flows.tries import going_on_from
from apps.jobs import outputs
from apps.jobs.bounds import bounded
from apps.jobs.graphs.results import result_path
from apps.jobs.kinds import KINDS, Command, JobError, Kind, Work
from apps.jobs.kinds.rows import keeping_rows
from apps.jobs.logs import attempt_base, log_path, run_folder, status_path, tag_of
from apps.jobs.models import Job
from apps.jobs.programs import find_program
from apps.jobs.resources.laying import laying_of

#: Of a project of which nothing is said.
ANY = Allowance()


@dataclass(frozen=True, slots=True)
class Start:
    """What the supervisor is asked to start."""

    argv: list[str]
    env: dict[str, str]
    cwd: Path
    log: Path
    status: Path


def _refuse_unreadable(context: RunContext, job: int | None, texts: Iterable[str]) -> None:
    """Better no run than one with an empty password."""
    shut = [
        f"variable {name}" for name in context.unreadable if any(f"${{{name}}}" in text for text in texts)
    ]
    if job in context.unreadable:
        shut.append("the variables of this job")
    if shut:
        raise JobError(
            f"{', '.join(sorted(shut))} cannot be opened with the keys of this host: "
            "put the key that sealed them back (seal.key or HEADRACE_SEAL_KEYS), or enter the value again"
        )


def prepare(
    context: RunContext,
    ordinal: int,
    node: dict[str, Any],
    attempt: int,
    host_name: str,
    *,
    allowance: Allowance = ANY,
) -> Start:
    """Lay out the files of an attempt and say how it is started.

    Raises JobError when it cannot be: an unknown or unbuilt kind, a missing program, a full disk.
    """
    log = log_path(context.uid, ordinal, attempt)
    try:
        _work_folder(context.uid)
        notes = _notes(node, host_name, allowance)
        if notes:
            _append(log, "".join(f"[headrace] {note}\n" for note in notes))
        return _start(context, ordinal, node, attempt, host_name, allowance=allowance)
    except JobError as error:
        _append(log, f"[headrace] {error}\n")
        raise
    except OSError as error:
        raise JobError(f"its files could not be written: {error}", retryable=True) from error


def _start(
    context: RunContext,
    ordinal: int,
    node: dict[str, Any],
    attempt: int,
    host_name: str,
    *,
    allowance: Allowance,
) -> Start:
    kind = KINDS.get(node["kind"])
    if kind is None or kind.command is None:
        label = kind.label if kind else node["kind"]
        raise JobError(f"{label} jobs cannot be run yet: the runner of kind {node['kind']} is not built")
    content, settings = frozen_of(node["digest"])
    if settings.get("paused"):
        raise JobError("this node is paused: it fails without running, and what comes after it is held back")
    if context.unreadable:
        _refuse_unreadable(context, node["job"], (content, settings["params"], settings["env"]))
    run_conf = object_of(settings["run_conf"])
    _refuse_what_is_not_allowed(allowance, run_conf)
    queue = allowance.queue(run_conf.get("queue", ""))
    work = _work(context, ordinal, node, attempt, kind=kind, host_name=host_name, queue=queue)
    command = keeping_rows(work, kind.command(work))
    laying = laying_of(context.project_id, node["job"], settings["resources"], command, work.base)
    if laying:
        command = laying.command
    once = settings["loss"] == Job.Loss.AT_MOST_ONCE
    command = replace(command, env=work.env | command.env)
    command = going_on_from(command, node, context.uid, ordinal, attempt, once=once)
    _write_script(command)
    env = command.env
    if laying:
        command, env = laying.wrapped(command.argv, env)
        _write_script(command)
    return Start(
        argv=bounded(command.argv, run_conf) if run_conf else command.argv,
        env=env,
        cwd=_work_folder(context.uid),
        log=log_path(context.uid, ordinal, attempt),
        status=status_path(context.uid, ordinal, attempt),
    )


def _work(
    context: RunContext,
    ordinal: int,
    node: dict[str, Any],
    attempt: int,
    *,
    kind: Kind,
    host_name: str,
    queue: str,
) -> Work:
    """All that its kind is told of an attempt, with parameters in their places."""
    content, settings = frozen_of(node["digest"])
    filled = filled_of(context, ordinal, node)
    values = expander_of(
        with_inputs(context, ordinal, node, filled), ordinal, settings, node["kind"], node["job"]
    )
    env = context.env | {
        "HEADRACE_NODE": node["id"],
        "HEADRACE_ATTEMPT": str(attempt),
        "HEADRACE_RUN_DIR": str(_work_folder(context.uid)),
        "HEADRACE_OUTPUTS": str(outputs.path_beside(status_path(context.uid, ordinal, attempt))),
    }
    env |= {name: values.expand(value) for name, value in object_of(settings["env"]).items()}
    run_conf = object_of(settings["run_conf"])
    return Work(
        content=values.expand(content),
        env=env,
        arguments=arguments_of(values, node["kind"], settings, context.node_params.get(ordinal, ())),
        base=attempt_base(context.uid, ordinal, attempt),
        find=lambda *names: find_program(names, env, homes=kind.homes, host=host_name),
        settings=settings,
        options={
            setting.name: values.expand(run_conf.get(setting.name, setting.default))
            for setting in kind.settings
        },
        variables={**context.project_variables, **context.job_variables.get(node["job"] or 0, {})},
        queue=queue,
        tag=tag_of(context.uid, ordinal, attempt),
        is_secret=lambda text: any(secret in text for secret in context.secrets),
        project_id=context.project_id,
        task=node.get("task") or node["id"],
        inputs={name: ",".join(members) for name, members in filled.items()},
        result_of=lambda task: result_path(run_folder(context.uid), task),
        expand=values.expand,
        written=content,
    )


def _refuse_what_is_not_allowed(allowance: Allowance, run_conf: Mapping[str, str]) -> None:
    for refused in allowance.refusals(run_conf.get("userName", ""), run_conf.get("queue", "")):
        raise JobError(
            f"its project may not use {refused.what} {refused.asked} on this cluster, only "
            f"{', '.join(refused.allowed)}: change the run settings of the job, or allow it in the project's "
            "cluster settings"
        )


def _notes(node: dict[str, Any], host_name: str, allowance: Allowance) -> list[str]:
    """What a reader of the log should know about where and as whom the job runs."""
    notes = []
    _, settings = frozen_of(node["digest"]) if node["digest"] else ("", {})
    user = allowance.user(object_of(settings.get("run_conf", "")).get("userName", ""))
    own = _own_user()
    if user and user != own:
        notes.append(f"user {user} is mapped to the service's own user {own} on this cluster")
    if node["host"] and node["host"] != host_name:
        notes.append(f"{node['host']} is not a host of this cluster: running on {host_name}")
    return notes


@lru_cache(maxsize=1)
def _own_user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


@lru_cache(maxsize=256)
def _work_folder(run_uid: int) -> Path:
    """The folder that all nodes of a run start in and may share files through."""
    folder = run_folder(run_uid) / "work"
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def _write_script(command: Command) -> None:
    if command.script:
        _write_private(*command.script)


def _write_private(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        data = text.encode()
        while data:
            data = data[os.write(file, data) :]
    finally:
        os.close(file)


def _append(path: Path, text: str) -> None:
    with open(path, "a", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
