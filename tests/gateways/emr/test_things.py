"""Projects, folders, jobs and alert groups, changed through EMR."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from apps.drawings.locks import take_lock
from apps.drawings.models import Lock
from apps.gateways.actions import create_key
from apps.gateways.emr.wire.projects import account_id
from apps.jobs.models import Job
from apps.projects.actions import add_member
from apps.projects.models import Member, User
from tests.gateways.callers import Acs3Caller, RpcCaller
from tests.gateways.emr.world import World

pytestmark = pytest.mark.django_db

ODD = 'acceptance ~*\'+& é 中文 "quoted"\nnext line'


def test_members_are_added_all_or_none(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    two = {"User.1.UserId": "1", "User.1.UserName": "ann", "User.2.UserId": "2", "User.2.UserName": "olga"}
    assert caller.refused("CreateFlowProjectUser", **within, **two)[1] == "OperationConflict"
    assert not Member.objects.filter(user_name="ann").exists()
    two["User.2.UserName"] = "bob"
    assert caller.ask("CreateFlowProjectUser", **within, **two)["Data"] is True
    users = caller.ask("ListFlowProjectUser", **within)["Users"]["User"]
    assert [(row["UserName"], row["AccountUserId"]) for row in users][1:] == [("ann", "1"), ("bob", "2")]
    assert caller.ask("DeleteFlowProjectUser", **within, UserName="ann")["Data"] is True


def test_a_linked_cluster_takes_new_settings(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    asked = within | {"ClusterId": world.ids()["cluster"]}
    lists = {
        "UserList.1": "hadoop",
        "UserList.2": "hdfs",
        "HostList.1": "elsewhere",
        "QueueList.1": "default",
    }
    caller.ask("CreateFlowProjectClusterSetting", **asked, DefaultUser="hadoop", **lists)
    told = caller.ask("DescribeFlowProjectClusterSetting", **asked)
    assert (told["DefaultUser"], told["UserList"], told["QueueList"]) == (
        "hadoop",
        {"User": ["hadoop", "hdfs"]},
        {"Queue": ["default"]},
    )
    assert caller.ask("ListFlowClusterHost", **asked)["HostList"]["Host"] == []
    assert len(caller.ask("ListFlowClusterAllHosts", **asked)["HostList"]["Host"]) == 1
    caller.ask("ModifyFlowProjectClusterSetting", **asked, DefaultQueue="q")
    assert caller.ask("DescribeFlowProjectClusterSetting", **asked)["DefaultUser"] == "hadoop"
    assert caller.ask("DeleteFlowProjectClusterSetting", **asked)["Data"] is True
    assert caller.refused("DescribeFlowProjectClusterSetting", **asked)[1] == "EntityNotExist"


def test_folders_are_made_renamed_moved_and_deleted(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    top = caller.ask("DescribeFlowCategory", **within, Id=world.ids()["folder"])["ParentId"]
    made = caller.ask("CreateFlowCategory", **within, Name="sub", Type="JOB", ParentId=world.ids()["folder"])[
        "Id"
    ]
    caller.ask("ModifyFlowCategory", **within, Id=made, Name="moved", ParentId=top)
    told = caller.ask("DescribeFlowCategory", **within, Id=made)
    assert (told["Name"], told["ParentId"]) == ("moved", top)
    assert caller.refused("ModifyFlowCategory", **within, Id=top, Name="x")[1] == "OperationConflict"
    caller.ask("DeleteFlowCategory", **within, Id=made)
    assert caller.refused("DescribeFlowCategory", **within, Id=made)[1] == "EntityNotExist"


def names_in(tree: dict[str, object]) -> list[str]:
    children = tree["children"]
    assert isinstance(children, list)
    node = tree["node"]
    assert isinstance(node, dict)
    return [str(node["name"]), *(name for child in children for name in names_in(child))]


def test_the_tree_holds_folders_and_files(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    tree = json.loads(caller.ask("DescribeFlowCategoryTree", **within, Type="JOB")["Data"])
    assert tree["node"]["parentId"] == "root_parent"
    assert names_in(tree) == ["JOB", "nightly", "extract", "load"]
    leaf = tree["children"][0]["children"][0]
    assert leaf["node"]["objectId"] == world.ids()["job1"]
    assert (leaf["node"]["categoryType"], leaf["childrenMap"]) == ("FILE", {})
    found = caller.ask("DescribeFlowCategoryTree", **within, Type="job", Keyword="EXTR")["Data"]
    assert names_in(json.loads(found)) == ["JOB", "nightly", "extract"]
    below = caller.ask("DescribeFlowCategoryTree", **within, Type="JOB", CategoryId=world.ids()["folder"])
    assert names_in(json.loads(below["Data"])) == ["nightly", "extract"]
    assert names_in(json.loads(caller.ask("DescribeFlowCategoryTree", **within, Type="ADHOC")["Data"])) == [
        "ADHOC"
    ]


def test_a_file_is_an_entry_of_its_own(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    [entry] = caller.ask("ListFlowCategory", **within, ParentId=world.ids()["folder"])["Categories"][
        "Category"
    ]
    assert (entry["ObjectType"], entry["ObjectId"]) == ("JOB", world.ids()["job1"])
    told = caller.ask("DescribeFlowCategory", **within, Id=entry["Id"])
    assert {name: told[name] for name in entry} == entry


def test_every_setting_of_a_job_comes_back(
    caller: RpcCaller, acs3: Acs3Caller, within: dict[str, str]
) -> None:
    given = {
        "Name": "j",
        "Type": "SPARK_STREAMING",
        "Description": ODD,
        "Params": ODD,
        "ParamConf": '{"date": "${yyyy-MM-dd}"}',
        "EnvConf": '{"key":"value"}',
        "RunConf": '{"priority":1,"userName":"hadoop","memory":2048,"cores":1}',
        "MonitorConf": '{"inputs":[{"type":"KAFKA"}]}',
        "AlertConf": "N/A",
        "CustomVariables": '{"scope":"PROJECT"}',
        "RetryPolicy": "N/A",
        "FailAct": "CONTINUE",
        "ResourceList.1.Path": "oss://bucket/a b.jar",
        "ResourceList.1.Alias": "a.jar",
        "ResourceList.2.Path": "hdfs://x",
        "MaxRetry": 5,
        "RetryInterval": 200,
        "MaxRunningTimeSec": 7,
        "Mode": "YARN",
        "Adhoc": "True",
    }
    body = {name: given[name] for name in ("Params", "Description", "ResourceList.1.Path")}
    query = {name: value for name, value in given.items() if name not in body}
    made = json.loads(acs3.post("CreateFlowJob", body, **within, **query).content)
    told = caller.ask("DescribeFlowJob", **within, Id=made["Id"])
    same = set(given) - {
        "ResourceList.1.Path",
        "ResourceList.1.Alias",
        "ResourceList.2.Path",
        "Mode",
        "Adhoc",
    }
    assert {name: told[name] for name in same} == {name: given[name] for name in same}
    assert (told["mode"], told["Adhoc"]) == ("YARN", "true")
    assert told["ResourceList"]["Resource"] == [
        {"Path": "oss://bucket/a b.jar", "Alias": "a.jar"},
        {"Path": "hdfs://x", "Alias": ""},
    ]


def test_only_what_is_named_is_changed(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    before = caller.ask("DescribeFlowJob", **within, Id=world.ids()["job1"])
    caller.ask("ModifyFlowJob", **within, Id=world.ids()["job1"], Description="new", Params="")
    after = caller.ask("DescribeFlowJob", **within, Id=world.ids()["job1"])
    changed = {name for name in before if before[name] != after[name]}
    assert changed - {"RequestId", "GmtModified"} == {"Description", "Params"}


def test_a_clone_is_named_or_gets_a_name(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    for name in ("mine", None):
        clone = caller.ask("CloneFlowJob", **within, Id=world.ids()["job1"], Name=name)["Id"]
        told = caller.ask("DescribeFlowJob", **within, Id=clone)
        assert told["Name"] == name or (name is None and told["Name"] != "extract")
        assert (told["Params"], told["CategoryId"]) == ("echo one", world.ids()["folder"])
        caller.ask("DeleteFlowJob", **within, Id=clone)


def test_the_example_of_the_reference_is_accepted(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    """The request values of the CreateFlowJob page as printed, masked ids replaced."""
    caller.ask(
        "CreateFlowJob",
        **within,
        **{"ResourceList.1.Path": "oss://path/demo.jar", "ResourceList.1.Alias": "demo.jar"},
        Description="This is the description of a job",
        Name="my_shell_job",
        RegionId="cn-hangzhou",
        Type="SHELL",
        FailAct="CONTINUE",
        MaxRetry=5,
        RetryPolicy="N/A",
        MaxRunningTimeSec=0,
        RetryInterval=200,
        Params="ls -l",
        ParamConf='{"date":"${yyyy-MM-dd}"}',
        CustomVariables=r"{\"scope\":\"PROJECT\",\"entityId\":\"FP-80C2FDDBF35D9CC5\"}",
        EnvConf='{"key":"value"}',
        RunConf='{"priority":1,"userName":"hadoop","memory":2048,"cores":1}',
        MonitorConf='{"inputs":[{"type":"KAFKA","clusterId":"C-1234567","topics":"kafka_topic"}]}',
        Mode="YARN",
        ParentCategory=world.ids()["folder"],
        Adhoc="false",
        ClusterId=world.ids()["cluster"],
        AlertConf="N/A",
    )


@pytest.mark.parametrize("text", ["a\x00b", "%ff"])
def test_what_is_no_text_is_refused(caller: RpcCaller, within: dict[str, str], text: str) -> None:
    bad = text if "\x00" in text else b"\xff".decode("utf-8", "surrogateescape")
    parameters = caller.parameters(
        "CreateFlowJob", within | {"Name": "n", "Type": "SHELL", "Description": bad}
    )
    response = Client().get(f"/?{urlencode(parameters, errors='surrogateescape')}")
    assert (response.status_code, json.loads(response.content)["Code"]) == (400, "InvalidParameter")
    assert not Job.objects.filter(name="n").exists()


def test_groups_are_changed_by_biz_id_and_deleted_by_either_id(caller: RpcCaller, world: World) -> None:
    contact = world.contact.biz_id
    caller.ask("ModifyAlertContact", BizId=contact, Name="Mina", Email="new@example.com")
    caller.ask(
        "ModifyAlertUserGroup", BizId=world.user_group.biz_id, Name="g2", Description="d2", UserList=contact
    )
    caller.ask(
        "ModifyAlertDingDingGroup",
        BizId=world.dingtalk_group.biz_id,
        Name="r2",
        Description="d2",
        WebHookUrl="http://127.0.0.1:9/robot/send?access_token=y",
    )
    [told] = caller.ask("ListAlertUserGroup")["AlertUserGroupList"]
    assert (told["Name"], told["UserList"]) == (
        "g2",
        [{"UserId": contact, "UserName": "Mina", "EnableEmail": True, "EnableSMS": False}],
    )
    assert caller.ask("DeleteAlertUserGroups", Ids=str(world.user_group.pk))["Done"] is True
    assert caller.ask("DeleteAlertDingDingGroups", Ids=f'["{world.dingtalk_group.biz_id}"]')["Done"] is True
    assert caller.refused("DeleteAlertContacts", Ids=f"{world.contact.pk},999999")[1] == "EntityNotExist"
    assert len(caller.ask("ListAlertContacts")["AlertContactList"]) == 1


def test_a_group_of_nobody_who_exists_is_refused(caller: RpcCaller) -> None:
    made = caller.ask("CreateAlertContact", Name="bob", Email="a@b.example")
    assert isinstance(made["Id"], int)
    refused = caller.refused("CreateAlertUserGroup", Name="g", Description="d", UserList='["x"]')
    assert refused[1] == "InvalidParameter"
    refused = caller.refused("CreateAlertDingDingGroup", Name="g", Description="d", WebHookUrl="no address")
    assert '"WebHookUrl"' in refused[2]


@pytest.mark.parametrize(
    ("thing", "change"), [("flow", "ModifyFlowForWeb"), ("job1", "ModifyFlowJob")], ids=["flow", "job"]
)
def test_a_lock_keeps_others_from_changing_until_it_is_given_back_or_taken(
    caller: RpcCaller, world: World, within: dict[str, str], thing: str, change: str
) -> None:
    ann = User.objects.create_user("ann")
    add_member(world.project, user_name="ann", role="editor", by=world.owner)
    anns = RpcCaller.of(create_key(ann, by=ann, key_id="anns-key", secret="anns-secret-of-16"))
    entity, describe = world.ids()[thing], change.replace("Modify", "Describe").removesuffix("ForWeb")

    taken = anns.ask("CreateFlowEditLock", EntityId=entity)
    assert (taken["EntityId"], taken["UserId"]) == (entity, account_id(ann))
    assert json.loads(anns.ask(describe, **within, Id=entity)["EditLockDetail"])["userName"] == "ann"
    assert anns.ask(change, **within, Id=entity, Description="ann was here")["Data"] is True
    status, code, message = caller.refused(change, **within, Id=entity, Description="olga was here")
    assert (status, code) == (409, "OperationConflict")
    assert "ann has locked this" in message
    assert caller.refused("CreateFlowEditLock", EntityId=entity)[1] == "OperationConflict"
    assert caller.refused("DeleteFlowEditLock", EntityId=entity)[1] == "OperationConflict"

    assert caller.ask("CreateFlowEditLock", EntityId=entity, Force="true")["UserId"] == account_id(
        world.owner
    )
    assert anns.refused(change, **within, Id=entity, Description="x")[1] == "OperationConflict"
    assert caller.ask("DeleteFlowEditLock", EntityId=entity)["Data"] is True
    assert caller.ask("DeleteFlowEditLock", EntityId=entity)["Data"] is False
    assert anns.ask(change, **within, Id=entity, Description="ann again")["Data"] is True
    assert anns.ask(describe, **within, Id=entity)["EditLockDetail"] == "{}"


def test_a_lock_that_was_forgotten_ends_by_itself(caller: RpcCaller, world: World) -> None:
    ann = User.objects.create_user("ann")
    lock = take_lock(world.flow.edit_subject, by=ann)
    Lock.objects.filter(pk=lock.pk).update(expires_at=timezone.now())
    caller.ask("ModifyFlow", ProjectId=world.ids()["project"], Id=world.ids()["flow"], Description="x")
    assert caller.ask("CreateFlowEditLock", EntityId=world.ids()["flow"])["Status"] == "LOCKED"
