"""The ground under everything: several processes that claim and finish node runs at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITERS = 4
COUNTS = """
from apps.flows.models import *
from apps.engine.states import ENDED
from django.db.models import Count
print(Run.objects.exclude(state="succeeded").count(),
      NodeRun.objects.exclude(state="succeeded").count(),
      NodeRun.objects.annotate(n=Count("attempts")).exclude(n=1).exclude(kind__in=("START", "END")).count(),
      NodeRun.objects.exclude(unmet=0).count(),
      Attempt.objects.exclude(end="succeeded").count(),
      Run.objects.exclude(active=0).count())
"""


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_four_writers_finish_every_node_once(
    database: str, fresh_installation: Callable[[str], dict[str, str]]
) -> None:
    env = fresh_installation(database)

    def python(*args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *args],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(process: subprocess.Popen[str]) -> str:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err[-3000:]
        return out.strip()

    finish(python("-m", "tests.flows.make_runs"))
    writers = [python("-m", "tests.flows.writer", f"host-{number}") for number in range(WRITERS)]
    started = [int(finish(writer)) for writer in writers]
    assert sum(started) == 502 + 60 + 160
    assert finish(python("manage.py", "shell", "-v0", "-c", COUNTS)) == "0 0 0 0 0 0"


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_fan_in_of_500_is_right_three_times_in_a_row(
    database: str, fresh_installation: Callable[[str], dict[str, str]]
) -> None:
    command = [sys.executable, "-m", "tests.flows.fan_in", "3"]
    done = subprocess.run(command, cwd=ROOT, env=fresh_installation(database), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_hundreds_of_flows_on_one_tick_fire_once_each(
    database: str, fresh_installation: Callable[[str], dict[str, str]]
) -> None:
    command = [sys.executable, "-m", "tests.flows.ticks", "--flows", "300", "--schedulers", "2"]
    done = subprocess.run(command, cwd=ROOT, env=fresh_installation(database), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert '"missed": 0, "doubled": 0' in done.stdout
