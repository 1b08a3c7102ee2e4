"""The reader of documents, without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.gateways.dataworks.flowspec import SpecError, WorkflowSpec, merge, read_document
from apps.gateways.dataworks.flowspec.fields import pick
from apps.gateways.dataworks.storing.settings import job_fields
from tests.gateways.dataworks.documents import document, node, workflow

CASES = json.loads((Path(__file__).parent / "cases" / "documents.json").read_text())
KINDS = ("CycleWorkflow", "ManualWorkflow", "Node")


def read(text: str) -> WorkflowSpec:
    return read_document(text, KINDS, ("warehouse",)).workflows[0]


@pytest.mark.parametrize(
    "case", [case for case in CASES if "refused" not in case], ids=lambda case: case["name"]
)
def test_a_document_says_what_it_says_in_every_spelling(case: dict[str, Any]) -> None:
    spec = read(json.dumps(case["document"]))
    names = [each.name for each in spec.nodes]
    assert (spec.name, names) == (case["workflow"], case["nodes"])
    assert {(names[a], names[b]) for a, b in spec.edges} == {tuple(edge) for edge in case["edges"]}
    externals = [
        ["" if each.node is None else names[each.node], each.name, each.kind] for each in spec.externals
    ]
    assert externals == case.get("externals", [])
    for name, parameters in case.get("parameters", {}).items():
        assert spec.nodes[names.index(name)].parameters == parameters
    for name, command in case.get("commands", {}).items():
        assert spec.nodes[names.index(name)].command == command
    for wanted in case.get("notes", []):
        assert any(wanted in note.message for note in spec.notes)


@pytest.mark.parametrize("case", [case for case in CASES if "refused" in case], ids=lambda case: case["name"])
def test_what_is_no_such_document_is_refused_with_the_reason(case: dict[str, Any]) -> None:
    with pytest.raises(SpecError) as refused:
        read_document(case.get("text") or json.dumps(case["document"]), ("CycleWorkflow", "ManualWorkflow"))
    assert case["refused"] in refused.value.message
    assert refused.value.code.startswith("0x50830000")
    assert refused.value.path.startswith("$")


def test_settings_of_a_workflow_hold_for_its_nodes_where_they_say_nothing() -> None:
    strategy = {
        "rerunTimes": 3,
        "rerunInterval": 1500,
        "timeout": 2,
        "rerunMode": "Allowed",
        "failureStrategy": "break",
    }
    own = node("own", rerunTimes=0, timeout=90, timeoutUnit="SECONDS", recurrence="Skip")
    spec = read(document(workflow("w", node("plain"), own, strategy=strategy)))
    plain, mine = (each.strategy for each in spec.nodes)
    assert (plain.retries, plain.retry_seconds, plain.timeout_seconds, plain.failure) == (3, 2, 7200, "Break")
    assert (mine.retries, mine.timeout_seconds, mine.recurrence) == (0, 90, "Skip")


def test_the_year_9999_is_no_end() -> None:
    trigger = read(document(workflow("w"))).trigger
    assert trigger.end is None
    assert trigger.start is not None and trigger.start.year == 1970
    assert trigger.is_scheduled


def test_references_that_multiply_each_other_are_refused() -> None:
    variables = [{"id": f"v{n}", "value": [f"{{{{v{n + 1}}}}}"] * 40} for n in range(6)]
    bomb = node("bomb", extra="{{variables.v0}}")
    with pytest.raises(SpecError, match="too large"):
        read(document(workflow("w", bomb), variables=variables))


def test_fields_are_found_in_any_case_and_the_exact_one_first() -> None:
    assert pick({"NodeOutputs": 1, "nodeOutputs": 2}, "nodeOutputs") == 2
    assert pick({"Time-Zone": 1}, "timezone") == 1
    assert pick([], "x") is None


def test_merging_changes_what_is_said_and_keeps_the_rest() -> None:
    old = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merge(old, {"a": {"c": [3]}, "e": 5}) == {"a": {"b": 1, "c": [3]}, "d": 4, "e": 5}


KEYS = """
    version kind spec metadata workflows nodes flow dependencies nodeId depends type output outputs inputs
    nodeOutputs variables data id name script runtime command content parameters path trigger cron startTime
    endTime timezone strategy rerunTimes timeout recurrence reference join branches do-while for-each value
    scripts triggers artifacts tables referenceVariable from node
"""
WORDS = [
    "CycleWorkflow",
    "Node",
    "1.1.0",
    "Normal",
    "{{a}}",
    "{{scripts.a}}",
    "a",
    "b",
    "a_root",
    "",
    "Scheduler",
]
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 10**20),
        st.floats(),
        st.sampled_from(WORDS),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=6)
    ),
    max_leaves=40,
)


@settings(max_examples=300, deadline=None)
@given(
    spec=st.dictionaries(st.sampled_from(KEYS.split()), VALUES, max_size=8),
    nodes=st.lists(VALUES, max_size=4),
)
def test_any_document_is_read_or_refused(spec: dict[str, Any], nodes: list[Any]) -> None:
    made = {"version": "1.1.0", "kind": "CycleWorkflow", "spec": spec | {"nodes": nodes}}
    try:
        read_document(json.dumps(made), KINDS)
    except SpecError as error:
        assert error.message


def test_the_data_source_of_a_node_is_the_connection_that_its_job_asks() -> None:
    shop = {"name": "shop", "type": "mysql"}
    ask = node("ask", "SELECT 1", "MYSQL", datasource=shop)
    found = read_document(document(workflow("daily", ask, node("say", datasource=shop))), ["CycleWorkflow"])
    [asks, says] = [job_fields(one)["run_conf_text"] for one in found.workflows[0].nodes]
    assert (json.loads(asks), says) == ({"connection": "shop"}, "")
