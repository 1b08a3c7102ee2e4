"""Runs as EMR's callers see them: states in their words, starting, stopping, repeating."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from apps.engine.states import State
from apps.flows import runs
from apps.flows.inputs import task_of
from apps.flows.models import NodeRun, Revision, Run
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.states import EXTERNAL_STATUS, FLOW_STATUS, NODE_STATUS
from apps.jobs import log_keeper
from apps.jobs.actions import update_job
from apps.jobs.graphs.results import result_path
from apps.jobs.logs import log_path, run_folder
from apps.jobs.shepherd import MARK
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import NOMINAL, World, work_off

pytestmark = pytest.mark.django_db


def run_of(reply: dict[str, str]) -> Run:
    return Run.objects.get(uid=int(reply["Id"].rpartition("-")[2], 16))


def statuses(caller: RpcCaller, within: dict[str, str], instance: str) -> dict[str, str]:
    nodes = caller.ask("DescribeFlowInstance", **within, Id=instance)["NodeInstance"]["NodeInstance"]
    return {node["JobName"] or node["Type"]: node["Status"] for node in nodes}


def test_every_state_has_its_words() -> None:
    assert set(FLOW_STATUS) == set(NODE_STATUS) == set(State)
    assert set(FLOW_STATUS.values()) <= {"PREP", "RUNNING", "SUCCEEDED", "FAILED", "KILLED", "SUSPENDED"}
    assert set(EXTERNAL_STATUS) == set(State) - {State.WAITING, State.SKIPPED, State.SUSPENDED}


def test_a_run_is_told_from_its_submission_to_its_end(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    made = caller.ask("SubmitFlow", **within, FlowId=world.ids()["flow"])
    assert statuses(caller, within, made["Id"]) == {
        "START": "OK",
        "extract": "SUBMITTING",
        "load": "PREP",
        "END": "PREP",
    }
    work_off(run_of(made), world.host)
    told = caller.ask("DescribeFlowInstance", **within, Id=made["Id"])
    assert (told["Status"], told["HasNodeFailed"]) == ("SUCCEEDED", False)
    assert statuses(caller, within, made["Id"]) == {"START": "OK", "extract": "OK", "load": "OK", "END": "OK"}


def test_what_a_failure_kept_from_running_does_not_read_as_done(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    update_job(world.jobs[0], by=world.owner, max_retry=0)
    made = caller.ask("SubmitFlow", **within, FlowId=world.ids()["flow"])
    work_off(run_of(made), world.host, {"extract": 3})
    told = caller.ask("DescribeFlowInstance", **within, Id=made["Id"])
    assert (told["Status"], told["HasNodeFailed"]) == ("FAILED", True)
    assert statuses(caller, within, made["Id"]) == {
        "START": "OK",
        "extract": "FAILED",
        "load": "PREP",
        "END": "PREP",
    }


def test_a_skipped_node_reads_as_done_only_when_nothing_before_it_failed(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    node = world.nodes[2]
    for bad, status in ((0, "DONE"), (1, "PREP")):
        NodeRun.objects.filter(pk=node.pk).update(state=State.SKIPPED, bad=bad)
        assert caller.ask("DescribeFlowNodeInstance", **within, Id=world.ids()["node2"])["Status"] == status


def test_the_nominal_time_is_taken_from_the_conf(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    conf = json.dumps({"cyctime": "1542783967503", "who": "me", "n": 3})
    made = caller.ask("SubmitFlow", **within, FlowId=world.ids()["flow"], Conf=conf)
    assert caller.ask("DescribeFlowInstance", **within, Id=made["Id"])["ScheduleTime"] == 1542783967503
    run = run_of(made)
    assert (run.trigger, run.params) == ("api", {"who": "me", "n": "3"})


def test_a_killed_run_is_killed_and_killed_once(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    made = caller.ask("SubmitFlow", **within, FlowId=world.ids()["flow"])
    instance = within | {"FlowInstanceId": made["Id"]}
    assert caller.ask("KillFlow", **instance)["Data"] is True
    assert caller.ask("DescribeFlowInstance", **within, Id=made["Id"])["Status"] == "KILLED"
    assert caller.refused("KillFlow", **instance)[:2] == (409, "OperationConflict")


def test_a_suspended_run_waits_until_it_is_resumed(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    made = caller.ask("SubmitFlow", **within, FlowId=world.ids()["flow"])
    instance = within | {"FlowInstanceId": made["Id"]}
    assert caller.refused("ResumeFlow", **instance)[:2] == (409, "OperationConflict")
    assert caller.ask("SuspendFlow", **instance)["Data"] is True
    assert caller.ask("DescribeFlowInstance", **within, Id=made["Id"])["Status"] == "SUSPENDED"
    assert caller.ask("ResumeFlow", **instance)["Data"] is True
    assert caller.ask("DescribeFlowInstance", **within, Id=made["Id"])["Status"] == "RUNNING"


def test_a_rerun_keeps_the_id_and_a_run_that_goes_on_is_not_rerun(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    instance = within | {"FlowInstanceId": world.ids()["run"]}
    assert caller.ask("RerunFlow", **instance, ReRunFail="False")["Data"] is True
    assert caller.ask("DescribeFlowInstance", **within, Id=world.ids()["run"])["Status"] == "RUNNING"
    assert caller.refused("RerunFlow", **instance)[:2] == (409, "OperationConflict")
    work_off(world.run, world.host)
    assert caller.ask("DescribeFlowInstance", **within, Id=world.ids()["run"])["Status"] == "SUCCEEDED"


def test_a_job_runs_alone_once_at_a_time(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    asked = within | {"JobId": world.ids()["job1"], "ClusterId": world.ids()["cluster"]}
    first = caller.ask("SubmitFlowJob", **asked, Conf='{"params":"echo other"}')["Id"]
    assert caller.ask("SubmitFlowJob", **asked)["Id"] == first
    told = caller.ask("DescribeFlowNodeInstance", **within, Id=first)
    assert (told["JobParams"], told["Id"]) == ("echo other", first)
    assert caller.ask("KillFlowJob", **within, JobInstanceId=first)["Data"] is True
    history = caller.ask("ListFlowJobHistory", **within, Id=world.ids()["job1"])["NodeInstances"]
    assert [(row["Id"], row["Status"]) for row in history["NodeInstance"]] == [
        (first, "KILLED"),
        (world.ids()["node1"], "OK"),
    ]
    assert caller.ask("SubmitFlowJob", **asked)["Id"] != first


def test_a_run_of_a_job_is_no_flow_instance(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    listed = caller.ask("ListFlowInstance", **within)["FlowInstances"]["FlowInstance"]
    assert [row["Id"] for row in listed] == [world.ids()["run"]]
    as_flow = world.ids()["job_run"].replace("FJI-", "FI-")
    assert caller.refused("KillFlow", **within, FlowInstanceId=as_flow)[:2] == (404, "EntityNotExist")


def test_pages_follow_each_other_without_a_gap(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    def page(number: int) -> list[str]:
        reply = caller.ask(
            "ListFlowNodeInstance",
            **within,
            PageNumber=number,
            PageSize=2,
            OrderBy="start_time",
            OrderType="ASC",
        )
        assert reply["Total"] == 5
        return [row["Id"] for row in reply["FlowNodeInstances"]["FlowNodeInstance"]]

    everything = page(1) + page(2) + page(3)
    assert len(set(everything)) == 5
    # The job that has not started yet comes last, whichever way it is sorted.
    assert everything[-1] == spell_id("job run", world.job_run)
    assert page(4) == []


def test_an_instance_tells_which_parents_it_waits_for(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    waiting = runs.submit_flow(world.child, by=world.owner, nominal_at=NOMINAL, heeds_parents=True)
    told = caller.ask("DescribeFlowInstance", **within, Id=spell_id("run", waiting))
    [parent] = told["DependencyFlowList"]["ParentFlow"]
    assert parent["DependencyFlowId"] == world.ids()["flow"]
    assert parent["FlowInstanceId"] == spell_id("run", waiting)
    assert isinstance(parent["Meet"], bool)
    Run.objects.filter(pk=world.run.pk).update(state="failed")
    other = runs.submit_flow(
        world.child, by=world.owner, nominal_at=NOMINAL + timedelta(days=1), heeds_parents=True
    )
    [parent] = caller.ask("DescribeFlowInstance", **within, Id=spell_id("run", other))["DependencyFlowList"][
        "ParentFlow"
    ]
    assert parent["Meet"] is False


def test_rows_of_a_result_are_told_by_pages(caller: RpcCaller, world: World, within: dict[str, str]) -> None:
    node = world.nodes[1]
    NodeRun.objects.filter(pk=node.pk).update(outputs={"result": True})
    revision = Revision.objects.get(pk=world.run.revision_id)
    path = result_path(run_folder(world.run.uid), task_of(revision.nodes, node.ordinal))
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", newline="") as file:
        csv.writer(file).writerows([["id", "name"], *([n, f"n{n}"] for n in range(5))])

    def rows(**given: int) -> tuple[list[str], list[tuple[int, list[str]]], bool]:
        told = caller.ask("ListFlowNodeSqlResult", **within, NodeInstanceId=world.ids()["node1"], **given)
        listed = [(row["RowIndex"], row["RowItemList"]["rowItem"]) for row in told["RowList"]["Row"]]
        return told["HeaderList"]["Header"], listed, told["End"]

    assert rows(Length=2) == (["id", "name"], [(0, ["0", "n0"]), (1, ["1", "n1"])], False)
    assert rows(Offset=3, Length=2) == (["id", "name"], [(3, ["3", "n3"]), (4, ["4", "n4"])], True)
    assert rows(SqlIndex=1) == ([], [], True)


def test_the_lines_of_a_large_log_are_found_by_number_and_by_time(
    caller: RpcCaller, world: World, within: dict[str, str]
) -> None:
    made = caller.ask("SubmitFlow", **within, FlowId=world.ids()["flow"])
    work_off(run_of(made), world.host)
    node = run_of(made).node_runs.get(name="load")
    log = log_path(node.run.uid, node.ordinal, node.attempt)
    log.write_text("".join(f"line {number:06}\n" for number in range(200_000)))
    marks = MARK.pack(1_000, 12 * 50_000) + MARK.pack(2_000, 12 * 150_000) + MARK.pack(3_000, 12 * 200_000)
    Path(f"{log}.times").write_bytes(marks)
    keeper = [sys.executable, "-I", "-S", log_keeper.__file__, str(log), "0", "1", "ended"]
    subprocess.run(keeper, check=True)

    def lines(**asked: object) -> tuple[list[str], bool]:
        told = caller.ask(
            "DescribeFlowNodeInstanceLauncherLog",
            **within,
            NodeInstanceId=spell_id("node run", node),
            **asked,
        )
        return [entry["Content"] for entry in told["LogEntrys"]["LogEntry"]], told["LogEnd"]

    assert lines(Start=150_000, Lines=2) == (["line 150000", "line 150001"], False)
    assert lines(Offset=199_999, Length=5) == (["line 199999"], True)
    assert lines(Lines=2, Reverse=True) == (["line 199999", "line 199998"], False)
    assert lines(Lines=1, StartTime=2_000) == (["line 050000"], False)
    assert lines(Lines=1, EndTime=2_999, Reverse=True) == (["line 149999"], False)
    assert lines(Start=149_999, StartTime=1_001, EndTime=3_000) == (["line 199999"], True)
    assert lines(StartTime=3_001) == ([], True)
