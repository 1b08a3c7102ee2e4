"""Data jobs through Data Flow's door."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.flows.models import Flow
from apps.gateways.models import AccessKey
from apps.gateways.naver.wire import read_id, spell_id
from apps.jobs.models import Job
from apps.lib.ids import new_uid
from apps.projects.models import Role
from tests.factories import flow_of, make_job, make_member, make_project
from tests.gateways.naver.callers import FORM, NaverCaller
from tests.jobs.dataflow.nodes import filtered, seed


def details(response, status: int = 400) -> str:
    assert response.status_code == status, response.content.decode()
    return json.loads(response.content)["error"]["details"]


def test_the_seeds_example_is_answered_as_on_its_page(job: dict[str, Any]) -> None:
    assert re.fullmatch("[0-9A-Za-z]{12}", job.pop("jobId"))
    for name in ("createdDate", "updatedDate"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00", job.pop(name))
    paths = (job["runCondition"].pop("scriptPath"), job["runCondition"].pop("logPath"))
    assert re.fullmatch(r"dataflow-\d+-\w+/scripts/ dataflow-\d+-\w+/sparkHistoryLogs/", " ".join(paths))
    nodes = seed()
    for node in nodes:
        for field in node.get("fieldList", []):
            field["properties"] = []
    assert job == {
        "name": "job001",
        "description": "",
        "type": "DATAFLOW",
        "status": "RUNNABLE",
        "nodes": nodes,
        "runCondition": {"workerType": "DEFAULT", "numWorker": 2, "timeout": 360, "nrn": ""},
    }


@pytest.mark.parametrize("kind", [FORM, "application/json", "text/plain", ""])
def test_a_body_is_json_whatever_its_label(naver: NaverCaller, kind: str) -> None:
    assert naver.call("POST", "/jobs", {"name": "job001", "nodes": seed()}, kind).status_code == 201


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"name": NaN}', b"[" * 100_000, b'{"id": 1697*****}']
)
def test_what_is_no_json_object_is_refused(naver: NaverCaller, body: bytes) -> None:
    assert details(naver.call("POST", "/jobs", body))


@pytest.mark.parametrize(
    "name", ["ab", "a" * 101, "1job", "job 1", "job\n", "jöb", "", None, 7, ["abc"]], ids=repr
)
@pytest.mark.parametrize("path", ["/jobs", "/jobs/verify"])
def test_a_name_that_breaks_the_rule_is_refused(naver: NaverCaller, name: Any, path: str) -> None:
    assert details(naver.call("POST", path, {"name": name, "nodes": seed()})).startswith("name: ")


@pytest.mark.parametrize("name", ["abc", "_bc", "-bc", "A-1_b", "a" * 100])
def test_names_of_all_generations_are_taken(naver: NaverCaller, name: str) -> None:
    assert naver.ask("POST", "/jobs", {"name": name, "nodes": seed()}, 201)["name"] == name


def test_the_place_of_what_is_wrong_is_told(naver: NaverCaller) -> None:
    nodes = seed()
    nodes[1] = filtered(nodes[1]["id"], nodes[0]["id"], ("name", "LIKE", "A"))
    told = details(naver.call("POST", "/jobs", {"name": "job001", "nodes": nodes}))
    assert told.startswith("nodes[1].filterConditionList[0].operator: ")


def test_what_is_wrong_is_told_in_english_whatever_language_is_asked_for(naver: NaverCaller) -> None:
    nodes = seed()
    nodes[1] = filtered(nodes[1]["id"], nodes[0]["id"], ("name", "LIKE", "A"))
    body = {"name": "job001", "nodes": nodes}
    assert "must be one of EQ, NE" in details(naver.call("POST", "/jobs", body, **{"Accept-Language": "ko"}))


def test_jobs_are_verified_without_being_made(naver: NaverCaller) -> None:
    assert naver.ask("POST", "/jobs/verify", {"name": "job001", "nodes": seed()}) is True
    assert not Job.objects.exists()


def test_the_newest_generations_condition_is_taken_at_creation(naver: NaverCaller) -> None:
    body = {
        "name": "job001",
        "nodes": seed(),
        "type": "VISUAL",
        "jobCondition": {"numWorker": 5, "timeout": 10},
    }
    job = naver.ask("POST", "/jobs", body, 201)
    assert job["type"] == "VISUAL"
    assert (job["runCondition"]["numWorker"], job["runCondition"]["timeout"]) == (5, 10)
    assert Job.objects.get().max_running_seconds == 600


def test_a_job_that_never_ran_says_so(naver: NaverCaller, job: dict[str, Any]) -> None:
    found = naver.ask("GET", f"/jobs/{job['jobId']}")
    assert (found["lastExecutionStatus"], found["lastExecutionDate"]) == (None, None)
    assert found["nodes"] == job["nodes"]


def test_jobs_are_listed_newest_first_in_pages(naver: NaverCaller) -> None:
    for number in range(5):
        naver.ask("POST", "/jobs", {"name": f"job_{number}", "nodes": seed()}, 201)
    everything = naver.ask("GET", "/jobs")
    assert [row["name"] for row in everything["list"]] == [f"job_{number}" for number in (4, 3, 2, 1, 0)]
    assert (everything["count"], everything["page"], everything["limit"]) == (5, 0, 1000)
    page = naver.ask("GET", "/jobs?page=1&limit=2")
    assert [row["name"] for row in page["list"]] == ["job_2", "job_1"]
    assert page["count"] == 5
    assert [row["name"] for row in naver.ask("GET", "/jobs?name=B_3")["list"]] == ["job_3"]
    assert naver.ask("GET", "/jobs?status=DRAFT")["count"] == 0
    assert "nodes" not in everything["list"][0]


def test_a_list_asks_as_little_for_many_jobs_as_for_one(naver: NaverCaller) -> None:
    asked = []
    for number in range(5):
        naver.ask("POST", "/jobs", {"name": f"job_{number}", "nodes": seed()}, 201)
        with CaptureQueriesContext(connection) as queries:
            naver.ask("GET", "/jobs")
        asked.append(len(queries))
    # The first call also notes when the key was used.
    assert len(set(asked[1:])) == 1


@pytest.mark.parametrize("query", ["page=-1", "limit=x", "page=1.5", "limit=99999999999"])
def test_a_page_that_is_no_number_is_refused(naver: NaverCaller, query: str) -> None:
    assert details(naver.call("GET", f"/jobs?{query}"))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_job_is_changed_by_both_methods(naver: NaverCaller, job: dict[str, Any], method: str) -> None:
    nodes = seed()
    nodes[1]["filterConditionList"][0]["value"] = "B"
    body = {"name": "job002", "type": "DATAFLOW", "isTemp": False, "nodes": nodes}
    changed = naver.ask(method, f"/jobs/{job['jobId']}", body)
    assert changed["name"] == "job002"
    assert changed["nodes"][1] == nodes[1]
    assert changed["runCondition"] == job["runCondition"]


def test_a_draft_may_be_unfinished_and_is_finished_later(naver: NaverCaller, job: dict[str, Any]) -> None:
    path, unfinished = f"/jobs/{job['jobId']}", {"nodes": seed()[:2]}
    assert naver.ask("PUT", path, unfinished | {"isTemp": True})["status"] == "DRAFT"
    assert details(naver.call("PUT", path, unfinished)).startswith("nodes[1]: ")
    assert details(naver.call("PATCH", path, {"type": "VISUAL"})).startswith("nodes[1]: ")
    assert "DRAFT" in details(naver.call("POST", f"{path}/executions", {}))
    assert naver.ask("PUT", path, {"nodes": seed(), "isTemp": False})["status"] == "RUNNABLE"


def test_nodes_that_somebody_broke_in_the_editor_need_validation(
    naver: NaverCaller, job: dict[str, Any]
) -> None:
    Job.objects.update(content='{"nodes": [')
    found = naver.ask("GET", f"/jobs/{job['jobId']}")
    assert (found["status"], found["nodes"]) == ("EDITING", [])
    assert naver.ask("GET", "/jobs")["list"][0]["status"] == "EDITING"


def test_a_deleted_job_is_gone(naver: NaverCaller, job: dict[str, Any]) -> None:
    assert naver.ask("DELETE", f"/jobs/{job['jobId']}") is True
    assert details(naver.call("GET", f"/jobs/{job['jobId']}"), 404)


def test_a_job_that_a_flow_uses_is_not_deleted(naver: NaverCaller, job: dict[str, Any]) -> None:
    row = Job.objects.get()
    flow_of({"a": []}, {"a": row}, row.project, "nightly")
    assert Flow.objects.exists()
    assert "nightly" in details(naver.call("DELETE", f"/jobs/{job['jobId']}"))


def test_a_refusal_of_the_product_is_told_in_english_too(naver: NaverCaller, job: dict[str, Any]) -> None:
    row = Job.objects.get()
    flow_of({"a": []}, {"a": row}, row.project, "nightly")
    refused = naver.call("DELETE", f"/jobs/{job['jobId']}", **{"Accept-Language": "ko"})
    assert "is used by flow nightly" in details(refused)


def test_only_data_jobs_of_the_keys_project_are_there(naver: NaverCaller, project, owner) -> None:
    others = [make_job(project), make_job(make_project(owner), kind="DATAFLOW", content="{}")]
    assert naver.ask("GET", "/jobs")["count"] == 0
    for other in others:
        assert details(naver.call("GET", f"/jobs/{spell_id(other.uid)}"), 404)


@pytest.mark.parametrize("text", ["zzzzzzzzzzzz", "x", "../jobs", "a" * 300])
def test_an_id_that_names_nothing_is_not_found(naver: NaverCaller, text: str) -> None:
    assert details(naver.call("GET", f"/jobs/{text}"), 404)


def test_roles_hold_here_too(naver: NaverCaller, project, job: dict[str, Any]) -> None:
    viewer = make_member(project, Role.VIEWER)
    key = AccessKey.objects.create(key_id="viewer", secret="v", owner=viewer, project=project)
    caller = NaverCaller.of(key)
    caller.ask("GET", f"/jobs/{job['jobId']}")
    for method, path, body in (
        ("POST", "/jobs", {"name": "job002", "nodes": seed()}),
        ("PUT", f"/jobs/{job['jobId']}", {"name": "job002"}),
        ("DELETE", f"/jobs/{job['jobId']}", None),
        ("POST", f"/jobs/{job['jobId']}/executions", {}),
    ):
        assert details(caller.call(method, path, body), 403)


def test_a_stranger_to_the_project_finds_nothing(project, job: dict[str, Any], django_user_model) -> None:
    stranger = django_user_model.objects.create_user("stan")
    key = AccessKey.objects.create(key_id="stans", secret="s", owner=stranger, project=project)
    assert details(NaverCaller.of(key).call("GET", "/jobs"), 404)


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/nothing", "/api/v1/jobs/a/b/c/d"])
def test_an_unknown_url_is_told_in_the_callers_form(path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 404
    assert json.loads(response.content)["error"]["errorCode"] == "300"


def test_ids_go_both_ways() -> None:
    for _ in range(200):
        uid = new_uid()
        assert read_id(spell_id(uid)) == uid
    assert read_id(spell_id(1)) == 1
    assert read_id(spell_id(2**63 - 1)) == 2**63 - 1


def test_a_jobs_drawing_follows_its_nodes(naver: NaverCaller, job: dict[str, Any]) -> None:
    drawing = json.loads(Job.objects.get().document.text)
    assert [node["label"] for node in drawing["nodes"]] == [node["name"] for node in seed()]
    assert [(edge["source"], edge["target"]) for edge in drawing["edges"]] == [
        (str(parent), str(node["id"])) for node in seed() for parent in node["parentNodeIds"]
    ]
    naver.ask("PUT", f"/jobs/{job['jobId']}", {"nodes": [seed()[0]], "isTemp": True})
    assert len(json.loads(Job.objects.get().document.text)["nodes"]) == 1
