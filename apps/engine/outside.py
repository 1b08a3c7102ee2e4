"""Jobs that an attempt has on a cluster, and what has to be done about them: plain values.

A program that an attempt starts often only hands the work in: the YARN application, the
Spark driver or the pod goes on when the program is killed or its host is lost. So "killed"
may only be said when they are gone, and another attempt must know what the one before left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Finish(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class OutsideJob:
    """What a system says of one job. `state` is its own word, `finish` is None while the job goes on."""

    system: str
    id: str
    state: str
    finish: Finish | None = None
    name: str = ""
    user: str = ""
    #: In percent, where the system says so.
    progress: float | None = None
    #: Where people can look at it.
    url: str = ""
    #: Why it ended, where the system says so.
    note: str = ""
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"


def going_on(jobs: Sequence[OutsideJob]) -> list[OutsideJob]:
    return [job for job in jobs if job.finish is None]


class Next(StrEnum):
    START = "start"  #: nothing is left that matters
    FOLLOW = "follow"  #: the work still goes on: wait for it instead of doing it again
    DONE = "done"  #: it went on without anybody looking, and succeeded
    END_FIRST = "end_first"  #: what is left is a part of the work: it must be gone before all is done again


def after(left: Sequence[OutsideJob], *, is_whole: bool, was_lost: bool) -> Next:
    """What another attempt begins with, by what the attempts before it `left`, the newest last.

    `is_whole` says that one job there is all of the work, with nothing on the host to steer
    it; `was_lost` that nobody knows how the attempt before ended.

    >>> app = OutsideJob("yarn", "application_1_1", "RUNNING")
    >>> after([app], is_whole=True, was_lost=True), after([app], is_whole=False, was_lost=True)
    (<Next.FOLLOW: 'follow'>, <Next.END_FIRST: 'end_first'>)
    """
    going = going_on(left)
    if going:
        return Next.FOLLOW if is_whole and len(going) == 1 else Next.END_FIRST
    if is_whole and was_lost and left and left[-1].finish is Finish.SUCCEEDED:
        return Next.DONE
    return Next.START


class Verdict(StrEnum):
    GONE = "gone"
    WAIT = "wait"
    STAYS = "stays"  #: it is there after all patience
    UNKNOWN = "unknown"  #: nobody can say


def confirm(left: Sequence[OutsideJob], *, is_known: bool, waited: float, patience: float) -> Verdict:
    """Whether what was told to end `waited` seconds ago is gone; `is_known` when every system answered.

    >>> confirm([], is_known=True, waited=0, patience=30), confirm([], is_known=False, waited=30, patience=30)
    (<Verdict.GONE: 'gone'>, <Verdict.UNKNOWN: 'unknown'>)
    """
    if is_known and not going_on(left):
        return Verdict.GONE
    if waited < patience:
        return Verdict.WAIT
    return Verdict.STAYS if going_on(left) else Verdict.UNKNOWN
