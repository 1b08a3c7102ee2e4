"""An account is brought over from another installation, and both sides tell the same."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.alerts.models import Contact, DingTalkGroup, UserGroup
from apps.flows.actions import create_flow, update_flow
from apps.flows.models import Flow, Run
from apps.gateways.emr.importing.account import Account, SourceError
from apps.gateways.emr.importing.folder import Folder
from apps.gateways.emr.importing.reading import Found, read_account
from apps.gateways.emr.importing.report import Outcome, Report
from apps.gateways.emr.importing.writing import Writer
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.imports import run_import
from apps.gateways.models import AccessKey, Operation
from apps.jobs.models import Job
from apps.projects.actions import delete_project, set_variable
from apps.projects.models import Cluster, Project, User
from tests.gateways.callers import RpcCaller
from tests.gateways.emr.world import World, graph

pytestmark = pytest.mark.django_db

#: Such an id has the 64th bit, as half of EMR's own have.
HIGH = "FEDCBA9876543210"


class Asking:
    """The other installation, asked without a network between; a call that is barred is not answered."""

    def __init__(self, caller: RpcCaller) -> None:
        self.caller, self.calls = caller, Counter[str]()
        self.barred: set[str] = set()

    def ask(self, action: str, **parameters: str | int) -> dict[str, Any]:
        self.calls[action] += 1
        if action in self.barred:
            raise SourceError(action, "InvalidAction.NotFound", "no such thing")
        return dict(self.caller.ask(action, **parameters))


@pytest.fixture
def there(caller: RpcCaller, world: World) -> Asking:
    set_variable(world.project, name="plain", value="v", secret=False, by=world.owner)
    set_variable(world.project, name="hushed", value="secret one", secret=True, by=world.owner)
    odd = create_flow(world.project, name="odd ids", by=world.owner, graph=graph(world.jobs))
    Flow.objects.filter(pk=odd.pk).update(uid=int(HIGH, 16) - 2**64)
    return Asking(caller)


def told(caller: RpcCaller) -> dict[str, Any]:
    """What the installation tells of everything, without what only one of two can have."""
    found = read_account(Asking(caller), tell=lambda line: None)
    [project] = found.projects
    flows = [reply | {"Status": ""} for reply in project.flows]
    everything = {
        "project": project.project,
        "settings": project.settings,
        "tree": project.trees["JOB"],
        "jobs": sorted(project.jobs, key=lambda job: job["Id"]),
        "flows": sorted(flows, key=lambda flow: flow["Id"]),
        "variables": [row["name"] for row in project.variables],
        "contacts": found.contacts,
        "user groups": found.user_groups,
        "dingtalk groups": found.dingtalk_groups,
    }
    return dict(without(everything))


def without(value: Any) -> Any:
    passing = {
        "RequestId",
        "GmtCreate",
        "GmtModified",
        "gmtCreate",
        "gmtModified",
        "LastInstanceId",
        "Description",
    }
    if isinstance(value, dict):
        numbered = "BizId" in value
        return {
            name: without(inner)
            for name, inner in value.items()
            if name not in passing and not (numbered and name == "Id")
        }
    return [without(item) for item in value] if isinstance(value, list) else value


def read(source: Any) -> Found:
    return read_account(source, tell=lambda line: None)


def emptied(world: World) -> None:
    Run.objects.filter(ended_at=None).update(ended_at=world.run.created_at)
    delete_project(world.project, by=world.owner)
    for rows in (UserGroup.objects, DingTalkGroup.objects, Contact.objects):
        rows.all().delete()


def outcomes(report: Report) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in report.rows:
        found.setdefault(row.kind, set()).add(row.outcome)
    return found


def test_everything_comes_over_with_its_ids_and_a_second_time_nothing_changes(
    caller: RpcCaller, world: World, there: Asking
) -> None:
    before, found = told(caller), read(there)
    emptied(world)

    first = Writer(world.owner).write(found)
    assert [row for row in first.rows if row.outcome is Outcome.REFUSED] == []
    assert told(caller) == before
    assert Flow.objects.get(name="odd ids").ref == HIGH
    assert (
        caller.ask("DescribeFlow", ProjectId=spell_id("project", world.project), Id=f"F-{HIGH}")["Name"]
        == "odd ids"
    )

    second = Writer(world.owner).write(read(there))
    assert {outcome for found in outcomes(second).values() for outcome in found} == {Outcome.SAME}


def test_what_was_brought_over_runs_and_fires_only_when_it_is_told_to(
    caller: RpcCaller, world: World, there: Asking
) -> None:
    found = read(there)
    emptied(world)
    report = Writer(world.owner).write(found)
    flow = Flow.objects.get(name="nightly")
    assert not flow.schedule.enabled
    [row] = [row for row in report.rows if row.kind == "flow" and row.name == "nightly"]
    assert "scheduled there" in row.detail
    assert caller.ask(
        "SubmitFlow", ProjectId=spell_id("project", world.project), FlowId=spell_id("flow", flow)
    )["Id"]

    flow.runs.all().delete()
    Flow.objects.all().delete()
    Writer(world.owner, schedules=True).write(found)
    assert Flow.objects.get(name="nightly").schedule.enabled


def test_work_that_was_done_here_is_kept_unless_it_is_to_be_replaced(
    caller: RpcCaller, world: World, there: Asking
) -> None:
    found = read(there)
    Job.objects.filter(pk=world.jobs[0].pk).update(content="echo mine")
    update_flow(world.flow, by=world.owner, description="mine")
    report = Writer(world.owner).write(found)
    differing = {(row.name, row.detail) for row in report.rows if row.outcome is Outcome.DIFFERS}
    assert differing == {("extract", "Params"), ("nightly", "Description")}
    assert Job.objects.get(pk=world.jobs[0].pk).content == "echo mine"

    Writer(world.owner, overwrite=True).write(found)
    assert Job.objects.get(pk=world.jobs[0].pk).content == "echo one"
    assert Flow.objects.get(pk=world.flow.pk).description == "d"


def test_what_cannot_come_over_is_named_and_the_rest_comes(
    caller: RpcCaller, world: World, there: Asking
) -> None:
    there.barred = {"ListFlowProjectUser", "DescribeFlowVariableCollection"}
    found = read(there)
    found.projects[0].jobs.append(found.projects[0].jobs[0] | {"Id": f"FJ-{HIGH}", "Type": "COBOL"})
    emptied(world)
    report = Writer(world.owner).write(found)
    refused = {(row.kind, row.name) for row in report.rows if row.outcome is Outcome.REFUSED}
    assert refused == {
        ("call", "ListFlowProjectUser"),
        ("call", "DescribeFlowVariableCollection"),
        ("job", found.projects[0].jobs[-1]["Name"]),
    }
    assert set(Job.objects.values_list("name", flat=True)) == {"extract", "load"}
    assert not Job.objects.filter(kind="COBOL").exists()


def test_a_cluster_that_is_not_known_comes_with_its_hosts(world: World, there: Asking) -> None:
    found = read(there)
    emptied(world)
    Cluster.objects.all().delete()
    Writer(world.owner).write(found)
    cluster = Cluster.objects.get(uid=world.cluster.uid)
    assert [(host.name, host.cores, host.role) for host in cluster.hosts.all()] == [("mill-1", 4, "MASTER")]
    assert Flow.objects.get(name="nightly").cluster == cluster


def test_nothing_of_a_project_of_somebody_else_is_touched(world: World, there: Asking) -> None:
    found = read(there)
    Job.objects.filter(pk=world.jobs[0].pk).update(content="echo mine")
    report = Writer(User.objects.create_user("stranger"), overwrite=True).write(found)
    assert outcomes(report)["project"] == {Outcome.REFUSED}
    assert "job" not in outcomes(report)
    assert Job.objects.get(pk=world.jobs[0].pk).content == "echo mine"


def test_replies_that_were_kept_are_not_asked_for_again(world: World, there: Asking, tmp_path: Path) -> None:
    kept = tmp_path / "replies"
    there.barred = {"DescribeFlow"}
    with pytest.raises(SourceError):
        read(Folder(kept, there))
    broken_off = Counter(there.calls)
    there.barred = set()
    found = read(Folder(kept, there))
    assert there.calls["ListFlowProject"] == broken_off["ListFlowProject"] == 1
    assert there.calls["DescribeFlowJob"] == 2
    there.calls.clear()
    assert read(Folder(kept)) == found
    assert not there.calls
    assert all(file.stat().st_mode & 0o077 == 0 for file in kept.iterdir())


def test_the_command_says_first_what_it_would_do(world: World, there: Asking, tmp_path: Path) -> None:
    read(Folder(tmp_path / "replies", there))
    emptied(world)
    out, report = StringIO(), tmp_path / "report.json"
    call_command(
        "import_emr", folder=tmp_path / "replies", user="olga", dry_run=True, report=report, stdout=out
    )
    assert "would be: " in out.getvalue()
    assert not Project.objects.exists()
    assert json.loads(report.read_text())["counts"]["made"] > 0

    call_command("import_emr", folder=tmp_path / "replies", user="olga", stdout=StringIO())
    assert set(Project.objects.values_list("name", flat=True)) == {"Orders"}
    out = StringIO()
    call_command("import_emr", folder=tmp_path / "replies", user="olga", stdout=out)
    assert "0 made" in out.getvalue()
    assert "0 changed, 0 differs, 0 refused" in out.getvalue()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "give --endpoint"),
        ({"endpoint": "http://127.0.0.1:9", "key": "k"}, "HEADRACE_EMR_SECRET"),
        ({"endpoint": "http://127.0.0.1:9", "key": "k", "secret": "s"}, "could not be read"),
        ({"endpoint": "http://127.0.0.1:9", "key": "k", "secret": "s", "user": "nobody"}, "no user nobody"),
    ],
)
def test_the_command_says_what_it_needs(world: World, options: dict[str, str], says: str) -> None:
    User.objects.create_superuser("root")
    with pytest.raises(CommandError, match=says):
        call_command("import_emr", **options, stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_an_account_is_read_over_the_network(
    key: AccessKey, caller: RpcCaller, world: World, live_server: Any, settings: Any
) -> None:
    settings.HEADRACE_OUTBOUND_ALLOW = ("127.0.0.0/8",)
    account = Account(live_server.url, key.key_id, key.secret)
    assert without(read(account).projects[0].jobs) == without(read(Asking(caller)).projects[0].jobs)
    with pytest.raises(SourceError, match="SignatureDoesNotMatch"):
        Account(live_server.url, key.key_id, "wrong").ask("ListFlowProject")
    settings.HEADRACE_OUTBOUND_ALLOW = ()
    with pytest.raises(SourceError, match="Refused"):
        account.ask("ListFlowProject")


@pytest.fixture
def administrator(client: Client) -> User:
    found = User.objects.create_superuser("root")
    client.force_login(found)
    return found


def form(**changed: Any) -> dict[str, Any]:
    given = {"endpoint": "https://emr.example.com", "key": "k", "secret": "hush hush", "region": "r-1"}
    return given | changed


def test_an_import_is_started_on_a_page_and_its_secret_is_sealed_and_forgotten(
    client: Client, administrator: User, world: World, there: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert b"Import from EMR" in client.get(reverse("projects:list")).content
    answer = client.post(reverse("gateways:imports"), form(dry_run="on"))
    row = Operation.objects.get(kind="import")
    assert answer["Location"] == reverse("gateways:import", args=[row.ref])
    assert "hush hush" not in json.dumps(row.request)
    assert b"every 2s" in client.get(answer["Location"]).content

    emptied(world)
    monkeypatch.setattr("apps.gateways.imports.Account", lambda *given: there)
    found = read(there)
    monkeypatch.setattr("apps.gateways.imports.read_account", lambda source, project, tell: found)
    run_import(row.pk)
    run_import(row.pk)
    row.refresh_from_db()
    assert (row.state, "secret" in row.request) == ("succeeded", False)
    assert not Project.objects.exists()
    page = client.get(answer["Location"]).content.decode()
    assert "every 2s" not in page
    assert "Nothing was written" in page


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"endpoint": "ftp://x"}, "Enter a valid URL"), ({"key": ""}, "required"), ({"secret": ""}, "required")],
)
def test_the_page_says_what_is_wrong_and_starts_nothing(
    client: Client, administrator: User, changed: dict[str, str], says: str
) -> None:
    answer = client.post(reverse("gateways:imports"), form(**changed))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Operation.objects.exists()


def test_only_one_import_of_a_person_goes_on_and_one_that_fell_silent_holds_nobody_up(
    client: Client, administrator: User
) -> None:
    client.post(reverse("gateways:imports"), form())
    assert client.post(reverse("gateways:imports"), form()).status_code == 422
    past = (timezone.now() - timedelta(minutes=6)).isoformat()
    row = Operation.objects.get(kind="import")
    Operation.objects.filter(pk=row.pk).update(state="running", result={"said": "", "at": past})
    page = client.get(reverse("gateways:import", args=[row.ref])).content.decode()
    assert "broken off" in page
    assert client.post(reverse("gateways:imports"), form()).status_code == 302


def test_what_became_of_each_thing_is_told_in_the_readers_language(
    client: Client, administrator: User
) -> None:
    client.post(reverse("gateways:imports"), form())
    row = Operation.objects.get(kind="import")
    report = Report()
    report.add("folder", "FC-1", "nightly", Outcome.MADE)
    Operation.objects.filter(pk=row.pk).update(
        state="succeeded", ended_at=timezone.now(), result=report.as_json()
    )
    page = client.get(reverse("gateways:import", args=[row.ref]), headers={"Accept-Language": "zh-hans"})
    told = page.content.decode()
    assert "<strong>1</strong> 已创建" in told
    assert '<td class="nowrap">文件夹</td>' in told


def test_an_account_that_does_not_answer_is_told_on_the_page(client: Client, administrator: User) -> None:
    client.post(reverse("gateways:imports"), form(endpoint="http://127.0.0.1:9"))
    row = Operation.objects.get(kind="import")
    run_import(row.pk)
    page = client.get(reverse("gateways:import", args=[row.ref])).content.decode()
    assert "ListFlowProject" in page


def test_the_page_is_there_for_administrators_only(client: Client, world: World) -> None:
    client.force_login(world.owner)
    assert client.get(reverse("gateways:imports")).status_code == 404
    assert b"Import from EMR" not in client.get(reverse("projects:list")).content
