from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.flows.models import Heartbeat
from apps.flows.recoveries import note

pytestmark = pytest.mark.django_db


@pytest.fixture
def all_beating() -> None:
    for service in ("worker", "warden", "scheduler"):
        Heartbeat.objects.create(service=service, at=timezone.now())


def test_all_parts_up_is_200(client, all_beating):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "up"
    assert set(answer.json()["checks"]) == {"web", "database", "broker", "worker", "scheduler"}


@pytest.mark.parametrize(
    ("silent", "part"), [("worker", "worker"), ("warden", "worker"), ("scheduler", "scheduler")]
)
def test_a_service_that_fell_silent_is_named_and_makes_it_503(client, all_beating, silent, part):
    Heartbeat.objects.filter(service=silent).update(at=timezone.now() - timedelta(seconds=21))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    down = {name for name, check in answer.json()["checks"].items() if not check["ok"]}
    assert down == {part}
    assert silent in answer.json()["checks"][part]["detail"]


def test_a_service_that_was_never_heard_is_down(client):
    assert not client.get("/healthz").json()["checks"]["scheduler"]["ok"]


def test_a_broker_that_is_away_makes_it_503(client, all_beating, settings):
    settings.REDIS_URL = "unix:///nowhere/secret-address.sock"
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert not answer.json()["checks"]["broker"]["ok"]
    assert "secret-address" not in answer.content.decode()


def test_it_is_never_cached_and_only_read(client, all_beating):
    assert "no-store" in client.get("/healthz")["Cache-Control"]
    assert client.post("/healthz").status_code == 405


def test_it_counts_what_had_to_be_recovered_and_stays_200(client, all_beating):
    now = timezone.now()
    note("host_lost", "Gone.", now=now - timedelta(hours=25))
    note("host_lost", "Gone.", now=now)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["recovery"]["last_day"] == {"host_lost": 1}
    assert answer.json()["recovery"]["last"]["act"] == "host_lost"
