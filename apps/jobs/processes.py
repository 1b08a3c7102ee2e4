"""The processes of jobs on this host, told apart by the environment that each was given.

A job's children inherit it, also those that left its session, so this finds what is left
of an attempt when nobody follows it any more.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from apps.jobs.logs import status_path
from apps.jobs.outputs import path_beside
from apps.lib.ids import read

_RUN, _OUTPUTS = b"HEADRACE_RUN=", b"HEADRACE_OUTPUTS="
#: run uid, ordinal of the node, number of the attempt
Of = tuple[int, int, int]


def processes_of_jobs() -> dict[Of, list[int]]:
    """Which attempts of this installation have processes here, and which."""
    found: dict[Of, list[int]] = defaultdict(list)
    for pid in _pids():
        attempt = attempt_of(pid)
        if attempt is not None:
            found[attempt].append(pid)
    return found


def marked_processes() -> dict[str, list[int]]:
    """Processes that carry the mark of an attempt, by the path it is to leave its outputs at.

    A child that began a session of its own is found by it; only one that cleared its environment is not.
    """
    found: dict[str, list[int]] = defaultdict(list)
    for pid in _pids():
        if mark := mark_of(pid):
            found[mark].append(pid)
    return found


def mark_of(pid: int) -> str:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    lines = (line for line in environment if line.startswith(_OUTPUTS))
    return os.fsdecode(next(lines, b"")[len(_OUTPUTS) :])


def signal_marked(mark: str, pids: Iterable[int], number: signal.Signals) -> None:
    """Signal those of the processes that still carry the mark."""
    for pid in pids:
        with contextlib.suppress(OSError):
            descriptor = os.pidfd_open(pid)
            try:
                if mark_of(pid) == mark:
                    signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)


def attempt_of(pid: int) -> Of | None:
    """The attempt that the process belongs to; None when it is no job's, is gone or another user's."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    outputs = next((line[len(_OUTPUTS) :] for line in environment if line.startswith(_OUTPUTS)), b"")
    run = next((line[len(_RUN) :] for line in environment if line.startswith(_RUN)), b"")
    uid = read(run.decode("ascii", "replace")) if run else None
    if uid is None:
        return None
    ordinal, _, rest = os.path.basename(outputs).decode("utf-8", "replace").partition(".")
    number = rest.partition(".")[0]
    if not (ordinal.isdigit() and number.isdigit()):
        return None
    attempt = uid, int(ordinal), int(number)
    # Another installation on this machine has runs of its own.
    return attempt if os.fsdecode(outputs) == str(_outputs_path(attempt)) else None


def send(attempt: Of, pid: int, number: signal.Signals) -> None:
    """Signal the process if it is still of that attempt, and not another one that got its number."""
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            if attempt_of(pid) == attempt:
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def _outputs_path(attempt: Of) -> Path:
    return path_beside(status_path(*attempt))


def _pids() -> Iterator[int]:
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            yield int(entry)
