"""W5: how soon an idle installation's first process is there."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection, transaction

from apps.flows.models import Run
from apps.flows.runs import submit_flow
from apps.flows.wake import wake
from apps.gateways.models import AccessKey
from apps.projects.models import Project
from bench.workloads import chain
from tests.factories import flow_of, make_job

KEY, SECRET = "BENCH", "bench-secret"
#: The job says what time it is. Bash has a clock of its own: no second process is in the way.
STAMP = 'printf "$EPOCHREALTIME" > {stamp}'


def hand_overs(
    project: Project, url: str, repetitions: int, wait_for_end: Callable[[Sequence[int]], None]
) -> dict[str, dict[str, float]]:
    """Milliseconds until the only node of a run says what time it is, by what the clock starts with.

    `wake`: the warden is woken about a run that is there. `action`: the call that submits.
    `rest`: the same as a request to the web service.
    """
    AccessKey.objects.create(key_id=KEY, secret=SECRET, owner=project.owner)
    stamp = Path(settings.HEADRACE_HOME) / "bench-stamp"
    job = make_job(project, content=STAMP.format(stamp=stamp))
    flow = flow_of(chain(1), {"n0": job}, project)
    call = urllib.request.Request(f"{url}/api/headrace/v1/flows/{flow.ref}/run/", b"{}", method="POST")
    call.add_header("Authorization", f"Bearer {KEY}:{SECRET}")
    call.add_header("Content-Type", "application/json")

    def by_rest() -> tuple[float, int]:
        began = time.time()
        with urllib.request.urlopen(call) as answer:
            return began, Run.objects.get(uid=int(json.load(answer)["id"], 16)).pk

    def by_action() -> tuple[float, int]:
        began = time.time()
        return began, submit_flow(flow, by=project.owner).pk

    def by_wake() -> tuple[float, int]:
        with transaction.atomic():
            run = submit_flow(flow, by=project.owner)
            connection.run_on_commit.clear()  # nobody is told of it
        began = time.time()
        wake()
        return began, run.pk

    found = {}
    for door, submit in (("wake", by_wake), ("action", by_action), ("rest", by_rest)):
        seconds = []
        for _ in range(repetitions + 1):
            began, run = submit()
            wait_for_end([run])
            seconds.append(float(stamp.read_text()) - began)
            time.sleep(0.05)
        found[door] = percentiles(seconds[1:])
    return found


def percentiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * value for value in seconds)
    return {
        "p50_ms": round(median(ordered), 1),
        "p90_ms": round(ordered[int(0.9 * (len(ordered) - 1))], 1),
        "max_ms": round(ordered[-1], 1),
    }
