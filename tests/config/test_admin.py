"""Every model of every app is in the admin: its list, its search and its rows open, and stay cheap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from apps.alerts.models import Channel, Contact, Delivery, DingTalkGroup, Rule, Try, UserGroup
from apps.drawings.models import Document, Lock
from apps.drawings.models import Operation as DrawingOperation
from apps.flows.models import (
    Attempt,
    Backfill,
    BackfillTime,
    ClusterJob,
    Dependency,
    Flow,
    FlowJob,
    Heartbeat,
    NodeRun,
    Output,
    Recovery,
    Revision,
    Run,
    RunEnd,
    RunEvent,
    Schedule,
    SkippedFire,
)
from apps.gateways.models import AccessKey, ForeignId, Nonce
from apps.gateways.models import Operation as GatewayOperation
from apps.jobs.models import Frozen, Job, Resource, Storage
from apps.lib.admin import HistoryAdmin
from apps.projects.models import (
    AuditEntry,
    Cluster,
    ClusterSetting,
    Connection,
    Counter,
    Folder,
    Host,
    Member,
    Project,
    Tree,
    User,
    Variable,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, tzinfo=UTC)
admin.autodiscover()
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


class Row:
    """The `number`-th row of every model, each made when it is asked for, none sharing a parent."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.made: dict[type[Model], Model] = {}

    def __call__(self, model: type[Model]) -> Any:
        if model not in self.made:
            self.made[model] = model._default_manager.create(
                **FIELDS[model](self, f"{model.__name__}{self.number}")
            )
        return self.made[model]


Fields = Callable[[Row, str], dict[str, Any]]
FIELDS: dict[type[Model], Fields] = {
    User: lambda row, name: {"username": name},
    Project: lambda row, name: {"name": name, "number": row.number, "owner": row(User)},
    Member: lambda row, name: {"project": row(Project), "user": row(User), "user_name": name},
    Folder: lambda row, name: {"project": row(Project), "tree": Tree.FLOW, "name": name},
    Connection: lambda row, name: {
        "project": row(Project),
        "name": name,
        "address": "10.1.2.3",
        "password": "hush-hush",
    },
    Variable: lambda row, name: {"project": row(Project), "name": name, "value": "hush-hush", "secret": True},
    Cluster: lambda row, name: {"name": name},
    Host: lambda row, name: {"cluster": row(Cluster), "name": name},
    ClusterSetting: lambda row, name: {"project": row(Project), "cluster": row(Cluster)},
    AuditEntry: lambda row, name: {
        "project": row(Project),
        "user": row(User),
        "verb": "create",
        "subject_uid": 1,
    },
    Counter: lambda row, name: {"name": name, "value": 1},
    Document: lambda row, name: {"project": row(Project), "text": "{}", "modified_by": row(User)},
    DrawingOperation: lambda row, name: {
        "document": row(Document),
        "version": 1,
        "ops": [],
        "author": row(User),
    },
    Lock: lambda row, name: {
        "subject": row(Document).uid,
        "holder": row(User),
        "taken_at": AT,
        "expires_at": AT,
    },
    Recovery: lambda row, name: {"at": AT, "act": "host_lost", "host": row(Host), "why": name},
    Backfill: lambda row, name: {
        "project": row(Project),
        "flow": row(Flow),
        "revision": row(Revision),
        "first_at": AT,
        "last_at": AT,
        "created_by": row(User),
    },
    BackfillTime: lambda row, name: {
        "backfill": row(Backfill),
        "flow": row(Flow),
        "nominal_at": AT,
        "position": 0,
        "run": row(Run),
    },
    SkippedFire: lambda row, name: {
        "flow": row(Flow),
        "first_at": AT,
        "last_at": AT,
        "reason": "misfire",
    },
    RunEnd: lambda row, name: {"run": row(Run)},
    Job: lambda row, name: {"project": row(Project), "folder": row(Folder), "name": name, "kind": "SHELL"},
    Storage: lambda row, name: {
        "project": row(Project),
        "bucket": name,
        "endpoint": "https://s3.example.com",
        "secret": "hush-hush",
    },
    Resource: lambda row, name: {"job": row(Job), "position": 1, "path": name},
    Frozen: lambda row, name: {"digest": name, "kind": "SHELL", "settings": {}},
    Flow: lambda row, name: {
        "project": row(Project),
        "folder": row(Folder),
        "document": row(Document),
        "cluster": row(Cluster),
        "name": name,
    },
    FlowJob: lambda row, name: {"flow": row(Flow), "job": row(Job)},
    Revision: lambda row, name: {
        "flow": row(Flow),
        "number": 1,
        "digest": name,
        "drawing": "{}",
        "nodes": [],
    },
    Schedule: lambda row, name: {"flow": row(Flow), "cron": "0 0 2 * * ?", "next_fire_at": AT},
    Output: lambda row, name: {"project": row(Project), "flow": row(Flow), "name": name},
    Dependency: lambda row, name: {"flow": row(Flow), "parent": row(Flow)},
    Run: lambda row, name: {
        "project": row(Project),
        "flow": row(Flow),
        "revision": row(Revision),
        "name": name,
        "nominal_at": AT,
    },
    NodeRun: lambda row, name: {
        "run": row(Run),
        "project": row(Project),
        "ordinal": 0,
        "node": "n0",
        "name": name,
        "kind": "SHELL",
        "host": row(Host),
        "started_at": AT,
    },
    Attempt: lambda row, name: {
        "node_run": row(NodeRun),
        "number": 1,
        "token": 1,
        "host": row(Host),
        "started_at": AT,
    },
    ClusterJob: lambda row, name: {
        "attempt": row(Attempt),
        "system": "yarn",
        "ident": name,
        "state": "RUNNING",
        "seen_at": AT,
    },
    RunEvent: lambda row, name: {
        "run": row(Run),
        "node_run": row(NodeRun),
        "seq": 1,
        "kind": "node.failed",
        "at": AT,
    },
    Heartbeat: lambda row, name: {"service": name, "at": AT},
    Contact: lambda row, name: {"name": name, "owner": row(User)},
    UserGroup: lambda row, name: {"name": name, "owner": row(User)},
    DingTalkGroup: lambda row, name: {
        "name": name,
        "owner": row(User),
        "webhook": "https://example.com/?t=hush-hush",
        "secret": "hush-hush",
    },
    Channel: lambda row, name: {
        "project": row(Project),
        "kind": "webhook",
        "name": name,
        "config": '{"token": "hush-hush"}',
    },
    Rule: lambda row, name: {"project": row(Project), "event": "flow.failed"},
    Delivery: lambda row, name: {
        "project": row(Project),
        "run": row(Run),
        "event": row(RunEvent),
        "channel": "email",
        "receiver_id": name,
        "receiver_name": name,
        "subject": name,
        "body": name,
    },
    Try: lambda row, name: {"delivery": row(Delivery), "number": 1, "at": AT, "ok": True},
    AccessKey: lambda row, name: {
        "key_id": name,
        "secret": "hush-hush",
        "owner": row(User),
        "project": row(Project),
    },
    Nonce: lambda row, name: {"key": row(AccessKey), "value": name, "at": AT},
    ForeignId: lambda row, name: {"dialect": "emr", "kind": "flow", "text": name, "uid": row.number},
    GatewayOperation: lambda row, name: {"dialect": "emr", "kind": "import", "project": row(Project)},
    AccessAttempt: lambda row, name: {
        "username": name,
        "failures_since_start": 1,
        "get_data": "",
        "post_data": "",
    },
    AccessLog: lambda row, name: {"username": name},
}


@pytest.fixture
def client(db) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def url_of(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_of_ours_is_in_the_admin():
    ours = {model for model in apps.get_models() if model.__module__.startswith("apps.")}
    assert ours - set(MODELS) == set()
    assert set(MODELS) == set(FIELDS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_list_search_and_row_open(model, client):
    row = Row(1)(model)
    listed = client.get(url_of(model, "changelist"))
    assert listed.status_code == 200
    assert url_of(model, "change", row.pk) in listed.text
    assert client.get(url_of(model, "changelist"), {"q": "1"}).status_code == 200
    assert client.get(url_of(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_costs_the_same_number_of_queries_for_any_number_of_rows(
    model, client, django_assert_max_num_queries
):
    for number in (1, 2):
        Row(number)(model)
    with django_assert_max_num_queries(100) as few:
        client.get(url_of(model, "changelist"))
    for number in range(3, 13):
        Row(number)(model)
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(url_of(model, "changelist"))


@pytest.mark.parametrize(
    "model",
    [User, Member, Folder, Variable, Cluster, Host, Job, Contact, UserGroup, DingTalkGroup, AccessKey],
)
def test_the_form_for_a_new_row_opens(model, client):
    assert client.get(url_of(model, "add")).status_code == 200


@pytest.mark.parametrize(
    "model", [Run, NodeRun, Attempt, RunEvent, Revision, Frozen, Document, Delivery, Try]
)
def test_what_happened_can_be_read_and_not_changed(model, client):
    row = Row(1)(model)
    assert isinstance(admin.site._registry[model], HistoryAdmin)
    assert client.post(url_of(model, "change", row.pk), {}).status_code == 403
    assert client.post(url_of(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert client.get(url_of(model, "add")).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", [Connection, Variable, DingTalkGroup, Channel, AccessKey])
def test_a_secret_is_never_shown(model, client):
    row = Row(1)(model)
    assert "hush-hush" not in client.get(url_of(model, "change", row.pk)).text
    assert "hush-hush" not in client.get(url_of(model, "changelist")).text


def test_an_empty_secret_keeps_the_stored_one_and_a_new_one_replaces_it(client):
    variable = Row(1)(Variable)
    form = {"project": variable.project_id, "name": "PW", "secret": "on"}
    url = url_of(Variable, "change", variable.pk)
    assert client.post(url, form | {"value": ""}).status_code == 302
    variable.refresh_from_db()
    assert (variable.name, variable.value) == ("PW", "hush-hush")
    client.post(url, form | {"value": "new"})
    variable.refresh_from_db()
    assert variable.value == "new"


def test_a_new_row_needs_its_secret(client):
    answer = client.post(url_of(AccessKey, "add"), {"key_id": "AK", "owner": Row(1)(User).pk, "secret": ""})
    assert answer.status_code == 200
    assert not AccessKey.objects.exists()


def test_a_run_of_many_nodes_shows_them_by_pages(client):
    run = Row(1)(Run)
    NodeRun.objects.bulk_create(
        NodeRun(run=run, project=run.project, ordinal=n, node=f"n{n}", name=f"node-{n}-", kind="SHELL")
        for n in range(300)
    )
    page = client.get(url_of(Run, "change", run.pk)).text
    assert "node-0-" in page
    assert "node-299-" not in page


def test_a_user_is_made_with_a_password_and_changed(client):
    form = {
        "username": "nora",
        "password1": "open-sesame-1",
        "password2": "open-sesame-1",
        "usable_password": "true",
    }
    assert client.post(url_of(User, "add"), form).status_code == 302
    nora = User.objects.get(username="nora")
    assert nora.check_password("open-sesame-1")
    assert client.get(reverse("admin:auth_user_password_change", args=[nora.pk])).status_code == 200


def test_the_first_page_opens_and_strangers_sign_in(client):
    assert client.get(reverse("admin:index")).status_code == 200
    assert Client().get(reverse("admin:index")).status_code == 302
