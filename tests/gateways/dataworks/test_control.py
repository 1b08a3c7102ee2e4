"""Branches and joins of documents: they run as DataWorks runs them, and are given back as they came."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.engine.plan import Claimed, Reported
from apps.engine.states import State
from apps.flows.contexts import run_context
from apps.flows.models import Flow, NodeRun, Run
from apps.flows.prepare import prepare
from apps.flows.runs import step, submit_flow
from apps.flows.scheduler import tick
from apps.gateways.dataworks.flowspec.control import control_content
from apps.jobs import outputs
from apps.projects.models import Host
from tests.gateways.dataworks.conftest import Call, Import
from tests.gateways.dataworks.documents import after, document, node, workflow
from tests.gateways.emr.world import work_off

pytestmark = pytest.mark.django_db

WAYS = [
    {"condition": "'${region}' == 'north'", "nodeoutput": "w.north"},
    {"condition": "'${region}' != 'north'", "nodeoutput": "w.south"},
]


def choosing(**branch: Any) -> str:
    """choose → (north on w.north, south on w.south) → merge → last."""
    script = {
        "path": "tests/choose",
        "runtime": {"command": "CONTROLLER_BRANCH"},
        "parameters": [{"name": "region", "scope": "NodeParameter", "type": "System", "value": "south"}],
    }
    outputs = {"nodeOutputs": [{"data": each["nodeoutput"], "artifactType": "NodeOutput"} for each in WAYS]}
    choose = node("choose") | {"outputs": outputs} | branch
    choose["script"] = script | branch.get("script", {})
    sides = [
        {
            "name": name,
            "nodeId": f"id_{name}",
            "assertion": {"field": "status", "in": ["SUCCESS", "NOT_RUN"]},
        }
        for name in ("north", "south")
    ]
    join = {"branches": sides, "logic": {"expression": "north and south"}, "resultStatus": "1"}
    merge = node("merge", "", "CONTROLLER_JOIN", join=join)
    del merge["script"]["content"]
    depends = [
        {"nodeId": f"id_{way}", "depends": [{"type": "Normal", "output": f"w.{way}"}]}
        for way in ("north", "south")
    ]
    nodes = [choose, node("north"), node("south"), merge, node("last")]
    entries = [*depends, after("merge", "north", "south"), after("last", "merge")]
    return document(workflow("daily", *nodes, dependencies=entries))


DESCRIBED = {
    "branch": {
        "branches": [
            {"when": way["condition"], "output": {"data": way["nodeoutput"], "artifactType": "NodeOutput"}}
            for way in WAYS
        ]
    }
}
WRITTEN = {"script": {"content": json.dumps(WAYS)}}


@pytest.mark.parametrize("branch", [DESCRIBED, WRITTEN], ids=["described", "as content"])
def test_a_branch_runs_one_way_and_a_join_takes_what_was_not_run(
    imported: Import, host: Host, branch: dict[str, Any]
) -> None:
    flow = imported(choosing(**branch))
    assert not [note for note in flow.dialect_settings["report"] if note["kind"] == "cannot_run"]
    run = submit_flow(flow, by=None)
    work_off(run, host)
    run.refresh_from_db()
    states = dict(NodeRun.objects.filter(run=run, job__isnull=False).values_list("name", "state"))
    assert states == {
        "choose": State.SUCCEEDED,
        "north": State.SKIPPED,
        "south": State.SUCCEEDED,
        "merge": State.SUCCEEDED,
        "last": State.SUCCEEDED,
    }
    assert run.state == State.SUCCEEDED


def test_the_outputs_of_a_branch_stand_on_its_edges(imported: Import) -> None:
    flow = imported(choosing(**DESCRIBED))
    graph = json.loads(flow.document.text)
    held = [edge["headrace"] for edge in graph["edges"] if "headrace" in edge]
    assert {each.get("label") for each in held} == {"w.north", "w.south", None}
    assert {each.get("side") for each in held} == {"id_north", "id_south", None}


def test_what_was_only_described_is_given_back_without_a_content(
    imported: Import, told: Callable[[Flow], dict[str, Any]]
) -> None:
    choose, *_, merge, _last = told(imported(choosing(**DESCRIBED)))["nodes"]
    assert choose["branch"] == DESCRIBED["branch"] and "content" not in choose["script"]
    assert merge["join"]["logic"] == {"expression": "north and south"} and "content" not in merge["script"]


def test_a_condition_that_cannot_be_read_fails_the_branch_and_not_the_import(
    imported: Import, host: Host
) -> None:
    ways = [{"condition": "${region} ==", "nodeoutput": "w.north"}]
    run = submit_flow(imported(choosing(script={"content": json.dumps(ways)})), by=None)
    work_off(run, host)
    choose = NodeRun.objects.get(run=run, name="choose")
    assert choose.state == State.FAILED and "cannot be read" in choose.reason


def test_importing_it_again_changes_nothing(call: Call, imported: Import) -> None:
    flow = imported(choosing(**DESCRIBED))
    reply = call("GetWorkflowDefinition", Id=str(flow.uid), IncludeScriptContent="True")
    version = flow.document.version
    assert imported(reply["WorkflowDefinition"]["Spec"]) == flow
    flow.document.refresh_from_db()
    assert flow.document.version == version


def test_a_join_without_branches_has_no_condition() -> None:
    found = json.loads(control_content({"join": {"logic": {"expression": ""}}}, "CONTROLLER_JOIN"))
    assert (found["branchList"], found["expression"]) == ([], "")


def assigning(language: str, content: str) -> str:
    """assign → choose (by what was assigned) → big or small."""
    assign = node("assign", content, "CONTROLLER_ASSIGNMENT")
    assign["script"]["language"] = language
    ways = [
        {"condition": "'b' in '${given}'", "nodeoutput": "w.big"},
        {"condition": "'b' not in '${given}'", "nodeoutput": "w.small"},
    ]
    choose = node("choose", json.dumps(ways), "CONTROLLER_BRANCH")
    choose["outputs"] = {"nodeOutputs": [{"data": each["nodeoutput"]} for each in ways]}
    choose["inputs"] = {
        "variables": [
            {
                "inputName": "given",
                "artifactType": "Variable",
                "name": "outputs",
                "scope": "NodeContext",
                "type": "NodeOutput",
                "value": "${outputs}",
                "node": {"output": "assign_out"},
            }
        ]
    }
    nodes = [assign, choose, node("big"), node("small")]
    entries = [after("choose", "assign")]
    entries += [{"nodeId": f"id_{way}", "depends": [{"output": f"w.{way}"}]} for way in ("big", "small")]
    return document(workflow("assigned", *nodes, dependencies=entries))


def test_what_is_assigned_decides_which_way_a_branch_takes(imported: Import, host: Host) -> None:
    run = submit_flow(imported(assigning("shell-script", "echo a")), by=None)
    assign = NodeRun.objects.get(run=run, name="assign")
    step(run.pk, [Claimed(assign.ordinal, host.pk)])
    step(run.pk, [Reported(assign.ordinal, 1, 0, timezone.now(), outputs={"outputs": ["a", "b"]})])
    assert NodeRun.objects.get(run=run, name="choose").reason == "took w.big"


@pytest.mark.parametrize(
    ("language", "content"),
    [("shell-script", "echo first; echo 'a,b\\,c,d'"), ("python3", "print('first')\nprint(r'a,b\\,c,d')")],
)
def test_an_assignment_leaves_its_last_line(
    imported: Import, host: Host, language: str, content: str
) -> None:
    run = submit_flow(imported(assigning(language, content)), by=None)
    ordinal = NodeRun.objects.get(run=run, name="assign").ordinal
    made = prepare(run_context(run.pk), ordinal, run.revision.nodes[ordinal], 1, "here")
    printed = subprocess.run(made.argv, env=made.env, capture_output=True, text=True, check=True).stdout
    assert printed == "first\na,b\\,c,d\n"
    assert outputs.read(made.status) == {"outputs": ["a", "b,c", "d"]}


def test_a_sub_process_runs_the_workflow_that_it_names(
    imported: Import, told: Callable[[Flow], dict[str, Any]]
) -> None:
    inner = imported(document(workflow("inner", node("n"))))
    call = node("call", "", "SUB_PROCESS", subflow={"id": str(inner.uid)})
    del call["script"]["content"]
    outer = imported(document(workflow("outer", call)))
    run = submit_flow(outer, by=None)
    tick(timezone.now() + timedelta(seconds=1))
    assert Run.objects.get(parent__run=run).flow == inner
    assert told(outer)["nodes"][0]["subflow"] == {"id": str(inner.uid)}
