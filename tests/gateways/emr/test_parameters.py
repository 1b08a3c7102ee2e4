"""Every parameter of the two pages that EMR's users know best: what is accepted, and what is refused how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.flows.models import Flow
from apps.gateways.emr.operations import OPERATIONS
from apps.gateways.emr.reference import PAGES, Parameter, write_reference
from apps.jobs.models import Job
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import World

pytestmark = pytest.mark.django_db

#: What a call has besides the parameter in question.
USUAL = {
    "CreateFlowJob": {"ProjectId": "<project>", "Name": "new", "Description": "d", "Type": "SHELL"},
    "CreateFlowForWeb": {
        "ProjectId": "<project>",
        "Name": "new",
        "Description": "d",
        "ClusterId": "<cluster>",
        "CreateCluster": "false",
        "Graph": "<graph>",
    },
}
#: What some parameters only mean something with.
BESIDE = {
    "ResourceList.1.Alias": {"ResourceList.1.Path": None},
    "StartSchedule": {"EndSchedule": "4102416001000", "CronExpr": "0 0 3 * * ?"},
    "EndSchedule": {"StartSchedule": "1538017814000", "CronExpr": "0 0 3 * * ?"},
    "CronExpr": {"StartSchedule": "1538017814000"},
}


def tries(*, refused: bool) -> Iterator[object]:
    for action, parameters in PAGES.items():
        for parameter in parameters:
            values = parameter.refused if refused else [(value, "") for value in parameter.accepted]
            for number, (value, code) in enumerate(values):
                yield pytest.param(action, parameter, value, code, id=f"{action}-{parameter.name}-{number}")


def given(world: World, action: str, parameter: Parameter, value: str) -> dict[str, str]:
    asked = USUAL[action] | BESIDE.get(parameter.name, {}) | {parameter.name: value}
    ids = world.ids()
    filled = {
        name: re.sub(r"<(\w+)>", lambda match: ids.get(match[1], match[0]), text)
        for name, text in asked.items()
        if text is not None
    }
    if parameter.name == "Name" and value == "nightly":
        assert Flow.objects.filter(name=value).exists()
    return filled


@pytest.mark.parametrize(("action", "parameter", "value", "code"), list(tries(refused=False)))
def test_what_the_page_allows_is_accepted(
    caller: RpcCaller, world: World, action: str, parameter: Parameter, value: str, code: str
) -> None:
    assert caller.ask(action, **given(world, action, parameter, value))["Id"]


@pytest.mark.parametrize(("action", "parameter", "value", "code"), list(tries(refused=True)))
def test_what_it_does_not_is_refused_by_name_and_leaves_nothing(
    caller: RpcCaller, world: World, action: str, parameter: Parameter, value: str, code: str
) -> None:
    before = (Job.objects.count(), Flow.objects.count())
    told = caller.refused(action, **given(world, action, parameter, value))
    assert told[1] == code, told
    if code in ("InvalidParameter", "MissingParameter"):
        named = parameter.name if parameter.name != "ResourceList.1.Alias" else "ResourceList.1.Path"
        assert named.split(".")[0] in told[2] or named == "EndSchedule", told
    assert (Job.objects.count(), Flow.objects.count()) == before


def test_a_cron_expression_needs_a_start(caller: RpcCaller, world: World) -> None:
    asked = given(world, "CreateFlowForWeb", PAGES["CreateFlowForWeb"][4], "<project>")
    told = caller.refused("CreateFlowForWeb", **asked, CronExpr="0 0 3 * * ?")
    assert told[1] == "MissingParameter"
    assert "StartSchedule" in told[2]


def test_every_action_of_the_reference_is_answered() -> None:
    assert len(OPERATIONS) == 83


def test_the_page_of_the_docs_is_the_one_that_is_generated() -> None:
    page = Path(__file__).parents[3] / "docs" / "emr.md"
    assert page.read_text() == write_reference(OPERATIONS), "run manage.py emr_reference"
