from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from apps.jobs.models import Job
from apps.projects.models import Project, User
from tests.factories import make_project

pytestmark = pytest.mark.django_db

SPEC = {
    "version": "1.1.0",
    "kind": "CycleWorkflow",
    "spec": {
        "nodes": [
            {
                "id": "1",
                "name": "load",
                "script": {"content": "echo 1", "runtime": {"command": "DIDE_SHELL"}},
            },
            {
                "id": "2",
                "name": "join",
                "script": {"content": "echo 2", "runtime": {"command": "DIDE_SHELL"}},
            },
        ],
        "flow": [{"nodeId": "2", "depends": [{"nodeId": "1"}]}],
    },
}


@pytest.fixture
def project() -> Project:
    return make_project()


def paste(client: Client, project: Project, text: str):
    url = reverse("gateways:paste", args=[project.ref])
    return client.post(url, text, content_type="text/plain")


def test_flowspec_that_is_pasted_becomes_jobs_and_the_nodes_that_run_them(
    client: Client, project: Project
) -> None:
    client.force_login(project.owner)
    graph = paste(client, project, json.dumps(SPEC)).json()
    names = {node["id"]: node.get("label") for node in graph["nodes"]}
    pairs = {(names[edge["source"]], names[edge["target"]]) for edge in graph["edges"]}
    assert ("load", "join") in pairs
    assert sorted(Job.objects.filter(project=project).values_list("name", "content")) == [
        ("join", "echo 2"),
        ("load", "echo 1"),
    ]


@pytest.mark.parametrize("text", ["{}", "{", '{"version": "1.1.0", "kind": "Node", "spec": {}}'])
def test_what_cannot_be_read_says_why_and_makes_nothing(client: Client, project: Project, text: str) -> None:
    client.force_login(project.owner)
    answer = paste(client, project, text)
    assert (answer.status_code, bool(answer.json()["message"])) == (422, True)
    assert not Job.objects.filter(project=project).exists()


def test_a_stranger_pastes_nothing(client: Client, project: Project) -> None:
    client.force_login(User.objects.create_user("stranger"))
    assert paste(client, project, json.dumps(SPEC)).status_code == 404
