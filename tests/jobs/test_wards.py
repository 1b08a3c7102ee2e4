from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from apps.jobs import shepherd
from apps.jobs.supervisor import Status, Supervisor, boot_id, status_of
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


def test_what_the_shepherd_tells_is_what_the_status_file_says(wards: Wards, tmp_path: Path) -> None:
    start(wards, tmp_path)
    assert first_outcome(wards).status == status_of((tmp_path / "status").read_text())


def test_a_process_is_the_one_that_was_started_only_when_its_start_time_fits() -> None:
    with subprocess.Popen(["/bin/sleep", "30"]) as process:
        ticks = shepherd.start_ticks(process.pid)
        assert status_of(f"pid {process.pid} {ticks - 1}-{ticks} {boot_id()}\n").is_alive()
        assert status_of(f"pid {process.pid} {ticks} {boot_id()}\n").is_alive()
        assert not status_of(f"pid {process.pid} {ticks + 1}-{ticks + 2} {boot_id()}\n").is_alive()
        assert not Status(process.pid, (ticks, ticks), "another boot").is_alive()
        process.kill()


def start_sleeper(wards: Wards, folder: Path, key: str) -> Path:
    """One that waits while another runs. Its status file."""
    status = folder / f"{key}.status"
    env, log = {"PATH": os.defpath}, folder / f"{key}.log"
    wards.start(key, status, argv=["/bin/sleep", "60"], env=env, cwd=Path("/"), log=log, room=1)
    return status


def pid_of(status: Path) -> int:
    """The process with that status, once it is there."""
    give_up_at = time.monotonic() + PATIENCE
    while not (status.exists() and status_of(status.read_text()).pid):
        assert time.monotonic() < give_up_at, "it does not start"
        time.sleep(0.01)
    return status_of(status.read_text()).pid


def end_of(wards: Wards, status: Path) -> Outcome:
    """What comes after the process with that status was killed."""
    os.kill(pid_of(status), 9)
    return first_outcome(wards)


def test_the_shepherd_knows_when_a_job_started(wards: Wards, tmp_path: Path) -> None:
    for key in ("first", "second"):
        status = start_sleeper(wards, tmp_path, key)
        pid = pid_of(status)
        assert status_of(status.read_text()).is_alive()
        os.kill(pid, 9)


def test_jobs_wait_for_room_and_start_in_their_order(wards: Wards, tmp_path: Path) -> None:
    first, second, third = (start_sleeper(wards, tmp_path, key) for key in ("1", "2", "3"))
    assert wards.waiting(1) == ["2", "3"]
    for status, after in ((first, second), (second, third)):
        assert not after.exists()
        end_of(wards, status)
    assert end_of(wards, third).key == "3"


def test_a_job_that_waits_can_be_withdrawn_and_a_running_one_cannot(wards: Wards, tmp_path: Path) -> None:
    first, second = (start_sleeper(wards, tmp_path, key) for key in ("1", "2"))
    pid_of(first)
    wards.withdraw("1")
    wards.withdraw("2")
    outcome = first_outcome(wards)
    assert (outcome.key, outcome.is_withdrawn, outcome.status.reason) == ("2", True, "")
    assert end_of(wards, first).status.exit_code == 137
    assert not second.exists()


def test_a_job_that_is_told_to_end_while_it_waits_is_not_started(wards: Wards, tmp_path: Path) -> None:
    first, second = (start_sleeper(wards, tmp_path, key) for key in ("1", "2"))
    wards.ask_to_end("2")
    assert first_outcome(wards).status.reason == "stopped before it started"
    end_of(wards, first)
    assert not second.exists()


def test_what_waits_is_not_started_once_its_warden_is_gone(wards: Wards, tmp_path: Path) -> None:
    first, second = (start_sleeper(wards, tmp_path, key) for key in ("1", "2"))
    pid_of(first)
    wards.reconnect()
    assert "2" not in wards
    end_of(wards, first)
    assert not second.exists()


def test_a_job_that_is_just_being_started_is_not_lost_whatever_the_time_of_day(
    wards: Wards, tmp_path: Path
) -> None:
    status = tmp_path / "status"
    status.touch()
    os.utime(status, (0, 0))  # as if the clock had been set on since the shepherd opened it
    wards.adopt("1", status)
    assert not wards.collect()
    status.write_text(f"pid 1 0-1 {boot_id()}\nexit 0\n")
    assert first_outcome(wards).status.exit_code == 0


def test_a_job_that_ended_and_left_no_result_is_lost(wards: Wards, tmp_path: Path) -> None:
    (tmp_path / "status").write_text(f"pid {2**22 + 1} 5-6 {boot_id()}\n")
    start(wards, tmp_path)  # the shepherd finds that it was started before
    assert first_outcome(wards).is_lost
