"""The short form of `make chaos`: a dozen faults on each database, another order each time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.installation import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]


SHORT = ["--faults", "12", "--minutes", "0.6", "--fan-ins", "0", "--ticks", "0"]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_nothing_is_lost_and_nothing_runs_twice_whatever_is_killed(database: str) -> None:
    chaos = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--databases", database, *SHORT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(chaos.stdout)
    assert chaos.returncode == 0, chaos.stdout + chaos.stderr[-4000:]
