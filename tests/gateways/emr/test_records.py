"""Variable collections, the audit, counts, relations and agents."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.projects import account_id
from apps.jobs.models import Job
from apps.projects.actions import create_project
from apps.projects.models import User
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import World

pytestmark = pytest.mark.django_db

SECRET = "open sesame 41"


def collection(entity_id: str, *variables: tuple[str, str, bool], scope: str = "PROJECT") -> str:
    rows = [{"name": n, "value": v, "properties": {"password": secret}} for n, v, secret in variables]
    return json.dumps({"scope": scope, "entityId": entity_id, "variables": rows})


def variables_of(caller: RpcCaller, entity_id: str) -> dict[str, str]:
    told = json.loads(caller.ask("DescribeFlowVariableCollection", EntityId=entity_id)["Result"])
    assert told["entityId"] == entity_id
    return {row["name"]: row["value"] for row in told["variables"]}


@pytest.mark.parametrize("kind", ["project", "job1"])
def test_a_collection_is_replaced_and_its_secrets_stay_hidden(
    caller: RpcCaller, world: World, kind: str
) -> None:
    entity = world.ids()[kind]
    caller.ask(
        "ModifyFlowVariableCollection", Data=collection(entity, ("v1", "1", False), ("key", SECRET, True))
    )
    assert variables_of(caller, entity) == {"v1": "1", "key": "******"}
    caller.ask(
        "ModifyFlowVariableCollection", Data=collection(entity, ("v2", "2", False), ("key", "******", True))
    )
    assert variables_of(caller, entity) == {"v2": "2", "key": "******"}
    if kind == "project":
        assert world.project.variables.get(name="key").value == SECRET
    else:
        assert SECRET in Job.objects.get(pk=world.jobs[0].pk).variables_text


def test_passwords_of_a_job_are_sealed_in_its_row_and_masked_in_every_answer(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    text = collection("FJ-1", ("key", SECRET, True), ("plain", "x", False), scope="JOB")
    caller.ask("ModifyFlowJob", **within, Id=world.ids()["job1"], CustomVariables=text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT variables_text FROM jobs_job WHERE id = %s", [world.jobs[0].pk])
        assert SECRET not in cursor.fetchone()[0]
    described = caller.ask("DescribeFlowJob", **within, Id=world.ids()["job1"])
    listed = caller.ask("ListFlowJob", **within, Id=world.ids()["job1"])
    assert SECRET not in json.dumps([described, listed])
    told = json.loads(described["CustomVariables"])
    assert [row["value"] for row in told["variables"]] == ["******", "x"]
    # Written back as it was told, it is what it was.
    caller.ask(
        "ModifyFlowJob", **within, Id=world.ids()["job1"], CustomVariables=described["CustomVariables"]
    )
    assert SECRET in Job.objects.get(pk=world.jobs[0].pk).variables_text


def test_variables_of_a_flow_are_its_parameters(caller: RpcCaller, world: World) -> None:
    flow = world.ids()["flow"]
    caller.ask("ModifyFlowVariableCollection", Data=collection(flow, ("day", "${yyyyMMdd}", False)))
    assert variables_of(caller, flow) == {"day": "${yyyyMMdd}"}
    refused = caller.refused("ModifyFlowVariableCollection", Data=collection(flow, ("k", "v", True)))
    assert refused[:2] == (400, "InvalidParameter")
    assert variables_of(caller, flow) == {"day": "${yyyyMMdd}"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("{}", "MissingParameter"),
        ('{"entityId": "FP-0000000000000001"}', "EntityNotExist"),
        ('{"entityId": "nonsense"}', "EntityNotExist"),
        ("[]", "InvalidParameter"),
        ('{"entityId": "<project>", "variables": 1}', "InvalidParameter"),
        ('{"entityId": "<project>", "variables": [{"value": "1"}]}', "InvalidParameter"),
        ('{"entityId": "<project>", "variables": [{"name": "no name"}]}', "InvalidParameter"),
    ],
)
def test_a_collection_that_is_none_is_refused_and_changes_nothing(
    caller: RpcCaller, world: World, data: str, code: str
) -> None:
    data = data.replace("<project>", world.ids()["project"])
    assert caller.refused("ModifyFlowVariableCollection", Data=data)[1] == code
    assert not world.project.variables.exists()


def test_the_audit_tells_who_did_what_and_is_filtered(caller: RpcCaller, world: World) -> None:
    caller.ask("ModifyFlowJob", ProjectId=world.ids()["project"], Id=world.ids()["job1"], Description="x")
    operator = account_id(world.owner)
    told = caller.ask(
        "GetFlowAuditLogs",
        EntityId=world.ids()["job1"],
        EntityType="JOB",
        Operation="UPDATE",
        OperatorId=operator,
        EntityGroupId=world.ids()["project"],
    )
    [item] = told["Items"]["Item"]
    assert told["TotalCount"] == 1
    assert (item["EntityId"], item["EntityType"], item["Operation"], item["OperatorId"]) == (
        world.ids()["job1"],
        "JOB",
        "UPDATE",
        operator,
    )
    assert json.loads(item["Content"])["fields"] == ["description"]
    first = caller.ask("GetFlowAuditLogs", EntityGroupId=world.ids()["project"], OrderMode="ASC", Limit=1)
    assert [each["Operation"] for each in first["Items"]["Item"]] == ["CREATE"]
    assert caller.ask("GetFlowAuditLogs", Status="FAILED")["TotalCount"] == 0
    assert caller.ask("GetFlowAuditLogs", EntityId="nonsense")["TotalCount"] == 0


def test_nobody_reads_the_audit_or_the_relations_of_a_project_that_is_not_theirs(
    caller: RpcCaller, world: World
) -> None:
    stranger = User.objects.create_user("stranger")
    theirs = create_project(name="Theirs", by=stranger)
    told = caller.ask("GetFlowAuditLogs", EntityGroupId=spell_id("project", theirs))
    assert told["TotalCount"] == 0
    for action in ("GetFlowEntityRelationGraph", "DescribeFlowVariableCollection"):
        assert caller.refused(action, EntityId=spell_id("project", theirs))[1] == "EntityNotExist"
    assert caller.refused("DescribeFlowAgentUser", UserId=account_id(stranger))[1] == "EntityNotExist"


def test_relations_name_users_jobs_and_parents(caller: RpcCaller, world: World) -> None:
    ids = world.ids()

    def edges(entity: str, **given: str) -> set[tuple[str, str, str]]:
        told = json.loads(caller.ask("GetFlowEntityRelationGraph", EntityId=ids[entity], **given)["Data"])
        assert {node["entityId"] for node in told["nodes"]} >= {ids[entity]} - {ids["project"]}
        return {(edge["source"], edge["target"], edge["relationship"]) for edge in told["edges"]}

    uses = {(ids["flow"], ids[job], "USES") for job in ("job1", "job2")}
    waits = {(ids["child"], ids["flow"], "DEPENDS_ON")}
    assert edges("job1") == {(ids["flow"], ids["job1"], "USES")}
    assert edges("flow") == uses | waits
    assert edges("project") == uses | waits
    assert edges("flow", Relationship="depends_on") == waits


def test_jobs_and_runs_are_counted(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    told = json.loads(caller.ask("DescribeFlowJobStatistic", **within)["StatisticInfo"])
    assert (told["total"], told["type"]) == (2, {"SHELL": 2})
    assert told["status"] == {"OK": 1, "FAILED": 1, "SUBMITTING": 1}
    sla = json.loads(caller.ask("DescribeFlowSLA", **within, Metrics="count")["Data"])
    assert sla == {"total": 1, "status": {"SUCCEEDED": 1}, "successRate": 1.0}
    assert caller.refused("DescribeFlowSLA", **within)[1] == "MissingParameter"


def test_an_agent_is_told_that_it_needs_no_token(caller: RpcCaller, world: World) -> None:
    cluster = world.ids()["cluster"]
    assert caller.ask("DescribeFlowAgentToken", ClusterBizId=cluster, InnerIP="10.0.0.5")["Data"] == ""
    assert caller.refused("DescribeFlowAgentToken", ClusterBizId="C-1", InnerIP="x")[1] == "EntityNotExist"
    told = json.loads(caller.ask("DescribeFlowAgentUser", ClusterBizId=cluster)["Data"])
    assert told == {"userId": account_id(world.owner), "userName": "olga"}


def test_what_was_kept_in_plain_text_is_sealed_by_the_migration(world: World) -> None:
    text, job = collection("FJ-1", ("key", SECRET, True)), world.jobs[0].pk
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET variables_text = %s WHERE id = %s", [text, job])
    before = MigrationLoader(connection).project_state(("jobs", "0002_recurrence")).apps
    migration = import_module("apps.jobs.migrations.0003_sealed_variables")
    migration.seal_all(before, None)
    assert Job.objects.get(pk=job).variables_text == text
    migration.open_all(before, None)
    assert before.get_model("jobs", "Job").objects.get(pk=job).variables_text == text
