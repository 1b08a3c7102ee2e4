"""Every reading action, word for word: cases/*.json hold calls and the replies they get.

In a case `<project>`, `<job1>` … stand for the ids of the world that the call is made in,
`<ms>` for a time, `<int>`, `<text>` and `<bool>` for any value of that type. A reply must
have exactly the fields of its case. Each call is made in JSON and in XML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import World

pytestmark = pytest.mark.django_db

CASES = [
    pytest.param(case, id=f"{path.stem}-{number}-{case['action']}")
    for path in sorted(Path(__file__).with_name("cases").glob("*.json"))
    for number, case in enumerate(json.loads(path.read_text()))
]
MILLISECONDS_IN_2001 = 10**12


def filled(text: str, ids: dict[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda match: ids.get(match[1], match[0]), text)


def differences(expected: Any, got: Any, ids: dict[str, str], path: str = "") -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in expected.keys() ^ got.keys():
            yield f"{path}.{name} is only in {'the case' if name in expected else 'the reply'}"
        for name in expected.keys() & got.keys():
            yield from differences(expected[name], got[name], ids, f"{path}.{name}")
    elif isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            yield f"{path} has {len(got)} items, not {len(expected)}"
        for number, pair in enumerate(zip(expected, got, strict=False)):
            yield from differences(*pair, ids, f"{path}[{number}]")
    elif not is_like(expected, got, ids):
        yield f"{path} is {got!r}, not {expected!r}"


def is_like(expected: Any, got: Any, ids: dict[str, str]) -> bool:
    match expected:
        case "<ms>":
            return type(got) is int and got > MILLISECONDS_IN_2001
        case "<int>":
            return type(got) is int
        case "<text>":
            return isinstance(got, str)
        case "<bool>":
            return isinstance(got, bool)
        case str():
            return bool(got == filled(expected, ids))
    return type(expected) is type(got) and bool(expected == got)


def leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """What a JSON reply says, as XML would: places and texts."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    elif isinstance(value, bool):
        yield path, str(value).lower()
    elif value != "":
        yield path, str(value)


def texts(element: ElementTree.Element, path: str) -> Iterator[tuple[str, str]]:
    here = f"{path}/{element.tag}" if path else element.tag
    if element.text:
        yield here, element.text
    for inner in element:
        yield from texts(inner, here)


def settled(found: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without what differs from call to call."""
    return sorted(pair for pair in found if not pair[0].endswith(("/RequestId", "/RunningTime", "/Duration")))


@pytest.mark.parametrize("case", CASES)
def test_each_call_gets_the_reply_of_its_case(case: dict[str, Any], caller: RpcCaller, world: World) -> None:
    ids = world.ids()
    parameters = {name: filled(str(value), ids) for name, value in case["parameters"].items()}
    response = caller.get(case["action"], **parameters)
    reply = json.loads(response.content)
    assert response.status_code == case.get("status", 200), reply
    assert list(differences(case["reply"], reply, ids)) == []

    xml = ElementTree.fromstring(caller.get(case["action"], Format="XML", **parameters).content)
    assert settled(texts(xml, "")) == settled(leaves(reply, xml.tag))
