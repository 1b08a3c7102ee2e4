"""What is asked every second, or on every page, reads only what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from apps.alerts.outbox import pending_events
from apps.alerts.queries import due_deliveries
from apps.flows.admission import queue, to_look_at
from apps.flows.models import BUSY_STATES, NodeRun, Run
from apps.flows.queries import open_runs, project_runs
from apps.flows.scheduler import forgotten, sleepers_due
from apps.projects.models import Project
from apps.projects.queries import hosts_with_load

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL chooses by how much there is"),
]

NOW = timezone.now()
ASKED: dict[str, tuple[str, Callable[[], QuerySet[Any]]]] = {
    "what a host is busy with": (
        "node_run_busy",
        lambda: NodeRun.objects.filter(host=1, state__in=BUSY_STATES),
    ),
    "how busy hosts are": ("node_run_busy", lambda: hosts_with_load(Project(pk=1))),
    "ready nodes nobody claimed": ("node_run_ready", lambda: forgotten(NOW)),
    "retries and waits that are due": ("node_run_due", lambda: sleepers_due(NOW)),
    "events nobody was told of": ("run_event_pending", pending_events),
    "messages that are due": ("delivery_due", lambda: due_deliveries(NOW)),
    "runs that go on in a project": ("run_open", lambda: open_runs(Project(pk=1))),
    "the runs of a project": ("run_of_project", lambda: project_runs(Project(pk=1))[:50]),
    "who waits for a place": ("run_that_waits", lambda: queue("flow:1")),
    "waiting runs to look at": ("run_to_check", lambda: to_look_at(NOW)),
    "runs of a parent's time": (
        "run_of_time",
        lambda: Run.objects.filter(flow=1, nominal_at__range=(NOW, NOW), state="succeeded", parent=None),
    ),
    "runs of a flow that go on": ("run_open_of_flow", lambda: Run.objects.filter(flow=1, ended_at=None)),
    "the runs of a flow": ("run_of_flow", lambda: Run.objects.filter(flow=1).order_by("-id")[:5]),
}


@pytest.mark.parametrize("asked", ASKED)
def test_it_is_found_by_an_index(asked: str) -> None:
    index, query = ASKED[asked]
    # With its values bound, as it is asked in life: SQLite looks at the index before it knows them.
    sql, values = query().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        plan = [row[-1] for row in cursor.fetchall()]
    assert any(f"INDEX {index}" in line for line in plan), plan
    assert not [line for line in plan if "SCAN" in line and index not in line and "flows_" in line], plan
