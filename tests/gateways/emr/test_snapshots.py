"""Snapshots of flows and jobs are the revisions that pages and runs know."""

from __future__ import annotations

import json

import pytest

from apps.engine.states import State
from apps.flows import runs
from apps.flows.actions import publish_flow
from apps.flows.backfilled import Backfill
from apps.flows.revisions import freeze_flow
from apps.jobs.models import Job
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import NOMINAL, World, graph

pytestmark = pytest.mark.django_db


def numbers(caller: RpcCaller, entity: str, **given: str) -> list[str]:
    told = caller.ask("ListFlowEntitySnapshot", EntityId=entity, **given)
    assert told["TotalCount"] == len(told["Items"]["Item"])
    return [item["Revision"] for item in told["Items"]["Item"]]


def test_a_job_is_committed_compared_and_restored(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    job = world.ids()["job1"]
    first = caller.ask("CommitFlowEntitySnapshot", EntityType="JOB", EntityId=job, Message="as it was")[
        "Data"
    ]
    caller.ask("ModifyFlowJob", **within, Id=job, Params="echo two", ParamConf="")
    second = caller.ask("CommitFlowEntitySnapshot", EntityType="JOB", EntityId=job, Message="changed")["Data"]
    assert numbers(caller, job) == [second, first]
    assert numbers(caller, job, OrderMode="ASC") == [first, second]

    told = caller.ask("DescribeFlowEntitySnapshot", EntityId=job, Revision=first)
    assert (told["Message"], told["Active"], told["EntityGroupId"]) == (
        "as it was",
        False,
        within["ProjectId"],
    )
    assert json.loads(told["Data"])["params"] == "echo one"
    difference = caller.ask("DiffFlowEntitySnapshot", EntityId=job, SrcRevision=first, DstRevision=second)[
        "Data"
    ]
    assert {"-echo one", "+echo two"} <= set(difference.splitlines())

    assert caller.ask("RestoreFlowEntitySnapshot", EntityId=job, Revision=first)["Data"] is True
    restored = Job.objects.get(pk=world.jobs[0].pk)
    assert (restored.content, restored.params_text) == ("echo one", '{"date":"${yyyy-MM-dd}"}')
    assert [(r.path, r.alias) for r in restored.resources.all()] == [("oss://b/a.jar", "a.jar")]


def test_a_flow_is_committed_compared_and_restored(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    flow = world.ids()["flow"]
    first = caller.ask("CommitFlowEntitySnapshot", EntityId=flow, Message="two jobs")["Data"]
    caller.ask("ModifyFlowForWeb", **within, Id=flow, Graph=graph(world.jobs[:1]))
    second = caller.ask("CommitFlowEntitySnapshot", EntityId=flow, Message="one job")["Data"]
    difference = caller.ask("DiffFlowEntitySnapshot", EntityId=flow, SrcRevision=first, DstRevision=second)[
        "Data"
    ]
    assert "removed load" in difference.splitlines()
    assert caller.ask("RestoreFlowEntitySnapshot", EntityId=flow, Revision=first)["Data"] is True
    assert caller.ask("DescribeFlow", **within, Id=flow)["Graph"] == graph(world.jobs)


def test_cleaning_up_keeps_what_ran_what_is_published_and_the_newest(caller: RpcCaller, world: World) -> None:
    flow = world.ids()["flow"]
    ran = str(world.run.revision.number)
    published = publish_flow(world.flow, by=world.owner, message="out").number
    for message in ("a", "b", "c"):
        newest = caller.ask("CommitFlowEntitySnapshot", EntityId=flow, Message=message)["Data"]
    assert caller.ask("CleanupFlowEntitySnapshot", EntityIdList=f'["{flow}"]')["Data"] is True
    assert set(numbers(caller, flow)) == {ran, str(published), newest}


def test_cleaning_up_keeps_what_a_backfill_is_to_run(caller: RpcCaller, world: World) -> None:
    flow = world.ids()["flow"]
    held = freeze_flow(world.flow, by=world.owner, message="held")
    Backfill.objects.create(
        project=world.project, flow=world.flow, revision=held, first_at=NOMINAL, last_at=NOMINAL
    )
    for message in ("unused", "newest"):
        caller.ask("CommitFlowEntitySnapshot", EntityId=flow, Message=message)
    assert caller.ask("CleanupFlowEntitySnapshot", EntityIdList=f'["{flow}"]')["Data"] is True
    assert set(world.flow.revisions.exclude(runs__isnull=False).values_list("message", flat=True)) == {
        "held",
        "newest",
    }
    assert caller.ask("GetFlowAuditLogs", EntityId=flow, Operation="CLEAN_UP")["TotalCount"] == 1


@pytest.mark.parametrize(
    ("action", "given", "code"),
    [
        ("CommitFlowEntitySnapshot", {"EntityId": "<project>"}, "InvalidParameter"),
        ("CommitFlowEntitySnapshot", {"EntityId": "<flow>", "EntityType": "JOB"}, "InvalidParameter"),
        ("DescribeFlowEntitySnapshot", {"EntityId": "<flow>", "Revision": "99"}, "EntityNotExist"),
        ("DescribeFlowEntitySnapshot", {"EntityId": "<job1>"}, "EntityNotExist"),
        ("DescribeFlowEntitySnapshot", {"EntityId": "<flow>", "Revision": "one"}, "InvalidParameter"),
        ("RestoreFlowEntitySnapshot", {"EntityId": "<flow>"}, "MissingParameter"),
        ("CleanupFlowEntitySnapshot", {"EntityIdList": "<flow>,F-1"}, "EntityNotExist"),
    ],
)
def test_what_has_no_such_snapshot_is_refused(
    caller: RpcCaller, world: World, action: str, given: dict[str, str], code: str
) -> None:
    ids = world.ids()
    asked = {
        name: text.replace("<project>", ids["project"])
        .replace("<flow>", ids["flow"])
        .replace("<job1>", ids["job1"])
        for name, text in given.items()
    }
    assert caller.refused(action, **asked)[1] == code


def test_an_instance_that_waits_is_started_at_once(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    waiting = runs.submit_flow(world.child, by=world.owner, heeds_parents=True)
    assert waiting.state == State.WAITING
    instance = f"FI-{waiting.ref}"
    assert caller.ask("DescribeFlowInstance", **within, Id=instance)["Status"] == "PREP"
    assert caller.ask("StartFlow", **within, FlowInstanceId=instance)["Data"] is True
    assert caller.ask("DescribeFlowInstance", **within, Id=instance)["Status"] != "PREP"
    assert caller.refused("StartFlow", **within, FlowInstanceId=world.ids()["run"])[1] == "OperationConflict"
