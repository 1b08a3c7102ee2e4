"""Whatever is asked, the answer is a reply or a refusal, never a crash."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.gateways.emr.operations import OPERATIONS
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import World

pytestmark = pytest.mark.django_db

NAMES = """
    Id ProjectId FlowId JobId FlowInstanceId JobInstanceId NodeInstanceId InstanceId ClusterId CategoryId
    ParentId ParentCategory ParentFlowList Name Description Type Params ParamConf EnvConf RunConf AlertConf
    MonitorConf CustomVariables Graph Application Conf CronExpr StartSchedule EndSchedule Status Periodic
    CreateCluster FailAct Mode MaxRetry RetryInterval MaxRunningTimeSec Adhoc PageNumber PageSize OrderBy
    OrderType TimeRange StatusList StatusList.1 UserList UserList.1 HostList.1 User.1.UserName Lifecycle
    User.1.UserId ResourceList.1.Path ResourceList.3.Alias Owner Start Lines Offset Length Reverse StartTime
    EntityId EntityType EntityGroupId Data Operation OperatorId OrderMode Limit Metrics From To Relationship
    Force Message Revision SrcRevision DstRevision EntityIdList CommitterId InnerIP ClusterBizId UserId
    Keyword Root ReRunFail HostName Email PhoneNumber WebHookUrl BizId Ids UserName DefaultUser
"""
#: What a call of the kind in question usually has, so that more of them get far.
USUAL = {"Name": "n", "Description": "d", "Type": "SHELL", "WebHookUrl": "http://127.0.0.1:9/x"}
ODD = [
    *("", " ", "0", "-1", "1", "99999999999999999999", "9223372036854775807", "253370764799999", "1e3", "٣"),
    *("true", "None", "null", "[]", "{}", "[1,null]", "a,b", "\x00", "x" * 3000, "[" * 3000, "é中🌊"),
    *("FP-", "F-" + "F" * 16, "FJ-zzzzzzzzzzzzzzzz", "CT-1", "SHELL", "JOB", "FLOW", "RUNNING", "DESC"),
    *('{"nodes":[],"edges":[]}', '{"nodes":[null]}', '{"nodeDefMap":{"a":{}}}', '{"items":[{}]}'),
    *('{"a":"\\ud800"}', '{"cyctime":"1","x":"\\u0000"}', '{"type":"range","from":1e400}', '{"params":1}'),
    *("0 0 0 * * ?", "0 0 0 31 2 ?", "* * * * * *", "UNDER_SCHEDULE", "http://127.0.0.1:9/x"),
]


def values(ids: list[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(ODD), st.sampled_from(ids), st.text(max_size=12))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_call_is_answered_by_a_crash(caller: RpcCaller, world: World, data: Any) -> None:
    ids = {name: text for name, text in world.ids().items() if name != "graph"}
    action = data.draw(st.sampled_from(sorted(OPERATIONS)))
    usual = data.draw(st.sampled_from([{}, USUAL])) | {"ProjectId": ids["project"]}
    asked = data.draw(st.dictionaries(st.sampled_from(NAMES.split()), values(list(ids.values())), max_size=8))
    parameters = caller.parameters(action, usual | asked)
    with transaction.atomic():
        url = f"/?{urlencode(parameters, errors='surrogatepass')}"
        response = Client(raise_request_exception=False).get(url)
        transaction.set_rollback(True)
    assert response.status_code < 500, (action, asked)
    reply = json.loads(response.content)
    assert "RequestId" in reply
    assert response.status_code == 200 or {"Code", "Message", "HostId"} <= set(reply)
