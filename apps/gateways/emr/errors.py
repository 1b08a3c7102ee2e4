"""The domain's errors in EMR's words: code, HTTP status, and the parameter that was meant."""

from __future__ import annotations

from apps.gateways.rpc.errors import RpcError, invalid_parameter
from apps.lib.errors import Busy, Conflict, Denied, DomainError, Invalid, NotFound, Unsupported

#: What the pages call a field -> the parameter. A field that is a parameter already stands for itself.
PARAMETERS: dict[str, str] = {
    "name": "Name",
    "description": "Description",
    "kind": "Type",
    "tree": "Type",
    "content": "Params",
    "params": "ParamConf",
    "params_text": "ParamConf",
    "env": "EnvConf",
    "env_text": "EnvConf",
    "run_conf": "RunConf",
    "run_conf_text": "RunConf",
    "monitor_conf_text": "MonitorConf",
    "variables_text": "CustomVariables",
    "alert_conf_text": "AlertConf",
    "alert_rules": "AlertConf",
    "fail_act": "FailAct",
    "mode": "Mode",
    "max_retry": "MaxRetry",
    "retry_interval": "RetryInterval",
    "max_running_seconds": "MaxRunningTimeSec",
    "resources": "ResourceList",
    "folder": "ParentCategory",
    "parent": "ParentId",
    "create_cluster": "CreateCluster",
    "graph": "Graph",
    "text": "Graph",
    "cluster": "ClusterId",
    "host_name": "HostName",
    "cron": "CronExpr",
    "schedule": "CronExpr",
    "start_at": "StartSchedule",
    "end_at": "EndSchedule",
    "enabled": "Status",
    "parents": "ParentFlowList",
    "user_name": "UserName",
    "email": "Email",
    "phone_number": "PhoneNumber",
    "contacts": "UserList",
    "contact_ids": "UserList",
    "webhook": "WebHookUrl",
}

#: Kinds of error other than a wrong parameter -> code and status.
CODES: tuple[tuple[type[DomainError], str, int], ...] = (
    (NotFound, "EntityNotExist", 404),
    (Denied, "Forbidden.RAM", 403),
    (Conflict, "OperationConflict", 409),
    (Unsupported, "UnsupportedOperation", 400),
    (Busy, "Throttling", 429),
)


def refuse(error: DomainError) -> RpcError:
    if isinstance(error, Invalid):
        if not error.field:
            return RpcError("InvalidParameter", 400, error.message)
        return invalid_parameter(PARAMETERS.get(error.field, error.field), error.message)
    for kind, code, status in CODES:
        if isinstance(error, kind):
            return RpcError(code, status, error.message)
    return RpcError("Params.Illegal", 403, error.message)
