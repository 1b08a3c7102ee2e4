"""Projects, their members, clusters and hosts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.times import millis
from apps.gateways.rpc.errors import missing_parameter
from apps.gateways.rpc.parameters import Parameters
from apps.projects.models import Cluster, ClusterSetting, Host, Member, Project, User

LONGEST_SETTING, LONGEST_USER_NAME = 64, 150
#: A host that was not heard of for so long is not there.
SILENCE = timedelta(minutes=1)


def account_id(user: User | None) -> str:
    """An account id is a number as text."""
    return str(user.uid) if user else ""


def read_account_id(text: str) -> int | None:
    """The uid that an account id spells, or None when it is none of ours."""
    number = int(text) if re.fullmatch(r"[0-9]{1,19}", text.strip()) else 0
    return number if 0 < number < 2**63 else None


def render_project(project: Project) -> dict[str, Any]:
    return {
        "Id": spell_id("project", project),
        "Name": project.name,
        "Description": project.description,
        "UserId": account_id(project.owner),
        "GmtCreate": millis(project.created_at),
        "GmtModified": millis(project.modified_at),
    }


def read_members(p: Parameters) -> list[tuple[str, str]]:
    """`User.N` as (user name, account id)."""
    rows = p.rows("User")
    if rows is None:
        raise missing_parameter("User.1.UserName")
    return [
        (p.need(f"User.{index}.UserName", LONGEST_USER_NAME), p.need(f"User.{index}.UserId", LONGEST_SETTING))
        for index in rows
    ]


def render_member(member: Member) -> dict[str, Any]:
    project = member.project
    return {
        "ProjectId": spell_id("project", project),
        "AccountUserId": member.account_id or account_id(member.user),
        "UserName": member.user_name,
        "OwnerId": account_id(project.owner),
        "GmtCreate": millis(member.created_at),
        "GmtModified": millis(member.modified_at),
    }


def read_cluster_setting(p: Parameters) -> dict[str, Any]:
    """The fields of a cluster setting that the call gives."""
    fields: dict[str, Any] = {
        "default_user": p.text("DefaultUser", LONGEST_SETTING),
        "default_queue": p.text("DefaultQueue", LONGEST_SETTING),
        "users": p.texts("UserList"),
        "hosts": p.texts("HostList"),
        "queues": p.texts("QueueList"),
    }
    return {name: value for name, value in fields.items() if value is not None}


def render_cluster_setting(setting: ClusterSetting) -> dict[str, Any]:
    return {
        "ProjectId": spell_id("project", setting.project),
        "ClusterId": spell_id("cluster", setting.cluster),
        "ClusterName": setting.cluster.name,
        "DefaultUser": setting.default_user,
        "DefaultQueue": setting.default_queue,
        "UserList": {"User": setting.users},
        "HostList": {"Host": setting.hosts},
        "QueueList": {"Queue": setting.queues},
        "K8sClusterId": "",
        "GmtCreate": millis(setting.created_at),
        "GmtModified": millis(setting.modified_at),
    }


def is_alive(host: Host, now: datetime) -> bool:
    return host.heartbeat_at is not None and now - host.heartbeat_at < SILENCE


def render_cluster(cluster: Cluster, hosts: list[Host], now: datetime) -> dict[str, Any]:
    return {
        "Id": spell_id("cluster", cluster),
        "Name": cluster.name,
        "Type": "HADOOP",
        "Status": "IDLE" if any(is_alive(host, now) for host in hosts) else "ABNORMAL",
        "CreateTime": millis(cluster.created_at),
        "RunningTime": int((now - cluster.created_at).total_seconds()),
        "CreateResource": "ECM_EMR",
        "ChargeType": "PostPaid",
        "K8sClusterId": "",
        "OrderList": "",
        "Period": 0,
        "HasUncompletedOrder": False,
        "FailReason": {"ErrorCode": "", "ErrorMsg": "", "RequestId": ""},
        "OrderTaskInfo": {"TargetCount": 0, "CurrentCount": 0, "OrderIdList": ""},
    }


def render_host(host: Host, now: datetime) -> dict[str, Any]:
    return {
        "HostId": host.ref,
        "HostName": host.name,
        "HostInstanceId": f"i-{host.ref.lower()}",
        "InstanceType": "",
        "Role": host.role,
        "Type": "VM",
        "Status": "NORMAL" if is_alive(host, now) else "ABNORMAL",
        "Cpu": host.cores,
        "Memory": host.memory_mb // 1024,
        "PrivateIp": host.address,
        "PublicIp": "",
        "SerialNumber": host.boot_id,
    }
