"""Who may ask what, what a list costs, and that no call is answered by a crash."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.flows.models import Flow, NodeRun, Run
from apps.flows.runs import submit_flow
from apps.gateways.dataworks.operations import OPERATIONS
from apps.gateways.models import AccessKey, Operation
from apps.jobs.models import Job
from apps.projects.models import Member, Project, Role, User
from tests.gateways.callers import Acs3Caller, RpcCaller
from tests.gateways.dataworks.conftest import VERSION, Call
from tests.gateways.dataworks.documents import chain, document, node, node_document, workflow

pytestmark = pytest.mark.django_db

World = dict[str, Any]


@pytest.fixture
def world(imported: Callable[[str], Flow], call: Call, project: Project, owner: User) -> World:
    """A workflow with everything that has an id, by the name of the parameter that names it."""
    flow = imported(chain(kind="ManualWorkflow"))
    run = submit_flow(flow, by=owner)
    objects = json.dumps([str(flow.uid)])
    return {
        "ProjectId": project.number,
        "workflow": str(flow.uid),
        "node": str(Job.objects.get(name="a").uid),
        "instance": run.pk,
        "task": NodeRun.objects.get(run=run, name="a").pk,
        "flow": flow.pk,
        "job": str(Operation.objects.get().uid),
        "pipeline": call("CreatePipelineRun", Type="Online", ObjectIds=objects)["Id"],
        "objects": objects,
        "spec": chain(),
        "node spec": node_document(node("n")),
        "day": call("GetWorkflowInstance", Id=run.pk)["WorkflowInstance"]["BizDate"],
    }


READING = [
    ("GetWorkflowDefinition", {"Id": "workflow"}),
    ("ListWorkflowDefinitions", {}),
    ("GetNode", {"Id": "node"}),
    ("ListNodes", {}),
    ("GetJobStatus", {"JobId": "job"}),
    ("GetPipelineRun", {"Id": "pipeline"}),
    ("GetWorkflowInstance", {"Id": "instance"}),
    ("ListWorkflowInstances", {"BizDate": "day"}),
    ("ListTaskInstances", {"Bizdate": "day"}),
    ("GetTaskInstance", {"Id": "task"}),
    ("GetTaskInstanceLog", {"Id": "task"}),
]
RUNNING = [("CreateWorkflowInstances", {"Name": "spec", "Type": "=ManualWorkflow", "WorkflowId": "flow"})]
EDITING = [
    ("CreateWorkflowDefinition", {"Spec": "spec"}),
    ("UpdateWorkflowDefinition", {"Id": "workflow", "Spec": "spec"}),
    ("ImportWorkflowDefinition", {"Spec": "spec"}),
    ("DeleteWorkflowDefinition", {"Id": "workflow"}),
    ("CreateNode", {"Spec": "node spec", "Scene": "=DATAWORKS_PROJECT"}),
    ("UpdateNode", {"Id": "node", "Spec": "node spec"}),
    ("DeleteNode", {"Id": "node"}),
    ("CreatePipelineRun", {"Type": "=Online", "ObjectIds": "objects"}),
    ("ExecPipelineRunStage", {"Id": "pipeline", "Code": "=BUILD_PACKAGE"}),
]


def filled(world: World, given: dict[str, str], **more: Any) -> dict[str, Any]:
    values = {name: value[1:] if value[0] == "=" else world[value] for name, value in given.items()}
    return {"ProjectId": world["ProjectId"]} | values | more


def member(project: Project, role: str) -> RpcCaller:
    user = User.objects.create_user(role, password="open-sesame-1")
    Member.objects.create(project=project, user=user, user_name=role, role=role)
    return RpcCaller.of(AccessKey.objects.create(key_id=role, secret=role, owner=user), version=VERSION)


@pytest.mark.parametrize(("action", "given"), READING + RUNNING + EDITING)
def test_a_stranger_learns_nothing(
    dw_stranger: RpcCaller, world: World, action: str, given: dict[str, str]
) -> None:
    status, code, message = dw_stranger.refused(action, **filled(world, given))
    assert (status, code) == (404, "ResourceNotFound")
    assert "daily" not in message and "warehouse" not in message


@pytest.mark.parametrize(("action", "given"), RUNNING + EDITING)
def test_a_viewer_may_look_and_not_touch(
    world: World, project: Project, action: str, given: dict[str, str]
) -> None:
    viewer = member(project, Role.VIEWER)
    assert viewer.refused(action, **filled(world, given))[:2] == (403, "Forbidden.Access")
    viewer.ask("GetWorkflowDefinition", **filled(world, {"Id": "workflow"}))


def test_an_operator_may_run_and_not_edit(world: World, project: Project) -> None:
    operator = member(project, Role.OPERATOR)
    for action, named in EDITING:
        assert operator.refused(action, **filled(world, named))[0] == 403, action
    operator.ask("CreateWorkflowInstances", **filled(world, RUNNING[0][1], Name="mine"))


def test_a_stop_of_somebody_elses_instance_is_told_beside_its_id(
    dw_stranger: RpcCaller, world: World
) -> None:
    told = dw_stranger.ask("StopWorkflowInstances", Ids=f"[{world['instance']}]")["SuccessInfo"]
    assert told[str(world["instance"])]["Success"] is False
    assert Run.objects.get().state == "running"


def test_the_newer_signature_and_a_form_are_taken_too(key: AccessKey, project: Project) -> None:
    acs3 = Acs3Caller(key.key_id, key.secret, VERSION)
    spec = document(workflow("daily"))
    response = acs3.post("CreateWorkflowDefinition", {"ProjectId": project.number, "Spec": spec})
    made = json.loads(response.content)
    assert (response.status_code, made["Id"]) == (200, str(Flow.objects.get().uid))
    mixed = acs3.post("UpdateWorkflowDefinition", {"Spec": spec}, Id=made["Id"], ProjectId=project.number)
    assert json.loads(mixed.content)["Success"] is True
    assert json.loads(acs3.post("Nonsense").content)["Code"] == "InvalidAction.NotFound"


@pytest.mark.parametrize(
    ("action", "given"), [each for each in READING if each[0].startswith("List") or "Definition" in each[0]]
)
def test_a_list_costs_the_same_whatever_its_length(
    caller: RpcCaller,
    world: World,
    imported: Callable[[str], Flow],
    owner: User,
    action: str,
    given: dict[str, str],
) -> None:
    asked = filled(world, given, PageSize=100)
    caller.ask(action, **asked)
    with CaptureQueriesContext(
        connection,
    ) as few:
        caller.ask(action, **asked)
    for name in ("x", "y", "z"):
        submit_flow(imported(chain(name, kind="ManualWorkflow")), by=owner)
    with CaptureQueriesContext(connection) as many:
        caller.ask(action, **asked)
    assert len(many) == len(few)


NAMES = """
    Id ProjectId Spec Name Owner Type PageNumber PageSize Path IncludeScriptContent DryRun JobId Scene
    Recurrence RerunMode ObjectIds RunMode Code Description WorkflowId OperationId Periods TaskParameters
    WorkflowParameters DefaultRunProperties EnvType Ids BizDate Bizdate Filter SortBy Status RunNumber
    TaskName ContainerId
"""
ODD = [
    *("", " ", "0", "-1", "1", "99999999999999999999", "9223372036854775807", "253370764799999", "1e3", "٣"),
    *(
        "True",
        "None",
        "[]",
        "{}",
        "[1,null]",
        "[1]",
        "a=b",
        "\x00",
        "x" * 3000,
        "[" * 3000,
        "é中🌊",
        "Id Asc",
    ),
    *("Online", "Auto", "PROD", "ManualWorkflow", "SupplementData", "DATAWORKS_PROJECT", "Success"),
    *('{"BizDates":[{}]}', '{"BizDates":[{"StartBizDate":"9999-12-31","EndBizDate":"9999-12-31"}]}'),
    *(
        '{"BizDates":[{"StartBizDate":"0001-01-01","EndBizDate":"0001-01-01"}]}',
        '{"status":1}',
        '{"RootTaskIds":3}',
    ),
    *(
        '{"kind":"Node","version":"1.1.0","spec":{"nodes":[{}]}}',
        '{"kind":"CycleWorkflow","spec":{"nodes":[{}]}}',
    ),
    chain("odd"),
    document(workflow("x", node("n", rerunTimes=10**30, timeout=10**15, priority="x", trigger=7))),
    document(
        workflow("y", trigger={"cron": "* * * * * ?", "timezone": "GMT+99", "startTime": "0000"}, outputs=[1])
    ),
    node_document(node("m", reference={"output": "x"}, inputs={"nodeOutputs": "a_out"}, script="none")),
]


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_call_is_answered_by_a_crash(caller: RpcCaller, world: World, data: Any) -> None:
    values = st.one_of(st.sampled_from(ODD), st.sampled_from([str(each) for each in world.values()]))
    action = data.draw(st.sampled_from(sorted(OPERATIONS)))
    usual = {
        "ProjectId": world["ProjectId"],
        "Name": "n",
        "Scene": "DATAWORKS_PROJECT",
        "Spec": world["spec"],
    }
    asked = data.draw(st.dictionaries(st.sampled_from(NAMES.split()), values, max_size=8))
    parameters = caller.parameters(action, usual | asked, "POST")
    with transaction.atomic():
        body = urlencode(parameters, errors="surrogatepass")
        client = Client(raise_request_exception=False)
        response = client.post("/", body, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    assert response.status_code < 500, (action, asked)
    assert "RequestId" in json.loads(response.content)
