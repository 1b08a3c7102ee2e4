from __future__ import annotations

import json
from typing import Any

import pytest

from apps.flows.actions import create_flow
from apps.flows.models import Flow
from apps.jobs.models import Job
from apps.projects.actions import create_project
from apps.projects.models import Cluster, Project
from tests.gateways.rest.conftest import Caller, graph_of

JOB = {
    "name": "load",
    "kind": "SHELL",
    "content": "  echo $day\n",
    "params": {"day": "${yyyyMMdd-1d}", "n": 2.5},
    "env": {"A": "b"},
    "run_settings": {"priority": 1},
    "max_retry": 3,
    "retry_interval": 15,
    "fail_act": "CONTINUE",
    "resources": [{"path": "oss://b/x.jar", "alias": "x.jar"}, {"path": "oss://b/y"}],
}


# --- jobs


def test_a_job_is_made_read_changed_and_deleted(olga: Caller, project: Project) -> None:
    made = olga.post(f"projects/{project.ref}/jobs/", JOB)
    assert made.status_code == 201
    path = f"jobs/{made.json()['id']}/"
    read = olga.get(path).json()
    assert {name: read[name] for name in JOB if name != "resources"} == {
        name: value for name, value in JOB.items() if name != "resources"
    }
    assert read["resources"] == [
        {"path": "oss://b/x.jar", "alias": "x.jar"},
        {"path": "oss://b/y", "alias": ""},
    ]
    assert (read["project"], read["created_by"]) == (project.ref, "olga")
    changed = olga.patch(path, {"content": "true", "params": {}}).json()
    assert (changed["content"], changed["params"], changed["env"]) == ("true", {}, {"A": "b"})
    assert olga.patch(path, olga.get(path).json()).status_code == 200
    assert olga.delete(path).status_code == 204
    assert olga.get(path).status_code == 404


def test_a_list_of_jobs_leaves_out_their_content(olga: Caller, project: Project, job: Job) -> None:
    (row,) = olga.get(f"projects/{project.ref}/jobs/").json()["results"]
    assert row["id"] == job.ref
    assert "content" not in row


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "COBOL"}, "kind"),
        ({"max_retry": 101}, "max_retry"),
        ({"max_retry": -1}, "max_retry"),
        ({"retry_interval": 86_401}, "retry_interval"),
        ({"params": []}, "params"),
        ({"params": {"a": {}}}, "params"),
        ({"env": {"A": "x" * 1100}}, "env"),
        ({"fail_act": "MAYBE"}, "fail_act"),
        ({"folder": "xyz"}, "folder"),
        ({"folder": "00000000000000FF"}, "folder"),
        ({"cluster": "00000000000000FF"}, "cluster"),
        ({"resources": [{"alias": "x"}]}, "resources.0.path"),
    ],
)
def test_a_wrong_job_is_refused_by_its_field(
    olga: Caller, project: Project, change: dict[str, Any], field: str
) -> None:
    response = olga.post(f"projects/{project.ref}/jobs/", JOB | change)
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (
        400,
        "invalid",
        field,
    )
    assert not Job.objects.exists()


def test_a_job_that_a_flow_uses_is_not_deleted(olga: Caller, job: Job, flow: Flow) -> None:
    response = olga.delete(f"jobs/{job.ref}/")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert flow.name in response.json()["message"]


def test_a_cluster_of_another_project_is_no_cluster(olga: Caller, project: Project) -> None:
    other = Cluster.objects.create(name="theirs")
    response = olga.post(f"projects/{project.ref}/jobs/", JOB | {"cluster": other.ref})
    assert response.json()["field"] == "cluster"


# --- flows


def test_a_flow_is_made_read_changed_and_deleted(olga: Caller, project: Project, job: Job) -> None:
    schedule = {"cron": "0 0 6 * * ?", "time_zone": "Asia/Seoul", "enabled": True}
    made = olga.post(
        f"projects/{project.ref}/flows/",
        {"name": "nightly", "graph": graph_of(job), "schedule": schedule, "params": {"a": 1}},
    )
    assert made.status_code == 201, made.json()
    path = f"flows/{made.json()['id']}/"
    read = olga.get(path).json()
    assert read["graph"] == graph_of(job)
    assert read["params"] == {"a": 1}
    assert {name: read["schedule"][name] for name in schedule} == schedule
    assert read["schedule"]["next_fire_at"].endswith("21:00:00Z")
    changed = olga.patch(path, {"description": "d", "schedule": {"enabled": False}}).json()
    assert (changed["description"], changed["schedule"]["enabled"], changed["schedule"]["cron"]) == (
        "d",
        False,
        "0 0 6 * * ?",
    )
    assert olga.patch(path, {"schedule": None}).json()["schedule"] is None
    assert olga.patch(path, olga.get(path).json()).status_code == 200
    assert olga.delete(path).status_code == 204
    assert olga.get(path).status_code == 404


def test_a_graph_may_be_sent_as_an_object(olga: Caller, project: Project, job: Job) -> None:
    graph = json.loads(graph_of(job))
    made = olga.post(f"projects/{project.ref}/flows/", {"name": "f", "graph": graph}).json()
    assert json.loads(made["graph"]) == graph


def test_a_flow_without_a_graph_has_a_drawing_to_begin_with(olga: Caller, project: Project) -> None:
    made = olga.post(f"projects/{project.ref}/flows/", {"name": "empty"}).json()
    document = olga.get(f"documents/{made['document']}/").json()
    assert (document["version"], document["problems"]) == (1, [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"graph": "{"}, "graph"),
        ({"graph": 7}, "graph"),
        ({"graph": '{"nodes": []}'}, "graph"),
        ({"schedule": {}}, "schedule.cron"),
        ({"schedule": {"cron": "0 0 25 * * ?"}}, "schedule.cron"),
        ({"schedule": {"cron": "0 0 0 * * ?", "time_zone": "Mars"}}, "schedule.time_zone"),
        ({"schedule": {"cron": "0 0 0 * * ?", "misfire": "never"}}, "schedule.misfire"),
        ({"alert_rules": [{"event": "nothing"}]}, "alert_rules.0.event"),
        ({"parents": ["00000000000000FF"]}, "parents.0"),
        ({"params": {"a": []}}, "params"),
    ],
)
def test_a_wrong_flow_is_refused_by_its_field_and_nothing_is_stored(
    olga: Caller, project: Project, change: dict[str, Any], field: str
) -> None:
    response = olga.post(f"projects/{project.ref}/flows/", {"name": "f"} | change)
    assert (response.status_code, response.json()["field"]) == (400, field)
    assert not Flow.objects.exists()
    assert not project.documents.exists()


def test_parents_are_flows_that_the_caller_sees(olga: Caller, project: Project, flow: Flow) -> None:
    made = olga.post(f"projects/{project.ref}/flows/", {"name": "child", "parents": [flow.ref]}).json()
    assert made["parents"] == [flow.ref]
    hidden = create_flow(create_project(name="theirs", by=None), name="hidden", by=None)
    response = olga.patch(f"flows/{made['id']}/", {"parents": [hidden.ref]})
    assert response.json()["field"] == "parents.0"
    circle = olga.patch(f"flows/{flow.ref}/", {"parents": [made["id"]]})
    assert (circle.status_code, circle.json()["code"], circle.json()["field"]) == (400, "cycle", "parents")


def test_alert_rules_are_kept_with_the_flow(olga: Caller, flow: Flow) -> None:
    rules = [{"event": "flow.failed", "enabled": True, "user_groups": ["AUG-1"], "dingtalk_groups": []}]
    assert olga.patch(f"flows/{flow.ref}/", {"alert_rules": rules}).json()["alert_rules"] == rules


def test_who_may_only_look_changes_nothing_and_strangers_see_nothing(
    stan: Caller, member: Any, project: Project, job: Job, flow: Flow
) -> None:
    viewer = member("viewer")
    for path in (f"jobs/{job.ref}/", f"flows/{flow.ref}/"):
        assert viewer.get(path).status_code == 200
        assert viewer.patch(path, {"description": "x"}).status_code == 403
        assert viewer.delete(path).status_code == 403
        assert viewer.post(f"{path}run/").status_code == 403
        for method in ("GET", "PATCH", "DELETE"):
            assert stan(method, path, {}).status_code == 404
        assert stan.post(f"{path}run/").status_code == 404
    for list_of in ("jobs", "flows"):
        assert (
            viewer.post(f"projects/{project.ref}/{list_of}/", {"name": "x", "kind": "SHELL"}).status_code
            == 403
        )
