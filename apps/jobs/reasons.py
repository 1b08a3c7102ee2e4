"""Why an attempt failed, in the words of a program of ours: a line in a file beside its status."""

from __future__ import annotations

from pathlib import Path

from apps.jobs.left_files import read_left

MOST = 500


def path_beside(status: Path) -> Path:
    return status.with_suffix(".reason")


def leave(path: Path, reason: str) -> None:
    path.write_text(reason)


def read(status: Path) -> str:
    """What was left for the attempt with this status file; nothing by most."""
    left = read_left(path_beside(status), MOST) or b""
    return " ".join(left.decode(errors="replace").replace("\0", "").split())
