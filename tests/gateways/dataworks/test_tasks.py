"""Single tasks: run again, stopped, called succeeded."""

from __future__ import annotations

import pytest

from apps.engine.states import State
from apps.flows.models import NodeRun
from apps.projects.models import Host, Project
from tests.gateways.callers import RpcCaller
from tests.gateways.dataworks.conftest import Call, Import, Start
from tests.gateways.dataworks.documents import after, chain, document, node, workflow
from tests.gateways.emr.world import work_off

pytestmark = pytest.mark.django_db


def test_one_task_is_run_again_with_what_never_ran_for_its_failure(
    call: Call, imported: Import, start: Start, host: Host
) -> None:
    spec = workflow("w", node("a"), node("b"), node("c"), dependencies=[after("c", "b")])
    [run] = start(imported(document(spec, kind="ManualWorkflow")))
    tasks = {each.name: each for each in NodeRun.objects.filter(run=run)}
    told = call("RerunTaskInstances", Ids=f"[{tasks['b'].pk},999999]")["SuccessInfo"]
    assert [each["Success"] for each in told.values()] == [False, False]
    work_off(run, host, {"b": 1})
    assert (
        call("RerunTaskInstances", Ids=f"[{tasks['b'].pk}]")["SuccessInfo"][str(tasks["b"].pk)]["Success"]
        is True
    )
    work_off(run, host)
    assert run.state == State.SUCCEEDED
    attempts = dict(NodeRun.objects.filter(run=run).values_list("name", "attempt"))
    assert (attempts["a"], attempts["b"], attempts["c"]) == (1, 2, 1)


def test_a_task_that_succeeded_is_run_again_alone(
    call: Call, imported: Import, start: Start, host: Host
) -> None:
    [run] = start(imported(chain(kind="ManualWorkflow")))
    work_off(run, host)
    task = NodeRun.objects.get(run=run, name="a")
    call("RerunTaskInstances", Ids=f"[{task.pk}]")
    work_off(run, host)
    assert run.state == State.SUCCEEDED
    assert call("GetTaskInstance", Id=task.pk)["TaskInstance"]["RunNumber"] == 2
    assert NodeRun.objects.get(run=run, name="b").attempt == 1


def test_tasks_are_stopped_each_for_itself_and_what_is_below_them_does_not_run(
    call: Call, imported: Import, start: Start
) -> None:
    [run] = start(imported(chain(kind="ManualWorkflow")))
    tasks = {each.name: each for each in NodeRun.objects.filter(run=run)}
    told = call("StopTaskInstances", Ids=f"[{tasks['a'].pk},{tasks['c'].pk},999999]")["SuccessInfo"]
    assert told[str(tasks["a"].pk)] == {"Success": True, "Message": ""}
    assert told[str(tasks["c"].pk)]["Success"] is False
    assert told["999999"]["Success"] is False
    assert call("GetTaskInstance", Id=tasks["a"].pk)["TaskInstance"]["Status"] == "Failure"
    assert call("GetTaskInstance", Id=tasks["b"].pk)["TaskInstance"]["Status"] == "NotRun"
    assert call("GetWorkflowInstance", Id=run.pk)["WorkflowInstance"]["Status"] == "Failure"


def test_a_task_that_failed_is_called_succeeded_and_its_instance_goes_on_from_there(
    call: Call, imported: Import, start: Start, host: Host
) -> None:
    [run] = start(imported(chain(kind="ManualWorkflow")))
    work_off(run, host, {"a": 1})
    tasks = {each.name: each for each in NodeRun.objects.filter(run=run)}
    told = call("SetSuccessTaskInstances", Ids=f"[{tasks['a'].pk},999999]", Comment="checked by hand")
    assert [each["Success"] for each in told["SuccessInfo"].values()] == [True, False]
    assert call("GetTaskInstance", Id=tasks["a"].pk)["TaskInstance"]["Status"] == "Success"
    work_off(run, host)
    assert call("GetWorkflowInstance", Id=run.pk)["WorkflowInstance"]["Status"] == "Success"
    again = call("SetSuccessTaskInstances", Ids=f"[{tasks['a'].pk}]")["SuccessInfo"][str(tasks["a"].pk)]
    assert (again["Success"], "succeeded already" in again["Message"]) == (False, True)


@pytest.mark.parametrize("action", ["SuspendTaskInstances", "ResumeTaskInstances"])
def test_single_tasks_are_not_suspended(caller: RpcCaller, project: Project, action: str) -> None:
    status, code, _ = caller.refused(action, ProjectId=project.number, Ids="[1]")
    assert (status, code) == (404, "InvalidAction.NotFound")
