from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from apps.jobs.supervisor import Supervisor
from apps.jobs.wards import Outcome, Wards

PATIENCE = 20.0


@pytest.fixture
def wards() -> Iterator[Wards]:
    found = Wards(Supervisor(Path(settings.HEADRACE_RUNTIME) / "wards.sock"), kill_grace=1.0)
    found.reconnect()
    yield found
    found.supervisor.close()


def first_outcome(wards: Wards) -> Outcome:
    give_up_at = time.monotonic() + PATIENCE
    while not (outcomes := wards.collect()):
        assert time.monotonic() < give_up_at, "nothing ends"
        time.sleep(0.01)
    return outcomes[0]


def start(wards: Wards, folder: Path) -> None:
    env = {"PATH": os.defpath}
    log, status = folder / "log", folder / "status"
    wards.start("1", status, argv=["/bin/true"], env=env, cwd=Path("/"), log=log)


def test_a_job_that_ends_is_told_with_its_exit_code(wards: Wards, tmp_path: Path) -> None:
    start(wards, tmp_path)
    outcome = first_outcome(wards)
    assert (outcome.key, outcome.status.ended, outcome.status.exit_code) == ("1", True, 0)
    assert not len(wards)


def test_a_job_whose_status_cannot_be_written_is_not_waited_for(wards: Wards, tmp_path: Path) -> None:
    start(wards, tmp_path / "gone")
    outcome = first_outcome(wards)
    assert (outcome.status.ended, outcome.status.exit_code) == (True, None)
    assert "No such file" in outcome.status.reason
    assert not len(wards)
