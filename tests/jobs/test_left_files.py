"""The warden reads what jobs leave beside their status: nothing there may hold it up or lead it astray."""

from __future__ import annotations

import os
from pathlib import Path

from apps.jobs import outputs, reasons

STATUS = "3.1.status"


def test_what_a_job_leaves_is_read(tmp_path: Path) -> None:
    status = tmp_path / STATUS
    outputs.path_beside(status).write_text('{"rows": 3}')
    reasons.path_beside(status).write_text("no  such\nbucket")
    assert outputs.read(status) == {"rows": 3}
    assert reasons.read(status) == "no such bucket"


def test_a_long_reason_is_cut_and_long_outputs_are_left_out(tmp_path: Path) -> None:
    status = tmp_path / STATUS
    outputs.path_beside(status).write_text(f'{{"a": "{"x" * outputs.MAX_BYTES}"}}')
    reasons.path_beside(status).write_text("x" * 9000)
    assert outputs.read(status) is None
    outputs.path_beside(status).rename(status.with_suffix(".assigned"))
    assert outputs.read(status) is None
    assert len(reasons.read(status)) == reasons.MOST


def test_a_pipe_that_nobody_writes_to_is_left_alone(tmp_path: Path) -> None:
    status = tmp_path / STATUS
    for path in (outputs.path_beside(status), status.with_suffix(".assigned"), reasons.path_beside(status)):
        os.mkfifo(path)
    assert outputs.read(status) is None
    outputs.path_beside(status).unlink()
    assert outputs.read(status) is None
    assert reasons.read(status) == ""


def test_no_link_is_followed(tmp_path: Path) -> None:
    status, other = tmp_path / STATUS, tmp_path / "other"
    other.write_text('{"key": "of somebody else"}')
    for path in (outputs.path_beside(status), status.with_suffix(".assigned"), reasons.path_beside(status)):
        path.symlink_to(other)
    assert outputs.read(status) is None
    outputs.path_beside(status).unlink()
    assert outputs.read(status) is None
    assert reasons.read(status) == ""
