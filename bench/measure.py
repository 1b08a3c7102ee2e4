"""Measures one installation that is up: `python -m bench.measure DATABASE URL`, in its environment.

Prints a JSON line a workload. Runs are submitted by the action that the pages and the
APIs call, and are over when their row says so to somebody else. Each repetition stands
beside ninja's two (see `workloads`), and a ratio is the median of those of the
repetitions: what a repetition is compared with found the machine in the same mood.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
django.setup()

# ruff: noqa: E402 (models can only be imported after setup)
from django.db import connection

from apps.flows.models import Flow, NodeRun, Run
from apps.flows.runs import submit_flow
from apps.projects.models import Project, User
from bench.latency import hand_overs
from bench.workloads import PLAIN, SAME, WORKLOADS, Graph, ninja_seconds
from tests.factories import flow_of, make_job, make_project
from tests.flows import ticks

POLL = 0.01
PATIENCE = 300.0
#: A workload of more nodes is repeated so often only.
LARGE, FEW = 5000, 3
DUE_AT_ONCE = 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("url")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    project = make_project(User.objects.get(username="admin"))
    wanted = set(filter(None, given.only.split(",")))
    for name, (graph, runs) in WORKLOADS.items():
        if not wanted or name in wanted:
            repetitions = given.repetitions if len(graph) < LARGE else min(FEW, given.repetitions)
            report(given.database, name, **measure(project, graph, runs, repetitions))
    if not wanted or "W5" in wanted:
        for door, values in hand_overs(project, given.url, 6 * given.repetitions, wait_for_end).items():
            report(given.database, "W5", door=door, **values)
    if not wanted or "W7" in wanted:
        scheduled = ticks.make_flows(DUE_AT_ONCE)
        with ticks.more_schedulers(1):
            ticks.measure(scheduled)  # the first fire of a flow freezes it
            for _ in range(min(FEW, given.repetitions)):
                report(given.database, "W7", **ticks.measure(scheduled))


def report(database: str, workload: str, **values: Any) -> None:
    row = {"workload": workload, "database": database, **values, "load1": round(os.getloadavg()[0], 2)}
    print(json.dumps(row), flush=True)


def measure(project: Project, graph: Graph, runs: int, repetitions: int) -> dict[str, Any]:
    job = make_job(project, content="true")
    flows = [flow_of(graph, dict.fromkeys(graph, job), project) for _ in range(runs)]
    if len(graph) < LARGE:
        timed(flows)  # the first run of a flow freezes its jobs; every later one finds them
    ours, same, plain, submits, evenness = [], [], [], [], []
    for _ in range(repetitions):
        plain.append(ninja_seconds(graph, runs, PLAIN))
        same.append(ninja_seconds(graph, runs, SAME))
        submit, whole, made = timed(flows)
        submits.append(submit)
        ours.append(whole)
        evenness.append(last_to_first(made[0]))
    nodes = runs * len(graph)
    values = {
        "nodes": nodes,
        "seconds": round(median(ours), 4),
        "ms_per_node": round(1000 * median(ours) / nodes, 3),
        "submit_ms": round(1000 * median(submits), 1),
        "times_same": times(ours, same),
        "times_plain": times(ours, plain),
        "ninja_ms": [round(1000 * median(floor) / nodes, 3) for floor in (same, plain)],
    }
    return values | ({"last_to_first": round(median(evenness), 2)} if len(graph) >= LARGE else {})


def times(ours: Sequence[float], floor: Sequence[float]) -> float:
    return round(median(own / other for own, other in zip(ours, floor, strict=True)), 2)


def timed(flows: Iterable[Flow]) -> tuple[float, float, list[int]]:
    """Seconds until everything was submitted and until all of it had ended, and the runs."""
    began = time.perf_counter()
    runs = [submit_flow(flow, by=flow.project.owner).pk for flow in flows]
    submitted = time.perf_counter()
    wait_for_end(runs)
    return submitted - began, time.perf_counter() - began, runs


def wait_for_end(runs: Sequence[int]) -> None:
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


def last_to_first(run: int) -> float:
    """How long the last tenth of a run's nodes took, by how long the first did."""
    nodes = NodeRun.objects.filter(run=run, attempt__gt=0)
    starts: list[Any] = sorted(nodes.values_list("started_at", flat=True))
    ends: list[Any] = sorted(nodes.values_list("ended_at", flat=True))
    tenth = len(ends) // 10
    if not tenth:
        return 1.0
    return (ends[-1] - ends[-1 - tenth]) / (ends[tenth] - starts[0])


if __name__ == "__main__":
    main()
