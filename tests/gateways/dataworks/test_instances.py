"""Running workflows, and what becomes of their instances."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.engine.states import State
from apps.flows import contexts, prepare, runs
from apps.flows.models import NodeRun, Run
from apps.jobs.models import Job
from apps.projects.models import Host, Project
from tests.gateways.callers import RpcCaller
from tests.gateways.dataworks.conftest import Call, Import, Start
from tests.gateways.dataworks.documents import TRIGGER, after, chain, document, node, workflow
from tests.gateways.emr.world import work_off

pytestmark = pytest.mark.django_db

ONE_DAY = json.dumps({"BizDates": [{"StartBizDate": "2025-03-15", "EndBizDate": "2025-03-15"}]})


def starts_of(run: Run, *names: str) -> dict[str, prepare.Start]:
    """How each node of a run (or these) would be started, by its name."""
    context = contexts.run_context(run.pk)
    nodes = runs.revisions.compiled(run.revision.pk, run.revision.digest).nodes
    return {
        each["name"]: prepare.prepare(context, ordinal, each, 1, "here")
        for ordinal, each in enumerate(nodes)
        if each["digest"] and each["kind"] != "VIRTUAL" and (not names or each["name"] in names)
    }


def words(start: prepare.Start) -> list[str]:
    """What a script gets on its command line."""
    return start.argv[2:]


def test_a_manual_run_takes_its_parameters_and_is_told_to_its_end(
    call: Call, imported: Import, start: Start, host: Host
) -> None:
    flow = imported(chain(kind="ManualWorkflow"))
    task = Job.objects.get(name="b").pk
    [run] = start(flow, TaskParameters=json.dumps({str(task): "day=20250101 x=2"}))
    assert words(starts_of(run)["b"]) == ["20250101", "2"]
    told = call("GetWorkflowInstance", Id=run.pk)["WorkflowInstance"]
    assert (told["Status"], told["Type"], told["Name"]) == ("Running", "ManualWorkflow", "mine")
    work_off(run, host)
    told = call("GetWorkflowInstance", Id=run.pk)["WorkflowInstance"]
    assert (told["Status"], told["WorkflowId"]) == ("Success", flow.pk)
    listed = call("ListWorkflowInstances", BizDate=told["BizDate"], Ids=f"[{run.pk}]")["PagingInfo"]
    assert [row["Id"] for row in listed["WorkflowInstances"]] == [run.pk]
    tasks = call("ListTaskInstances", Bizdate=told["BizDate"], WorkflowInstanceId=run.pk, SortBy="Id Asc")
    rows = tasks["PagingInfo"]["TaskInstances"]
    assert [(row["TaskName"], row["Status"]) for row in rows] == [(name, "Success") for name in "abc"]
    assert call("GetTaskInstanceLog", Id=rows[1]["Id"])["TaskInstanceLog"] == "b 1\nb 2\n"
    assert call("GetTaskInstance", Id=rows[1]["Id"])["TaskInstance"]["Script"]["Content"] == "echo b $1"


def test_a_backfill_runs_as_of_the_day_after_the_business_date(
    imported: Import, start: Start, call: Call
) -> None:
    parameters = [
        {"name": name, "value": value} for name, value in (("b", "$[yyyymmddhh24miss]"), ("a", "${yyyymmdd}"))
    ]
    script = {"content": "x", "runtime": {"command": "DIDE_SHELL"}, "parameters": parameters}
    flow = imported(document(workflow("w", node("n", script=script))))
    [run] = start(flow, "SupplementData", Periods=ONE_DAY)
    assert run.nominal_at == datetime(2025, 3, 15, 18, 30, tzinfo=UTC)
    assert words(starts_of(run)["n"]) == ["20250315", "20250316023000"]
    told = call("GetWorkflowInstance", Id=run.pk)["WorkflowInstance"]
    assert told["Type"] == "SupplementData"
    assert told["BizDate"] == datetime(2025, 3, 14, 16, tzinfo=UTC).timestamp() * 1000


def test_a_backfill_makes_every_cycle_of_its_day(imported: Import, start: Start) -> None:
    flow = imported(document(workflow("w", trigger=TRIGGER | {"cron": "00 00 */6 * * ?"})))
    period = {"BizDates": [{"StartBizDate": "2025-03-15", "EndBizDate": "2025-03-15"}]}
    assert len(start(flow, "SupplementData", Periods=json.dumps(period))) == 4
    part = period | {"StartTime": "06:00:00", "EndTime": "12:00:00"}
    assert len(start(flow, "SupplementData", Periods=json.dumps(part))) == 2


def test_each_command_gets_its_parameters_in_its_own_way(imported: Import, start: Start) -> None:
    def script(command: str) -> dict[str, Any]:
        given = [{"name": "z", "value": "last one"}, {"name": "day", "value": "${yyyymmdd}"}]
        return {
            "content": "echo ${day} $1 ${workflow.region}",
            "runtime": {"command": command},
            "parameters": given,
        }

    nodes = [node(command, script=script(command)) for command in ("DIDE_SHELL", "PYTHON", "SHELL")]
    whole = {
        "path": "w",
        "runtime": {"command": "WORKFLOW"},
        "parameters": [{"name": "region", "value": "north"}],
    }
    flow = imported(document(workflow("w", *nodes, script=whole)))
    [run] = start(flow, "SupplementData", Periods=ONE_DAY, WorkflowParameters="region=south")
    made = starts_of(run)
    assert words(made["DIDE_SHELL"]) == words(made["PYTHON"]) == ["20250315", "last", "one"]
    assert words(made["SHELL"]) == ["day=20250315", "z=last one"]
    with open(made["DIDE_SHELL"].argv[1]) as file:
        assert file.read() == "echo ${day} $1 south"


def test_what_lies_after_a_failure_is_not_run_and_no_success(
    call: Call, imported: Import, start: Start, host: Host
) -> None:
    flow = imported(chain(kind="ManualWorkflow", strategy={"failureStrategy": "Continue"}))
    [run] = start(flow)
    work_off(run, host, {"a": 1})
    told = call("GetWorkflowInstance", Id=run.pk)["WorkflowInstance"]
    assert told["Status"] == "Failure"
    rows = call("ListTaskInstances", Bizdate=told["BizDate"], SortBy="Id Asc")["PagingInfo"]["TaskInstances"]
    assert [row["Status"] for row in rows] == ["Failure", "NotRun", "NotRun"]
    held = call("ListTaskInstances", Bizdate=told["BizDate"], Status="NotRun")["PagingInfo"]
    assert held["TotalCount"] == 2
    assert (
        call("ListTaskInstances", Bizdate=told["BizDate"], Status="Success")["PagingInfo"]["TotalCount"] == 0
    )


@pytest.mark.parametrize(("failure", "other"), [("Continue", State.SUCCEEDED), ("Break", State.WAITING)])
def test_a_failure_strategy_says_what_becomes_of_other_branches(
    imported: Import, start: Start, host: Host, failure: str, other: State
) -> None:
    nodes = [node(name) for name in ("bad", "good", "later")]
    strategy = {"failureStrategy": failure}
    spec = workflow(
        "w", *nodes, dependencies=[after("later", "good")], strategy=strategy, trigger={"type": "Manual"}
    )
    [run] = start(imported(document(spec, kind="ManualWorkflow")))
    work_off(run, host, {"bad": 1})
    assert NodeRun.objects.get(run=run, name="later").state == other
    assert run.state == State.FAILED


def test_nodes_that_skip_succeed_and_nodes_that_pause_fail(imported: Import, start: Start) -> None:
    skip, virtual = node("skip", command="ODPS_SQL", recurrence="Skip"), node("v", command="VIRTUAL")
    pause = node("pause", recurrence="Pause")
    spec = workflow("w", skip, virtual, pause, dependencies=[after("v", "skip"), after("pause", "v")])
    [run] = start(imported(document(spec, kind="ManualWorkflow")))
    states = dict(NodeRun.objects.filter(run=run).values_list("name", "state"))
    assert (states["skip"], states["v"], states["pause"]) == ("succeeded", "succeeded", "ready")
    with pytest.raises(prepare.JobError, match="paused"):
        starts_of(run, "pause")


def test_a_command_without_a_runner_fails_naming_itself(imported: Import, start: Start) -> None:
    for command in ("ODPS_SQL", "bash"):
        flow = imported(
            document(workflow(command, node(f"n{command}", command=command)), kind="ManualWorkflow")
        )
        with pytest.raises(prepare.JobError, match=command):
            starts_of(start(flow)[0])


def test_instances_are_stopped_each_for_itself(call: Call, imported: Import, start: Start) -> None:
    [run] = start(imported(chain(kind="ManualWorkflow")))
    told = call("StopWorkflowInstances", Ids=f"[{run.pk},999999]")["SuccessInfo"]
    assert told[str(run.pk)] == {"Success": True, "Message": ""}
    assert told["999999"]["Success"] is False
    assert call("GetWorkflowInstance", Id=run.pk)["WorkflowInstance"]["Status"] == "Failure"


def test_instances_are_run_again_under_their_own_ids(
    call: Call, imported: Import, start: Start, host: Host
) -> None:
    flow = imported(chain(kind="ManualWorkflow"))
    [run] = start(flow)
    again = {"Type": "ManualWorkflow", "WorkflowId": flow.pk, "Ids": f"[{run.pk}]"}
    operation = call("RerunWorkflowInstances", **again)["OperationId"]
    result = call("GetRerunWorkflowInstancesResult", OperationId=operation)["Result"]
    assert (result["Status"], "still going on" in result["FailureMessage"]) == ("Failure", True)
    work_off(run, host)
    operation = call("RerunWorkflowInstances", **again)["OperationId"]
    assert call("GetRerunWorkflowInstancesResult", OperationId=operation)["Result"]["Status"] == "Success"
    work_off(run, host)
    task = NodeRun.objects.get(run=run, name="b")
    assert call("GetTaskInstance", Id=task.pk)["TaskInstance"]["RunNumber"] == 2
    assert call("GetTaskInstanceLog", Id=task.pk, RunNumber=1)["TaskInstanceLog"] == "b 1\nb 2\n"


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("SupplementData", {}, "Periods"),
        ("SupplementData", {"Periods": ONE_DAY}, "manual workflow"),
        ("SmokeTest", {}, "SmokeTest"),
    ],
)
def test_what_cannot_be_started_is_told_by_the_operation(
    call: Call, imported: Import, kind: str, given: dict[str, str], told: str
) -> None:
    flow = imported(chain(kind="ManualWorkflow"))
    made = call("CreateWorkflowInstances", Name="n", Type=kind, WorkflowId=flow.pk, **given)["OperationId"]
    result = call("GetCreateWorkflowInstancesResult", OperationId=made)["Result"]
    assert (result["Status"], told in result["FailureMessage"]) == ("CreateFailure", True)


@pytest.mark.parametrize(
    "given",
    [
        {"EnvType": "Dev"},
        {"AutoStartEnabled": "False"},
        {"DefaultRunProperties": '{"ExcludeTaskIds":[1]}'},
        {"DefaultRunProperties": '{"RootTaskIds":[99999]}'},
        {"TaskParameters": '{"99999":"a=b"}'},
        {"WorkflowParameters": "no equals sign"},
    ],
)
def test_what_would_run_something_else_is_refused(
    caller: RpcCaller, imported: Import, project: Project, given: dict[str, str]
) -> None:
    flow = imported(chain(kind="ManualWorkflow"))
    asked = {
        "ProjectId": project.number,
        "Name": "n",
        "Type": "ManualWorkflow",
        "WorkflowId": flow.pk,
    } | given
    assert caller.refused("CreateWorkflowInstances", **asked)[0] == 400
    assert not Run.objects.exists()
