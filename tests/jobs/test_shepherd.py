"""The shepherd by itself."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

from apps.jobs.shepherd import Job, Shepherd, start_ticks


class Witness(Shepherd):
    """Says whether the process of a job was still there when its end was written down."""

    def end(self, job: Job, line: str) -> None:
        self.said = (line, start_ticks(int(job.key)) != 0)
        super().end(job, line)

    def tell(self, message: dict) -> None:
        self.told = message


def test_a_job_is_not_started_when_there_is_no_room_to_say_how_it_ends(tmp_path: Path) -> None:
    shepherd = Witness(str(tmp_path / "socket"))
    job = {"key": "1", "argv": ["/bin/true"], "env": {}, "cwd": "/", "log": str(tmp_path / "log")}
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # as if the disk were full
    try:
        shepherd.start(job | {"status": str(tmp_path / "status")})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert shepherd.told["ended"] == "1"
    assert "too large" in shepherd.told["error"]
    assert not shepherd.running
    assert not (tmp_path / "status").exists()


def test_how_a_job_ended_is_written_before_its_process_is_gone(tmp_path: Path) -> None:
    shepherd = Witness(str(tmp_path / "socket"))
    status = tmp_path / "status"
    handle = os.open(status, os.O_WRONLY | os.O_CREAT)
    job = {"argv": ["/bin/sh", "-c", "exit 3"], "env": {}, "cwd": str(tmp_path), "log": str(tmp_path / "log")}
    pid = shepherd.spawn(job)
    shepherd.running[pid] = Job(str(pid), handle, "", 0.0)
    while shepherd.running:
        shepherd.reap()
        time.sleep(0.005)
    assert shepherd.said == ("exit 3", True)
    assert status.read_text() == "exit 3\n"
    assert start_ticks(pid) == 0
