"""Many flows that are due at one moment, and two schedulers that fire them.

Usage: ticks.py [--flows 1000] [--schedulers 2] [--ticks 1]   (settings by environment)

`--schedulers` are started beside those that are there already. It prints how late the runs
were made, and fails when one is missing or was made twice.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
django.setup()

# ruff: noqa: E402 (models can only be imported after setup)
from django.db import transaction
from django.utils import timezone

from apps.flows.actions import create_flow
from apps.flows.hosts import register_host
from apps.flows.models import Flow, Run, Schedule
from apps.projects.models import User
from tests.factories import graph_text, make_job, make_project
from tests.installation import ROOT

#: Seconds between the call and the moment at which all are due.
AHEAD = 3.0
PATIENCE = 120.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flows", type=int, default=1000)
    parser.add_argument("--schedulers", type=int, default=2)
    parser.add_argument("--ticks", type=int, default=1)
    given = parser.parse_args()
    flows = make_flows(given.flows)
    with more_schedulers(given.schedulers):
        for _ in range(given.ticks):
            print(json.dumps(measure(flows)), flush=True)


@contextlib.contextmanager
def more_schedulers(count: int) -> Iterator[None]:
    """Beside those that are there already."""
    command = [sys.executable, str(ROOT / "manage.py"), "scheduler"]
    schedulers = [subprocess.Popen(command, start_new_session=True) for _ in range(count)]
    try:
        yield
    finally:
        for scheduler in schedulers:
            scheduler.terminate()
        for scheduler in schedulers:
            scheduler.wait(30)


def make_flows(count: int) -> list[Flow]:
    """Flows of one job, each with a schedule that is on and far from due."""
    register_host()
    user, _ = User.objects.get_or_create(username="ticks", is_superuser=True)
    project = make_project(user)
    graph = graph_text({"n0": []}, {"n0": make_job(project)})
    never = timezone.now() + timedelta(days=400)
    with transaction.atomic():
        flows = [create_flow(project, name=f"flow {number}", graph=graph, by=user) for number in range(count)]
        schedule = {"cron": "0 0 0 1 1 ?", "time_zone": "UTC", "enabled": True, "next_fire_at": never}
        Schedule.objects.bulk_create(Schedule(flow=flow, **schedule) for flow in flows)
    return flows


def measure(flows: list[Flow]) -> dict[str, Any]:
    """Let all of them be due in a few seconds, and see what becomes of it."""
    due = (timezone.now() + timedelta(seconds=AHEAD)).replace(microsecond=0)
    cron = f"{due:%-S %-M %-H %-d %-m} ?"
    Schedule.objects.filter(flow__in=flows).update(cron=cron, next_fire_at=due)
    wait_until_fired(flows, due)
    late = lateness(flows, due)
    behind = Schedule.objects.filter(flow__in=flows).exclude(
        last_fire_at=due, trouble="", next_fire_at__gt=due
    )
    assert not behind.exists(), "a schedule did not move on"
    return {
        "flows": len(flows),
        "missed": len(flows) - len(late),
        "doubled": Run.objects.filter(nominal_at=due).count() - len(late),
        "p50_ms": round(statistics.median(late)),
        "p99_ms": round(sorted(late)[int(0.99 * (len(late) - 1))]),
        "max_ms": round(max(late)),
    }


def wait_until_fired(flows: list[Flow], due: datetime) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while (fired := Run.objects.filter(nominal_at=due).values("flow").distinct().count()) < len(flows):
        assert time.monotonic() < give_up_at, f"only {fired} of {len(flows)} flows fired"
        time.sleep(0.2)
    time.sleep(1)  # whoever fires twice does it now


def lateness(flows: list[Flow], due: datetime) -> list[float]:
    """Milliseconds from the due time to the run, of each flow once."""
    runs = Run.objects.filter(flow__in=flows, nominal_at=due, trigger=Run.Trigger.SCHEDULE)
    first = dict(runs.order_by("-created_at").values_list("flow", "created_at"))
    return [(at - due).total_seconds() * 1000 for at in first.values()]


if __name__ == "__main__":
    main()
