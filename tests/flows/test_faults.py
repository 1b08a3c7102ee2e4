"""A whole installation whose parts are killed while flows run: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.installation import Installation

pytestmark = [pytest.mark.stack, pytest.mark.slow]

PATIENCE = 60.0

SUBMIT = """
from apps.flows.runs import submit_flow
from apps.projects.models import User
from tests.graphs import make_drawn_flow, {shape}
by = User.objects.get(username="admin")
run = submit_flow(make_drawn_flow({shape}({size}), by=by, content={content!r}), by=by)
print(run.ref)
"""
LOOK = """
from apps.flows.models import Attempt, NodeRun, Run
from apps.lib.ids import read
run = Run.objects.get(uid=read({ref!r}))
attempts = Attempt.objects.filter(node_run__run=run)
print(run.state, attempts.count(), attempts.filter(ended_at=None).count(), run.ended, run.total)
"""


@pytest.fixture
def installation(own_stack: Installation) -> Iterator[Installation]:
    own_stack.environment["HEADRACE_SLOTS"] = "8"
    own_stack.start()
    yield own_stack


def submit(installation: Installation, shape: str, size: int, content: str) -> str:
    code = SUBMIT.format(shape=shape, size=size, content=content)
    return installation.manage("shell", "-v0", "-c", code).strip().splitlines()[-1]


def look(installation: Installation, ref: str) -> tuple[str, list[int]]:
    """The run's state; attempts, open attempts, ended nodes, all nodes."""
    answer = installation.manage("shell", "-v0", "-c", LOOK.format(ref=ref)).split()
    return answer[0], [int(number) for number in answer[1:]]


def wait_for_end(installation: Installation, ref: str) -> list[int]:
    give_up_at = time.monotonic() + PATIENCE
    while True:
        state, numbers = look(installation, ref)
        if state == "succeeded":
            return numbers
        assert state == "running", state
        assert time.monotonic() < give_up_at, installation.output()[-4000:]


def wait_for_lines(path: Path, count: int) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not path.exists() or len(path.read_text().splitlines()) < count:
        assert time.monotonic() < give_up_at, f"{path} does not get {count} lines"
        time.sleep(0.02)


def kill(installation: Installation, service: str) -> None:
    os.kill(installation.services()[service], signal.SIGKILL)


def broker(installation: Installation) -> redis.Redis:
    return redis.Redis.from_url(f"unix://{installation.home}/run/broker.sock")


def test_a_job_outlives_the_kill_of_warden_and_worker_and_its_log_is_whole(
    installation: Installation, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    content = f"for k in 1 2 3 4 5 6 7 8; do echo line $k; echo $k >> {marks}; sleep 0.5; done"
    ref = submit(installation, "chain", 2, content)
    wait_for_lines(marks, 3)
    for service in ("warden", "worker"):
        kill(installation, service)
    attempts, still_open, ended, total = wait_for_end(installation, ref)
    assert (attempts, still_open, ended) == (2, 0, total)
    assert marks.read_text().split() == [str(k) for k in range(1, 9)] * 2
    for log in (installation.home / "runs" / ref).glob("*.log"):
        assert log.read_text().splitlines() == [f"line {k}" for k in range(1, 9)]


def test_a_run_ends_when_the_broker_is_flushed_and_killed_and_each_node_ran_once(
    installation: Installation, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    ref = submit(installation, "fan", 48, f"echo $HEADRACE_NODE >> {marks}; sleep 0.3")
    wait_for_lines(marks, 6)
    with broker(installation) as link:
        link.flushall()
    wait_for_lines(marks, 16)
    kill(installation, "broker")
    attempts, still_open, ended, total = wait_for_end(installation, ref)
    assert (attempts, still_open, ended) == (50, 0, total)
    assert set(Counter(marks.read_text().split()).values()) == {1}


def test_a_run_ends_whatever_is_killed_again_and_again(installation: Installation, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    ref = submit(installation, "layers", 6, f"echo $HEADRACE_NODE >> {marks}; sleep 0.2")
    for number, service in enumerate(("warden", "scheduler", "web", "warden", "worker", "broker", "warden")):
        wait_for_lines(marks, 3 + 8 * number)
        kill(installation, service)
    attempts, still_open, ended, total = wait_for_end(installation, ref)
    assert (attempts, still_open, ended) == (total - 2, 0, total)
    assert set(Counter(marks.read_text().split()).values()) == {1}
