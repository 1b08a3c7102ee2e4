"""Who may ask what: strangers, viewers, operators."""

from __future__ import annotations

import pytest

from apps.gateways.models import AccessKey, ForeignId
from apps.projects.models import Cluster, Member, Role, User
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import World

pytestmark = pytest.mark.django_db

#: An action for each thing there is, and the parameter that names it.
THINGS = [
    ("DescribeFlowProject", {}),
    ("ModifyFlowProject", {"Name": "taken"}),
    ("DeleteFlowProject", {}),
    ("ListFlowProjectUser", {}),
    ("ListFlowProjectClusterSetting", {}),
    ("ListFlowCategory", {}),
    ("DescribeFlowCategoryTree", {"Type": "JOB"}),
    ("DescribeFlowJob", {"Id": "job1"}),
    ("DeleteFlowJob", {"Id": "job2"}),
    ("ListFlowJob", {}),
    ("SubmitFlowJob", {"JobId": "job1", "ClusterId": "cluster"}),
    ("DescribeFlow", {"Id": "flow"}),
    ("DeleteFlow", {"Id": "child"}),
    ("SubmitFlow", {"FlowId": "flow"}),
    ("DescribeFlowInstance", {"Id": "run"}),
    ("KillFlowJob", {"JobInstanceId": "job_run"}),
    ("ListFlowNodeInstance", {}),
    ("DescribeFlowNodeInstance", {"Id": "node1"}),
    ("DescribeFlowNodeInstanceLauncherLog", {"NodeInstanceId": "node1"}),
]


def member(world: World, role: str) -> RpcCaller:
    user = User.objects.create_user(role, password="open-sesame-1")
    Member.objects.create(project=world.project, user=user, user_name=role, role=role)
    return RpcCaller.of(AccessKey.objects.create(key_id=role, secret=role, owner=user))


def filled(world: World, given: dict[str, str]) -> dict[str, str]:
    ids = world.ids()
    return {"ProjectId": ids["project"]} | {name: ids.get(value, value) for name, value in given.items()}


@pytest.mark.parametrize(("action", "given"), THINGS)
def test_a_stranger_learns_nothing(
    stranger: RpcCaller, world: World, action: str, given: dict[str, str]
) -> None:
    status, code, message = stranger.refused(action, **filled(world, given))
    assert (status, code) == (404, "EntityNotExist")
    assert "Orders" not in message


def test_a_cluster_that_the_project_may_not_use_runs_nothing_of_it(caller: RpcCaller, world: World) -> None:
    other = f"C-{Cluster.objects.create(name='other').ref}"
    given = filled(world, {"JobId": "job1", "ClusterId": other})
    status, code, message = caller.refused("SubmitFlowJob", **given)
    assert (status, code) == (404, "EntityNotExist")
    assert "not linked" in message
    for action, id in (("ModifyFlowJob", "job1"), ("ModifyFlow", "flow")):
        refused = caller.refused(action, **filled(world, {"Id": id, "ClusterId": other}))
        assert "not linked" in refused[2]


def test_a_stranger_gets_empty_lists(stranger: RpcCaller, world: World) -> None:
    for action in ("ListFlowProject", "ListFlow", "ListFlowNodeInstance"):
        assert stranger.ask(action)["Total"] == 0


def test_things_of_another_project_are_not_found_in_ones_own(stranger: RpcCaller, world: World) -> None:
    own = stranger.ask("CreateFlowProject", Name="Mine", Description="d")["Id"]
    for action, given in THINGS:
        if given.keys() & {"Id", "JobId", "FlowId", "NodeInstanceId", "JobInstanceId"}:
            asked = filled(world, given) | {"ProjectId": own}
            assert stranger.refused(action, **asked)[:2] == (404, "EntityNotExist"), action


@pytest.mark.parametrize(
    ("role", "action", "given", "allowed"),
    [
        (Role.VIEWER, "DescribeFlow", {"Id": "flow"}, True),
        (Role.VIEWER, "SubmitFlow", {"FlowId": "flow"}, False),
        (Role.OPERATOR, "SubmitFlow", {"FlowId": "flow"}, True),
        (Role.OPERATOR, "CloneFlowJob", {"Id": "job1"}, False),
        (Role.EDITOR, "CloneFlowJob", {"Id": "job1"}, True),
        (Role.EDITOR, "ModifyFlowProject", {"Description": "x"}, False),
        (Role.ADMIN, "ModifyFlowProject", {"Description": "x"}, True),
    ],
)
def test_a_member_may_do_what_the_role_allows(
    world: World, role: str, action: str, given: dict[str, str], allowed: bool
) -> None:
    response = member(world, str(role)).get(action, **filled(world, given))
    assert response.status_code == (200 if allowed else 403)
    assert allowed or b"Forbidden.RAM" in response.content


def test_the_token_of_a_robot_is_shown_to_who_may_change_it(
    caller: RpcCaller, stranger: RpcCaller, world: World
) -> None:
    def webhook(who: RpcCaller) -> str:
        [group] = who.ask("ListAlertDingDingGroup")["AlertDingDingGroupList"]
        return str(group["WebHookUrl"])

    assert webhook(caller).endswith("access_token=hush")
    assert webhook(stranger).endswith("access_token=******")
    refused = stranger.refused("DeleteAlertDingDingGroups", Ids=world.dingtalk_group.biz_id)
    assert refused[:2] == (403, "Forbidden.RAM")


def test_an_id_that_came_with_an_import_is_found_first(caller: RpcCaller, world: World) -> None:
    odd = "F-FFFFFFFFFFFFFFFF"
    ForeignId.objects.create(dialect="emr", kind="flow", text=odd, uid=world.flow.uid)
    assert caller.ask("DescribeFlow", ProjectId=world.ids()["project"], Id=odd)["Name"] == "nightly"
