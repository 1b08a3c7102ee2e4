"""What an attempt may take of its host."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from apps.jobs.bounds import bounded
from apps.jobs.errors import JobError

ALLOCATE = [sys.executable, "-c", "data = bytearray(300 << 20); print(len(data) >> 20)"]


def ended(argv: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_a_process_that_takes_more_memory_than_it_may_fails_and_one_within_it_does_not() -> None:
    assert "MemoryError" in ended(bounded(ALLOCATE, {"memory": "200"})).stderr
    assert ended(bounded(ALLOCATE, {"memory": "600"})).stdout == "300\n"


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_it_runs_on_as_many_cores_as_it_may() -> None:
    program = [sys.executable, "-c", "import os; print(len(os.sched_getaffinity(0)))"]
    assert ended(bounded(program, {"cores": "1"})).stdout == "1\n"


def test_a_low_priority_lets_others_go_first() -> None:
    program = [sys.executable, "-c", "import os; print(os.nice(0))"]
    before = os.nice(0)
    assert ended(bounded(program, {"priority": "-3"})).stdout == f"{min(19, before + 3)}\n"


def test_without_bounds_nothing_stands_before_the_program() -> None:
    assert bounded(["/bin/true"], {"userName": "hadoop", "priority": "0"}) == ["/bin/true"]


@pytest.mark.parametrize("given", [{"memory": "much"}, {"cores": "-1"}, {"memory": "1e999"}])
def test_what_is_no_number_is_told(given: dict[str, str]) -> None:
    with pytest.raises(JobError, match="run settings"):
        bounded(["/bin/true"], given)
