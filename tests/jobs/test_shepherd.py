"""The shepherd by itself."""

from __future__ import annotations

import os
import time
from pathlib import Path

from apps.jobs.shepherd import Job, Shepherd, start_ticks


class Witness(Shepherd):
    """Says whether the process of a job was still there when its end was written down."""

    def end(self, job: Job, line: str) -> None:
        self.said = (line, start_ticks(int(job.key)) != 0)
        super().end(job, line)


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
