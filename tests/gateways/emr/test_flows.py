"""Making and changing flows through EMR's two formats."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from apps.flows.actions import publish_flow
from apps.flows.models import Flow
from apps.flows.revisions import deployed
from apps.gateways.emr.wire.alert_conf import EVENTS
from apps.gateways.emr.wire.ids import spell_id
from apps.projects.models import Project
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import World, graph

pytestmark = pytest.mark.django_db

START, END = 1_900_000_000_000, 1_900_100_000_000


def make(caller: RpcCaller, within: dict[str, str], **given: object) -> dict[str, str]:
    """The parameters that name a new flow."""
    made = caller.ask("CreateFlowForWeb", **within, **({"Name": "f", "Description": "d"} | given))
    assert made["Id"].startswith("F-")
    return within | {"Id": made["Id"]}


def test_a_graph_comes_back_as_it_was_sent(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    drawn = graph(world.jobs, unknown={"kept": [1.50, "é"]}).replace('"x": 500', '"x": 5.00e2')
    flow = make(caller, within, Graph=drawn)
    assert caller.ask("DescribeFlow", **flow)["Graph"] == drawn
    caller.ask("ModifyFlowForWeb", **flow, Graph=drawn.replace("5.00e2", "7"))
    assert '"x": 7' in caller.ask("DescribeFlow", **flow)["Graph"]


def test_an_application_becomes_a_drawing(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    job1, job2 = world.ids()["job1"], world.ids()["job2"]
    application = {
        "nodeDefMap": {
            ":start:": {"name": ":start:", "type": ":start:", "transitions": ["a"]},
            "a": {"name": "a", "type": ":action:", "jobId": job1, "transitions": ["b"]},
            "b": {"name": "b", "type": ":action:", "jobId": job2, "transitions": ["end"]},
            "end": {"name": "end", "type": ":end:"},
        }
    }
    made = caller.ask("CreateFlow", **within, Name="f", Description="d", Application=json.dumps(application))
    reply = caller.ask("DescribeFlow", **within, Id=made["Id"])
    nodes = {node["id"]: node for node in json.loads(reply["Graph"])["nodes"]}
    assert nodes["a"]["attribute"] == {"type": "JOB", "jobId": job1, "jobType": "SHELL"}
    assert nodes["a"]["y"] < nodes["b"]["y"]
    back = json.loads(reply["Application"])["nodeDefMap"]
    transitions = {name: node.get("transitions") for name, node in back.items()}
    assert transitions == {":start:": ["a"], "a": ["b"], "b": ["end"], "end": None}


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("not json", "not JSON"),
        ('{"nodes": 3}', "nodes"),
        ('{"nodes":[],"edges":[]}', "START"),
        (
            '{"nodes":[{"id":"a","attribute":{"type":"START"}},{"id":"b","attribute":{"type":"START"}},'
            '{"id":"c","attribute":{"type":"END"}}],"edges":[]}',
            "START",
        ),
        (
            '{"nodes":[{"id":"s","attribute":{"type":"START"}},{"id":"e","attribute":{"type":"END"}},'
            '{"id":"a","label":"hen","attribute":{"type":"JOB","jobId":"FJ-0000000000000001"}},'
            '{"id":"b","label":"egg","attribute":{"type":"JOB","jobId":"FJ-0000000000000001"}}],'
            '"edges":[{"id":"1","source":"a","target":"b"},{"id":"2","source":"b","target":"a"}]}',
            "hen",
        ),
        (
            '{"nodes":[{"id":"s","attribute":{"type":"START"}},{"id":"e","attribute":{"type":"END"}},'
            '{"id":"a","attribute":{"type":"JOB","jobId":"FJ-00000000000000AA","jobType":"SHELL"}}],'
            '"edges":[{"id":"1","source":"s","target":"a"},{"id":"2","source":"a","target":"e"}]}',
            "FJ-00000000000000AA",
        ),
    ],
)
def test_a_graph_that_cannot_run_is_refused_and_nothing_is_stored(
    caller: RpcCaller, world: World, within: dict[str, str], broken: str, told: str
) -> None:
    before = Flow.objects.count()
    status, code, message = caller.refused(
        "CreateFlowForWeb", **within, Name="f", Description="d", Graph=broken
    )
    assert (status, code) == (400, "InvalidParameter")
    assert '"Graph"' in message
    assert told in message
    assert Flow.objects.count() == before

    flow = within | {"Id": world.ids()["flow"]}
    assert caller.refused("ModifyFlowForWeb", **flow, Graph=broken, Description="changed")[0] == 400
    kept = caller.ask("DescribeFlow", **flow)
    assert (kept["Description"], kept["Graph"]) == ("d", world.ids()["graph"])


def test_an_application_that_is_none_is_refused_by_its_own_name(
    caller: RpcCaller, within: dict[str, str]
) -> None:
    refused = caller.refused(
        "CreateFlow", **within, Name="f", Description="d", Application='{"nodeDefMap":[]}'
    )
    assert refused[:2] == (400, "InvalidParameter")
    assert '"Application"' in refused[2]


def test_a_name_is_taken_once_in_a_project(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    make(caller, within)
    assert caller.refused("CreateFlowForWeb", **within, Name="f", Description="d")[:2] == (
        409,
        "OperationConflict",
    )
    assert caller.refused("CreateFlowForWeb", **within, Name="x" * 65, Description="d")[:2] == (
        400,
        "InvalidParameter",
    )


def test_a_flow_made_with_a_cron_fires_from_then_on(caller: RpcCaller, within: dict[str, str]) -> None:
    flow = make(caller, within, CronExpr="0 0 3 * * ?", StartSchedule=START, EndSchedule=END)
    told = caller.ask("DescribeFlow", **flow)
    assert (told["Status"], told["Periodic"], told["CronExpr"]) == ("UNDER_SCHEDULE", True, "0 0 3 * * ?")
    assert (told["StartSchedule"], told["EndSchedule"]) == (START, END)
    schedule = Flow.objects.get(name="f").schedule
    assert schedule.start_at == datetime.fromtimestamp(START / 1000, UTC)
    assert schedule.next_fire_at is not None


def test_scheduling_is_switched_by_status_and_periodic(caller: RpcCaller, within: dict[str, str]) -> None:
    flow = make(caller, within, CronExpr="0 0 3 * * ?", StartSchedule=START)
    caller.ask("ModifyFlowForWeb", **flow, Status="STOP_SCHEDULE", Periodic="False")
    told = caller.ask("DescribeFlow", **flow)
    assert (told["Status"], told["Periodic"], told["CronExpr"]) == ("STOP_SCHEDULE", False, "0 0 3 * * ?")
    caller.ask("ModifyFlow", **flow, Status="under_schedule", Periodic="true")
    told = caller.ask("DescribeFlow", **flow)
    assert (told["Status"], told["Periodic"]) == ("UNDER_SCHEDULE", True)


def test_a_flow_without_a_cron_cannot_be_scheduled(caller: RpcCaller, within: dict[str, str]) -> None:
    flow = make(caller, within)
    assert caller.refused("ModifyFlowForWeb", **flow, Status="UNDER_SCHEDULE")[1] == "InvalidParameter"


def test_the_status_of_a_flow_without_a_cron_is_whether_it_follows_its_parents(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    flow = make(caller, within, ParentFlowList=world.ids()["flow"])
    assert caller.ask("DescribeFlow", **flow)["Status"] == "UNDER_SCHEDULE"
    for status, follows in (("STOP_SCHEDULE", False), ("UNDER_SCHEDULE", True)):
        caller.ask("ModifyFlow", **flow, Status=status)
        assert Flow.objects.get(name="f").follows is follows
        assert caller.ask("DescribeFlow", **flow)["Status"] == status
        listed = caller.ask("ListFlow", **within, Name="f", Status=status)["Flow"]["Flow"]
        assert [each["Status"] for each in listed if each["Name"] == "f"] == [status]


def test_a_flow_whose_parents_are_taken_away_cannot_be_scheduled_by_them(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    flow = make(caller, within, ParentFlowList=world.ids()["flow"], Status="STOP_SCHEDULE")
    assert Flow.objects.get(name="f").follows is False
    refused = caller.refused("ModifyFlow", **flow, ParentFlowList="", Status="UNDER_SCHEDULE")
    assert refused[1] == "InvalidParameter"


def test_all_events_and_unknown_groups_of_an_alert_conf_come_back(
    caller: RpcCaller, within: dict[str, str]
) -> None:
    items = [
        {
            "enable": number % 2 == 0,
            "eventId": event_id,
            "alertUserGroupIdList": ["AUG-from-elsewhere"],
            "alertDingDingGroupList": [],
        }
        for number, event_id in enumerate(EVENTS)
    ]
    assert len(items) == 18
    flow = make(caller, within, AlertConf=json.dumps({"items": items}))
    assert json.loads(caller.ask("DescribeFlow", **flow)["AlertConf"]) == {"items": items}


def test_settings_that_nothing_acts_on_are_given_back(caller: RpcCaller, within: dict[str, str]) -> None:
    kept = {
        "AlertUserGroupBizId": "AUG-1",
        "AlertDingDingGroupBizId": "ADG-1",
        "Lifecycle": "x",
        "Namespace": "default",
        "LogArchiveLocation": "oss://b/x",
        "HostName": "emr-header-1.cluster-1",
    }
    flow = make(caller, within, **kept)
    caller.ask("ModifyFlowForWeb", **flow, Namespace="other")
    told = caller.ask("DescribeFlow", **flow)
    assert {name: told[name] for name in kept} == kept | {"Namespace": "other"}


def test_a_template_is_kept_as_the_cluster_to_make(caller: RpcCaller, within: dict[str, str]) -> None:
    flow = make(caller, within, ClusterId="CT-0000000000000001", CreateCluster="True")
    told = caller.ask("DescribeFlow", **flow)
    assert (told["ClusterId"], told["CreateCluster"]) == ("CT-0000000000000001", True)
    refused = caller.refused("SubmitFlow", ProjectId=flow["ProjectId"], FlowId=flow["Id"])
    assert refused[:2] == (400, "UnsupportedOperation")


def test_parents_are_named_with_commas_in_brackets_or_not(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    nightly, after = world.ids()["flow"], world.ids()["child"]
    for text in (f"{nightly},{after}", f"[{nightly}, {after}]", json.dumps([nightly, after])):
        flow = make(caller, within, ParentFlowList=text)
        parents = caller.ask("DescribeFlow", **flow)["ParentFlowList"]["ParentFlow"]
        assert [parent["ParentFlowId"] for parent in parents] == [nightly, after]
        caller.ask("DeleteFlow", **flow)


def test_parents_that_wait_for_the_flow_are_refused(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    flow, child = world.ids()["flow"], world.ids()["child"]
    refused = caller.refused("ModifyFlowForWeb", **within, Id=flow, ParentFlowList=child)
    assert refused[:2] == (400, "InvalidParameter")
    assert '"ParentFlowList"' in refused[2]


def test_a_parent_in_a_project_of_strangers_is_not_there(
    caller: RpcCaller, world: World, stranger: RpcCaller
) -> None:
    own = stranger.ask("CreateFlowProject", Name="Mine", Description="d")["Id"]
    refused = stranger.refused(
        "CreateFlowForWeb", ProjectId=own, Name="f", Description="d", ParentFlowList=world.ids()["flow"]
    )
    assert refused[:2] == (400, "InvalidParameter")


def test_a_clone_has_a_name_of_its_own_and_does_not_fire(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    clones = [caller.ask("CloneFlow", **within, Id=world.ids()["flow"])["Id"] for _ in range(2)]
    told = [caller.ask("DescribeFlow", **within, Id=clone) for clone in clones]
    assert len({"nightly", *(each["Name"] for each in told)}) == 3
    assert {each["Graph"] for each in told} == {world.ids()["graph"]}
    assert {each["Status"] for each in told} == {"STOP_SCHEDULE"}


def test_a_flow_lies_in_the_folder_that_is_named(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    folder = caller.ask("CreateFlowCategory", **within, Name="sub", Type="FLOW")["Id"]
    flow = make(caller, within, ParentCategory=folder)
    assert caller.ask("DescribeFlow", **flow)["CategoryId"] == folder
    entry = caller.ask("ListFlowCategory", **within, ParentId=folder)["Categories"]["Category"][0]
    assert (entry["ObjectType"], entry["ObjectId"], entry["CategoryType"]) == ("FLOW", flow["Id"], "FILE")
    refused = caller.refused("ModifyFlowForWeb", **flow, ParentCategory=world.ids()["folder"])
    assert '"ParentCategory"' in refused[2]


def test_the_example_of_the_reference_is_accepted(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    """The request values of the CreateFlowForWeb page, masked ids replaced."""
    conf = {
        "enable": True,
        "alertUserGroupIdList": ["AUG-b79bb29bb6e14ddd89674a242623851b"],
        "alertDingDingGroupList": ["ADG-af1f9689d6194e2dbd89927d5c515172"],
    }
    events = ("EMR-210401001", "EMR-110401015", "EMR-110401002")
    caller.ask(
        "CreateFlowForWeb",
        **within,
        ClusterId=world.ids()["cluster"],
        CreateCluster="false",
        Name="my_flow_demo",
        Description="This is the description of a workflow",
        RegionId="cn-hangzhou",
        StartSchedule=1538017814000,
        EndSchedule=1538018814000,
        CronExpr="0 0 0-23/1 * * ?",
        HostName="emr-header-1.cluster-123456",
        Graph=graph(world.jobs[:1]),
        AlertConf=json.dumps({"items": [{**conf, "eventId": event} for event in events]}),
        AlertUserGroupBizId="-",
        AlertDingDingGroupBizId="-",
        ParentFlowList=f"{world.ids()['flow']},{world.ids()['child']}",
    )


def test_flows_are_listed_over_all_projects_that_the_caller_sees(
    caller: RpcCaller, world: World, stranger: RpcCaller
) -> None:
    assert {row["Name"] for row in caller.ask("ListFlow")["Flow"]["Flow"]} == {"nightly", "after"}
    assert stranger.ask("ListFlow")["Total"] == 0
    assert spell_id("project", Project.objects.get()) in {
        row["ProjectId"] for row in caller.ask("ListFlow")["Flow"]["Flow"]
    }


def test_a_graph_that_is_modified_is_what_a_published_flow_runs_from_then_on(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    publish_flow(world.flow, by=world.owner)
    caller.ask("ModifyFlow", **within, Id=world.ids()["flow"], Graph=graph(world.jobs[:1]))
    world.flow.refresh_from_db()
    revision = deployed(world.flow)
    assert revision is not None
    assert revision.drawing == graph(world.jobs[:1])
