"""Secrets are put everywhere, printed in many forms, and looked for in all that leaves."""

from __future__ import annotations

import io
import json
import logging
import re
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.alerts import outbox
from apps.alerts.models import Channel, Contact, Delivery, DingTalkGroup, Rule, UserGroup
from apps.engine.states import State
from apps.flows.models import Flow, Run
from apps.flows.runs import submit_flow
from apps.flows.warden import Warden
from apps.gateways.models import AccessKey
from apps.jobs.masks import forms_of
from apps.jobs.models import Job, Storage
from apps.projects.actions import add_member, create_project, set_variable
from apps.projects.models import Connection, Project, Role, User
from tests.flows.at_work import make_flow, make_job, node_of, work_off
from tests.gateways.callers import RpcCaller
from tests.gateways.rest.conftest import Caller
from tests.people import signed_in

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = {
    "variable": "Kan4ry.var+1=x&yQ",
    "job": "Kan4ry.job/2=zz&Q",
    "given": "Kan4ry.given~3!aQ",
    "connection": "Kan4ry.connection5",
    "key": "Kan4ryAccessKey666",
    "webhook": "https://robot.example/send?access_token=Kan4ryWebhook77",
    "robot": "Kan4ryRobotSecret8",
    "channel": "https://chat.example/Kan4ryChannel99",
    "storage": "Kan4ryStorage10101",
}
#: What a job prints of what it has in its environment.
PRINT = """
import base64, json, os, shlex, sys
from urllib.parse import quote
for name in ("A", "B", "C"):
    value = os.environ[name]
    print("plain", value, "glued" + value + "glued")
    for before in ("", "x", "xy"):
        print("base64", base64.b64encode((before + value + "tail").encode()).decode())
    print(quote(value, safe=""), json.dumps({name: value}), shlex.quote(value), repr(value))
    print(value.encode().hex())
    print(json.dumps(json.dumps(value)), file=sys.stderr)
os.system('set -x; : "$A" "$B" "$C"')
sys.exit("failed with " + os.environ["A"])
"""
#: Pages that change something, leave, or are files of ours.
NOT_VISITED = re.compile(r"logout|sign-out|/static/|/delete|/kill|\.(js|css|svg|png)|jsi18n|/events/")
LINK = re.compile(r'(?:href|hx-get|src)="(/[^"#]*)"')
MOST_PAGES = 160
PAGES_A_KIND = 2


@pytest.fixture
def project(ann: User) -> Project:
    """A project with a secret in each place that holds some."""
    ann.is_staff = True
    ann.save()
    project = create_project(name="mill", by=ann)
    add_member(project, user_name=User.objects.create(username="vera").username, role=Role.VIEWER, by=ann)
    set_variable(project, name="token", value=SECRETS["variable"], secret=True, by=ann)
    set_variable(project, name="other", value="Kan4ry.before.given", secret=True, by=ann)
    Connection.objects.create(project=project, name="c", address="db", password=SECRETS["connection"])
    Storage.objects.create(
        project=project, bucket="b", endpoint="https://s3.example", access_key="id", secret=SECRETS["storage"]
    )
    AccessKey.objects.create(owner=ann, key_id="LTAIkey", secret=SECRETS["key"], project=project)
    robot = DingTalkGroup.objects.create(name="robot", webhook=SECRETS["webhook"], secret=SECRETS["robot"])
    config = json.dumps({"url": SECRETS["channel"]})
    Channel.objects.create(project=project, kind="webhook", name="chat", config=config)
    group = UserGroup.objects.create(name="on call")
    group.contacts.add(Contact.objects.create(name="Mina", email="mina@example.com"))
    Rule.objects.create(
        project=project, event="node.failed", user_groups=[group.biz_id], dingtalk_groups=[robot.biz_id]
    )
    return project


@pytest.fixture
def job(project: Project) -> Job:
    variables = [{"name": "own", "value": SECRETS["job"], "properties": {"password": True}}]
    return make_job(
        project,
        "teller",
        PRINT,
        kind="PYTHON",
        env_text=json.dumps({"A": "${token}", "B": "${own}", "C": "${other}"}),
        variables_text=json.dumps({"scope": "JOB", "entityId": "x", "variables": variables}),
    )


@pytest.fixture
def run(make_warden: Callable[[], Warden], project: Project, job: Job, ann: User) -> Run:
    flow = make_flow(project, ann, [], job)
    made = submit_flow(flow, by=ann, params={"other": SECRETS["given"]})
    work_off(make_warden(), made)
    outbox.drain(timezone.now() + timedelta(minutes=1))
    return made


def search(where: str, content: bytes) -> list[str]:
    """Which secrets show there, and in which form."""
    return [
        f"{name} in {where}: …{content[max(0, at - 60) : at + len(form) + 20]!r}"
        for name, value in SECRETS.items()
        for form in forms_of(value)
        if len(form) >= 8 and (at := content.find(form)) >= 0
    ]


def pages(client: Client, *starts: str) -> Iterator[tuple[str, bytes]]:
    """What can be reached by links, of each kind of page some."""
    waiting, seen, kinds = deque(starts), set(starts), dict[str, int]()
    while waiting and len(seen) < 5000 and sum(kinds.values()) < MOST_PAGES:
        address = waiting.popleft()
        kind = re.sub(r"[0-9A-F]{16}|\d+|=[^&]*", "*", address)
        if kinds.get(kind, 0) >= PAGES_A_KIND:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        response = client.get(address)
        content = b"".join(response) if response.streaming else response.content
        yield address, content
        for link in LINK.findall(content.decode("utf-8", "replace")):
            link = link.replace("&amp;", "&")
            if link not in seen and not NOT_VISITED.search(link):
                seen.add(link)
                waiting.append(link)


def test_no_page_shows_a_secret(run: Run, job: Job, ann: User) -> None:
    flow = run.flow
    assert flow is not None
    node = node_of(run, "teller")
    starts = (
        reverse("flows:run_detail", args=[run.ref]),
        reverse("flows:node_log", args=[run.ref, node.ordinal]),
        reverse("flows:node_log_download", args=[run.ref, node.ordinal]),
        reverse("projects:variables", args=[run.project.ref]),
        reverse("flows:edit", args=[flow.ref]),
        reverse("flows:lab", args=[flow.ref]),
        reverse("jobs:detail", args=[job.ref]),
        reverse("admin:index"),
        "/",
    )
    found: list[str] = []
    visited = []
    for address, content in pages(signed_in(ann), *starts):
        visited.append(address)
        found += search(address, content)
    assert found == []
    assert len(visited) > 40


def test_no_log_shows_a_secret_and_it_is_there_all_the_same(run: Run, ann: User) -> None:
    node = node_of(run, "teller")
    assert (run.state, node.state) == (State.FAILED, State.FAILED), node.reason
    answer = signed_in(ann).get(reverse("flows:node_log", args=[run.ref, node.ordinal]))
    text = answer.json()["text"]
    assert "glued******glued" in text
    assert text.count("******") > 20
    assert "failed with ******" in text
    assert search("log", text.encode()) == []


def test_no_dialect_tells_a_secret(run: Run, job: Job, project: Project) -> None:
    key = AccessKey.objects.get()
    flow = run.flow
    assert flow is not None
    node = node_of(run, "teller")
    rest = Caller(key)
    paths = [
        "projects/",
        *(f"projects/{project.ref}/{what}/" for what in ("", "jobs", "flows", "runs", "variables", "audit")),
        f"jobs/{job.ref}/",
        f"flows/{flow.ref}/",
        f"flows/{flow.ref}/versions/",
        f"runs/{run.ref}/",
        f"runs/{run.ref}/nodes/",
        *(f"runs/{run.ref}/nodes/{node.ordinal}/{what}" for what in ("", "log/")),
    ]
    answers = {path: rest("GET", path).content for path in paths}
    emr = RpcCaller.of(key)
    ids = {"ProjectId": f"FP-{project.ref}"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("DescribeFlowProject", {}),
        ("DescribeFlowJob", {"Id": f"FJ-{job.ref}"}),
        ("ListFlowJob", {}),
        ("DescribeFlow", {"Id": f"F-{flow.ref}"}),
        ("DescribeFlowInstance", {"Id": f"FI-{run.ref}"}),
        ("DescribeFlowNodeInstance", {"Id": f"FNI-{node.ref}"}),
        ("DescribeFlowNodeInstanceLauncherLog", {"NodeInstanceId": f"FNI-{node.ref}"}),
        ("DescribeFlowVariableCollection", {"EntityId": f"FP-{project.ref}"}),
        ("DescribeFlowVariableCollection", {"EntityId": f"FJ-{job.ref}"}),
        ("ListDingdingGroup", {}),
    ]
    for action, given in calls:
        answers[f"{action} {given}"] = emr.get(action, **ids, **given).content
    assert [found for where, content in answers.items() for found in search(where, content)] == []
    assert b"******" in answers[f"runs/{run.ref}/nodes/{node.ordinal}/log/"]


def test_no_alert_carries_a_secret(run: Run) -> None:
    deliveries = list(Delivery.objects.all())
    assert len(deliveries) == 2
    for delivery in deliveries:
        assert "******" in delivery.body
        assert search("alert", f"{delivery.subject}\n{delivery.body}".encode()) == []


def test_nothing_of_a_secret_is_written_into_our_own_logs_and_tables_unsealed(
    make_warden: Callable[[], Warden], project: Project, job: Job, ann: User
) -> None:
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    logging.getLogger().addHandler(handler)
    try:
        run = submit_flow(make_flow(project, ann, [], job), by=ann)
        work_off(make_warden(), run)
        client = signed_in(ann)
        bad = {"name": "no name", "value": SECRETS["variable"], "secret": "on"}
        answer = client.post(f"/projects/{project.ref}/settings/variables/", bad)
    finally:
        logging.getLogger().removeHandler(handler)
    assert search("service log", told.getvalue().encode()) == []
    assert "A name starts with" in answer.content.decode()
    entries = project.audit_entries.values_list("verb", "detail")
    assert search("audit", repr(list(entries)).encode()) == []
    assert search("frozen", repr(list(Flow.objects.values())).encode()) == []
