from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.flows.models import Flow, Run
from apps.gateways.models import AccessKey
from apps.projects.models import Cluster, Host, Project, User
from tests.factories import make_project
from tests.gateways.callers import RpcCaller

VERSION = "2024-05-18"


@pytest.fixture
def host(db) -> Host:
    return Host.objects.create(cluster=Cluster.objects.create(name="local"), name="here")


@pytest.fixture
def project(owner: User, host: Host) -> Project:
    return make_project(owner, "warehouse", time_zone="Asia/Shanghai")


@pytest.fixture
def caller(key: AccessKey) -> RpcCaller:
    return RpcCaller.of(key, version=VERSION)


@pytest.fixture
def dw_stranger(stranger: RpcCaller) -> RpcCaller:
    return RpcCaller(stranger.key_id, stranger.secret, VERSION)


Call = Callable[..., Any]
Import = Callable[[str], Flow]
Deploy = Callable[..., dict[str, Any]]
Start = Callable[..., list[Run]]


@pytest.fixture
def call(caller: RpcCaller, project: Project) -> Call:
    """Ask within the project; a document is posted, as SDKs do."""

    def ask(action: str, spec: str | None = None, /, **given: Any) -> Any:
        given = {"ProjectId": project.number} | given
        if spec is None:
            return caller.ask(action, **given)
        response = caller.post(action, {"Spec": spec}, **given)
        reply = json.loads(response.content)
        assert response.status_code == 200, reply
        return reply

    return ask


@pytest.fixture
def imported(call: Call) -> Import:
    """Import a document and give the one flow that it makes."""

    def make(spec: str) -> Flow:
        job = call("ImportWorkflowDefinition", spec)["AsyncJob"]
        assert job["Status"] == "Success", job
        return Flow.objects.get(uid=int(job["Response"]))

    return make


@pytest.fixture
def told(call: Call) -> Callable[[Flow], dict[str, Any]]:
    """The workflow as GetWorkflowDefinition tells it."""

    def get(flow: Flow) -> dict[str, Any]:
        reply = call("GetWorkflowDefinition", Id=str(flow.uid), IncludeScriptContent="True")
        found: dict[str, Any] = json.loads(reply["WorkflowDefinition"]["Spec"])["spec"]["workflows"][0]
        return found

    return get


@pytest.fixture
def deploy(call: Call) -> Deploy:
    def run(flow: Flow, **given: Any) -> dict[str, Any]:
        asked = {"Type": "Online", "RunMode": "Auto", "ObjectIds": json.dumps([str(flow.uid)])} | given
        pipeline: dict[str, Any] = call("GetPipelineRun", Id=call("CreatePipelineRun", **asked)["Id"])[
            "Pipeline"
        ]
        return pipeline

    return run


@pytest.fixture
def start(call: Call) -> Start:
    def run(flow: Flow, kind: str = "ManualWorkflow", **given: Any) -> list[Run]:
        asked = {"Name": "mine", "Type": kind, "WorkflowId": flow.pk} | given
        operation = call("CreateWorkflowInstances", **asked)["OperationId"]
        result = call("GetCreateWorkflowInstancesResult", OperationId=operation)["Result"]
        assert result["Status"] == "Created", result
        return [Run.objects.get(pk=pk) for pk in result["WorkflowInstanceIds"]]

    return run
