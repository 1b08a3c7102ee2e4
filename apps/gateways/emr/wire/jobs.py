"""Jobs: what a call may set, and how one is told."""

from __future__ import annotations

import json
from typing import Any

from apps.drawings.models import Lock
from apps.gateways.emr.wire.entities import render_lock_detail
from apps.gateways.emr.wire.ids import PREFIXES, spell_id
from apps.gateways.emr.wire.times import millis
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.parameters import Parameters
from apps.jobs.models import Job
from apps.jobs.variables import masked
from apps.lib.ids import spell

#: What EMR has a word for; anything else that fails its run reads as STOP.
FAIL_ACTS: tuple[str, ...] = (Job.FailAct.CONTINUE.value, Job.FailAct.STOP.value)
LONGEST_DESCRIPTION, LONGEST_PATH, LONGEST_ALIAS = 1024, 2048, 255

#: Parameter -> column, for what is stored as it came.
TEXTS = {
    "Name": "name",
    "Description": "description",
    "Params": "content",
    "ParamConf": "params_text",
    "EnvConf": "env_text",
    "RunConf": "run_conf_text",
    "MonitorConf": "monitor_conf_text",
    "AlertConf": "alert_conf_text",
    "CustomVariables": "variables_text",
    "RetryPolicy": "retry_policy",
}


def read_job_fields(p: Parameters) -> dict[str, Any]:
    """What the call sets, by column; what it does not name is not there."""
    fields: dict[str, Any] = {column: p.text(name) for name, column in TEXTS.items()}
    fields["fail_act"] = p.choice("FailAct", FAIL_ACTS)
    fields["mode"] = p.choice("Mode", tuple(Job.Mode.values))
    fields["max_retry"] = p.whole("MaxRetry", low=0, high=5)
    fields["retry_interval"] = p.whole("RetryInterval", low=0, high=300)
    fields["max_running_seconds"] = p.whole("MaxRunningTimeSec", low=0)
    fields["adhoc"] = p.flag("Adhoc")
    fields["resources"] = read_resources(p)
    p.text("Description", LONGEST_DESCRIPTION)
    if fields["name"] is not None and not fields["name"].strip():
        raise invalid_parameter("Name", "it must not be empty")
    return {column: value for column, value in fields.items() if value is not None}


def read_resources(p: Parameters) -> list[tuple[str, str]] | None:
    rows = p.rows("ResourceList")
    if rows is None:
        return None
    return [
        (
            p.need(f"ResourceList.{index}.Path", LONGEST_PATH),
            p.text(f"ResourceList.{index}.Alias", LONGEST_ALIAS) or "",
        )
        for index in rows
    ]


def read_submit_conf(p: Parameters) -> str | None:
    """The content that replaces the job's own for one run."""
    content = (p.json_object("Conf") or {}).get("params")
    if content is not None and not isinstance(content, str):
        raise invalid_parameter("Conf", "params must be a text")
    return content


def render_job(job: Job) -> dict[str, Any]:
    """A job as ListFlowJob tells it. `last_run_uid` comes with the query."""
    return {
        "Id": spell_id("job", job),
        "Name": job.name,
        "Type": job.kind,
        "Description": job.description,
        "CategoryId": spell_id("folder", job.folder),
        "Params": job.content,
        "ParamConf": job.params_text,
        "EnvConf": job.env_text,
        "RunConf": job.run_conf_text,
        "MonitorConf": job.monitor_conf_text,
        "AlertConf": job.alert_conf_text,
        "CustomVariables": masked(job.variables_text),
        "FailAct": job.fail_act if job.fail_act in FAIL_ACTS else Job.FailAct.STOP.value,
        "MaxRetry": job.max_retry,
        "RetryInterval": job.retry_interval,
        "mode": job.mode,
        "Adhoc": "true" if job.adhoc else "false",
        "ResourceList": {
            "Resource": [{"Path": each.path, "Alias": each.alias} for each in job.resources.all()]
        },
        "LastInstanceDetail": json.dumps(_last_instance(job)),
        "GmtCreate": millis(job.created_at),
        "GmtModified": millis(job.modified_at),
    }


def render_job_detail(job: Job, lock: Lock | None = None) -> dict[str, Any]:
    reply = render_job(job)
    del reply["LastInstanceDetail"]
    return reply | {
        "LastInstanceId": _last_instance(job),
        "RetryPolicy": job.retry_policy,
        "MaxRunningTimeSec": job.max_running_seconds,
        "EditLockDetail": render_lock_detail(lock),
    }


def _last_instance(job: Job) -> str:
    uid = getattr(job, "last_run_uid", None)
    return PREFIXES["job run"] + spell(uid) if uid else ""
