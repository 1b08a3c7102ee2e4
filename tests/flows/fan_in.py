"""500 nodes that all end into one, worked off by four processes at once, again and again.

Usage: fan_in.py TIMES   (settings by environment: an empty, migrated installation)

The counter of the last node is what everybody writes at the same time: a decrement that is
lost leaves it waiting for ever, one that is made twice starts it too early or twice.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
django.setup()

from django.db.models import Count  # noqa: E402

from apps.flows.models import Attempt, NodeRun, Run, RunEvent  # noqa: E402
from apps.flows.runs import submit_flow  # noqa: E402
from apps.projects.models import Cluster, User  # noqa: E402
from tests.graphs import fan, make_drawn_flow  # noqa: E402

WIDTH = 500
WRITERS = 4
PATIENCE = 120.0


def main(times: int) -> None:
    Cluster.objects.create(name="local")
    user = User.objects.create(username="ann", is_superuser=True)
    flow = make_drawn_flow(fan(WIDTH), by=user)
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.flows.writer", f"host-{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    began = time.monotonic()
    for number in range(times):
        check(wait_for_end(submit_flow(flow, by=user), number))
    shares = [int(writer.communicate(timeout=PATIENCE)[0]) for writer in writers]
    assert sum(shares) == times * (WIDTH + 2), shares
    seconds = time.monotonic() - began
    print(f"{WIDTH}-way fan-in, {WRITERS} processes: right {times} times in a row, {seconds:.0f} s, {shares}")


def wait_for_end(run: Run, number: int) -> Run:
    give_up_at = time.monotonic() + PATIENCE
    while not Run.objects.filter(pk=run.pk, ended_at__isnull=False).exists():
        assert time.monotonic() < give_up_at, f"fan-in {number} does not end"
        time.sleep(0.02)
    run.refresh_from_db()
    return run


def check(run: Run) -> None:
    """Every node succeeded, in one attempt; the last one started after all others had ended."""
    nodes = NodeRun.objects.filter(run=run)
    commands = nodes.exclude(kind__in=("START", "END")).annotate(tries=Count("attempts"))
    assert (run.state, run.active, run.ended, run.failed) == ("succeeded", 0, WIDTH + 4, 0)
    assert not nodes.exclude(state="succeeded", unmet=0, bad=0).exists()
    assert commands.count() == commands.filter(tries=1, attempt=1, token=1).count() == WIDTH + 2
    assert Attempt.objects.filter(node_run__run=run, end="succeeded").count() == WIDTH + 2
    ends = RunEvent.objects.filter(run=run, kind="node.succeeded")
    started = RunEvent.objects.get(run=run, kind="node.started", node_run__node="last")
    assert ends.count() == WIDTH + 4
    assert ends.filter(seq__lt=started.seq).count() == WIDTH + 2  # the middle, the first and START


if __name__ == "__main__":
    main(int(sys.argv[1]))
