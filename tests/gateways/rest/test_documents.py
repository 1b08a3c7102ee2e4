from __future__ import annotations

import json
from typing import Any

import pytest

from apps.drawings.models import Operation
from apps.flows.models import Flow, FlowJob
from tests.gateways.rest.conftest import Caller, graph_of

MOVE = {"op": "move", "moves": [["a", 10, 20]]}


@pytest.fixture
def path(flow: Flow) -> str:
    return f"documents/{flow.document.ref}/"


def test_a_drawing_comes_with_its_version_and_problems(olga: Caller, flow: Flow, path: str) -> None:
    response = olga.get(path)
    assert response.headers["ETag"] == '"1"'
    assert response.json() == {
        "id": flow.document.ref,
        "version": 1,
        "kind": "flow",
        "text": flow.document.text,
        "problems": [],
    }
    assert olga.get(path, **{"If-None-Match": '"1"'}).status_code == 304


def test_a_save_makes_the_next_version_and_keeps_all_other_text(olga: Caller, flow: Flow, path: str) -> None:
    body = {"ops": [MOVE], "label": "Move load", "client": "tab-1"}
    response = olga.patch(path, body, **{"If-Match": '"1"'})
    assert (response.status_code, response.json()) == (200, {"version": 2, "problems": []})
    assert response.headers["ETag"] == '"2"'
    assert olga.get(path).json()["text"] == flow.document.text.replace('"x": 1.5, "y": 2', '"x": 10, "y": 20')


def test_the_second_of_two_editors_gets_the_steps_of_the_first(
    olga: Caller, member: Any, flow: Flow, path: str
) -> None:
    editor = member("editor")
    first = {"ops": [MOVE], "label": "Move load", "client": "tab-1"}
    olga.patch(path, first, **{"If-Match": '"1"'})
    response = editor.patch(path, {"ops": [MOVE]}, **{"If-Match": '"1"'})
    body = response.json()
    assert response.status_code == 412
    assert (body["code"], body["version"]) == ("conflict", 2)
    assert body["since"] == [
        {"version": 2, "ops": [MOVE], "client": "tab-1", "author": "olga", "label": "Move load"}
    ]
    assert Operation.objects.count() == 1


def test_problems_are_told_but_do_not_stop_a_save(olga: Caller, path: str) -> None:
    response = olga.patch(path, {"ops": [{"op": "remove_edge", "id": "ae"}]}, **{"If-Match": '"1"'})
    assert response.status_code == 200
    assert {problem["code"] for problem in response.json()["problems"]} == {"unreachable", "dead_end"}


def test_an_operation_that_does_not_fit_is_named_and_nothing_is_stored(
    olga: Caller, flow: Flow, path: str
) -> None:
    ops = [MOVE, {"op": "remove_node", "id": "a"}]
    response = olga.patch(path, {"ops": ops}, **{"If-Match": '"1"'})
    assert response.status_code == 400
    assert response.json() == {
        "code": "invalid",
        "message": "Node “a” still has edges; they are removed first.",
        "field": "ops.1",
    }
    assert olga.get(path).json()["version"] == 1


@pytest.mark.parametrize("ops", [None, {}, "x", [], [7], [{"op": "replace", "text": "{}"}]])
def test_what_is_no_list_of_operations_is_refused(olga: Caller, path: str, ops: Any) -> None:
    response = olga.patch(path, {"ops": ops}, **{"If-Match": '"1"'})
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert response.json()["field"].startswith("ops")


def test_a_change_must_say_what_it_is_based_on(olga: Caller, path: str) -> None:
    missing = olga.patch(path, {"ops": [MOVE]})
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    odd = olga.patch(path, {"ops": [MOVE]}, **{"If-Match": "*"})
    assert (odd.status_code, odd.json()["field"]) == (400, "If-Match")


def test_a_whole_text_is_replaced_on_its_version(olga: Caller, path: str) -> None:
    text = '{"nodes": [], "edges": [], "mine": 1e2}'
    assert olga("PUT", path, {"text": text}, **{"If-Match": '"1"'}).json()["version"] == 2
    assert olga.get(path).json()["text"] == text
    assert olga("PUT", path, {"text": "{}"}, **{"If-Match": '"1"'}).status_code == 412
    broken = olga("PUT", path, {"text": '{"nodes": {}}'}, **{"If-Match": '"2"'})
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid")


def test_a_job_that_is_taken_off_the_drawing_is_no_longer_used(olga: Caller, flow: Flow, path: str) -> None:
    assert FlowJob.objects.filter(flow=flow).count() == 1
    graph = json.loads(graph_of(flow.uses.get().job))
    edges = [{"op": "remove_edge", "id": edge["id"]} for edge in graph["edges"]]
    olga.patch(path, {"ops": [*edges, {"op": "remove_node", "id": "a"}]}, **{"If-Match": '"1"'})
    assert FlowJob.objects.filter(flow=flow).count() == 0


def test_who_may_only_look_cannot_save_and_strangers_see_nothing(
    stan: Caller, member: Any, path: str
) -> None:
    viewer = member("viewer")
    assert viewer.get(path).status_code == 200
    for method, body in (("PATCH", {"ops": [MOVE]}), ("PUT", {"text": "{}"})):
        assert viewer(method, path, body, **{"If-Match": '"1"'}).status_code == 403
        assert stan(method, path, body, **{"If-Match": '"1"'}).status_code == 404
    assert stan.get(path).json() == stan.get("documents/00000000000000FF/").json()


def test_a_body_that_is_too_large_is_refused(olga: Caller, path: str, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = olga.patch(path, {"ops": [], "label": "x" * 1000}, **{"If-Match": '"1"'})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"ops": NaN}', b"[" * 100_000, b'{"label": "\\u0000"}', b'{"label": "\\ud800"}']
)
def test_a_body_that_is_no_json_or_cannot_be_kept_is_refused(olga: Caller, path: str, body: bytes) -> None:
    response = olga("PATCH", path, body, **{"If-Match": '"1"'})
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
