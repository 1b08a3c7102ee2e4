"""Measures one installation that is up: `python -m bench.measure DATABASE URL`, in its environment.

Prints a JSON line a workload. Runs are submitted by the action that the pages and the
APIs call, and are over when their row says so to somebody else. Each repetition stands
beside one of ninja, so that both see the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
django.setup()

# ruff: noqa: E402 (models can only be imported after setup)
from django.conf import settings
from django.db import connection

from apps.flows.models import Flow, Run
from apps.flows.runs import submit_flow
from apps.gateways.models import AccessKey
from apps.projects.models import Project, User
from bench.workloads import WORKLOADS, Graph, chain, ninja_seconds
from tests.factories import flow_of, make_job, make_project

KEY, SECRET = "BENCH", "bench-secret"
POLL = 0.004
PATIENCE = 300.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("url")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    owner = User.objects.get(username="admin")
    AccessKey.objects.create(key_id=KEY, secret=SECRET, owner=owner)
    project = make_project(owner)
    wanted = set(filter(None, given.only.split(",")))
    for name, (graph, runs) in WORKLOADS.items():
        if not wanted or name in wanted:
            report(given.database, name, **measure(project, graph, runs, given.repetitions))
    if not wanted or "W5" in wanted:
        for door, seconds in hand_overs(project, given.url, 4 * given.repetitions).items():
            report(given.database, "W5", door=door, **percentiles(seconds))


def report(database: str, workload: str, **values: Any) -> None:
    row = {"workload": workload, "database": database, **values, "load1": round(os.getloadavg()[0], 2)}
    print(json.dumps(row), flush=True)


# --- W1 to W4: from the call to the end


def measure(project: Project, graph: Graph, runs: int, repetitions: int) -> dict[str, Any]:
    job = make_job(project, content="true")
    flows = [flow_of(graph, dict.fromkeys(graph, job), project) for _ in range(runs)]
    ours, ninja = [], []
    timed(flows)  # the first run of a flow freezes its jobs; every later one finds them
    for _ in range(repetitions):
        ninja.append(ninja_seconds(graph, runs))
        ours.append(timed(flows))
    nodes = runs * len(graph)
    median, floor = statistics.median(ours), statistics.median(ninja)
    return {
        "nodes": nodes,
        "seconds": round(median, 4),
        "all": [round(value, 4) for value in ours],
        "ms_per_node": round(1000 * median / nodes, 3),
        "ninja_seconds": round(floor, 4),
        "times_ninja": round(median / floor, 2),
    }


def timed(flows: Iterable[Flow]) -> float:
    began = time.perf_counter()
    wait_for_end([submit_flow(flow, by=flow.project.owner).pk for flow in flows])
    return time.perf_counter() - began


def wait_for_end(runs: list[int]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    # Raw, because whoever measures should not take the machine from what is measured.
    numbers = ",".join(map(str, runs))
    query = f"SELECT count(*) FROM flows_run WHERE id IN ({numbers}) AND ended_at IS NULL"
    with connection.cursor() as cursor:
        while cursor.execute(query) and (left := cursor.fetchone()[0]):
            if time.monotonic() > give_up_at:
                raise SystemExit(f"{left} runs did not end within {PATIENCE:g} s")
            time.sleep(POLL)
    failed = Run.objects.filter(pk__in=runs).exclude(state="succeeded").count()
    if failed:
        raise SystemExit(f"{failed} of {len(runs)} runs failed")


# --- W5: from the call to the first process


def hand_overs(project: Project, url: str, repetitions: int) -> dict[str, list[float]]:
    """Seconds until the command of an idle installation's only node says what time it is."""
    stamp = Path(settings.HEADRACE_HOME) / "bench-stamp"
    job = make_job(project, content=f"date +%s.%N > {stamp}.new && mv {stamp}.new {stamp}")
    flow = flow_of(chain(1), {"n0": job}, project)
    call = urllib.request.Request(f"{url}/api/headrace/v1/flows/{flow.ref}/run/", b"{}", method="POST")
    call.add_header("Authorization", f"Bearer {KEY}:{SECRET}")
    call.add_header("Content-Type", "application/json")

    def by_rest() -> int:
        with urllib.request.urlopen(call) as answer:
            return Run.objects.get(uid=int(json.load(answer)["id"], 16)).pk

    def by_action() -> int:
        return submit_flow(flow, by=flow.project.owner).pk

    seconds: dict[str, list[float]] = {"rest": [], "action": []}
    for door, submit in (("rest", by_rest), ("action", by_action)):
        for _ in range(repetitions + 1):
            stamp.unlink(missing_ok=True)
            began = time.time()
            wait_for_end([submit()])
            seconds[door].append(float(stamp.read_text()) - began)
            time.sleep(0.05)
    return {door: values[1:] for door, values in seconds.items()}


def percentiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * value for value in seconds)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p90_ms": round(ordered[int(0.9 * (len(ordered) - 1))], 1),
        "max_ms": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    main()
