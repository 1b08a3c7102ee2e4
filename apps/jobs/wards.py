"""The attempts that this host answers for: started or adopted, followed, told to stop.

Nothing here knows of runs or states. A ward has a key that its owner understands; what
became of it comes back as an `Outcome`.
"""

from __future__ import annotations

import contextlib
import math
import signal
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from apps.jobs import outputs, reasons
from apps.jobs.processes import marked_processes, signal_marked
from apps.jobs.supervisor import (
    Status,
    Supervisor,
    boot_id,
    read_status,
    session_of,
    signal_session,
    status_of,
)

#: Seconds after SIGKILL until a process that is still there is given up.
KILL_PATIENCE = 5.0
#: Seconds that the shepherd may take between opening a status file and writing the pid into it,
#: counted from when the file was asked for or found: the time of day may be set meanwhile.
START_PATIENCE = 5.0


Message = dict[str, Any]


@dataclass(slots=True)
class Ward:
    status: Path
    #: Nobody will tell when it ends: its status file is looked at now and then.
    is_orphan: bool = False
    asked_at: float | None = None
    is_signalled: bool = False
    #: The shepherd was asked not to start it any more.
    is_withdrawn: bool = False
    killed_at: float | None = None
    #: When it has run as long as it may.
    deadline: float = math.inf
    is_overdue: bool = False
    started_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a ward ended; `is_lost` when nobody knows, `is_unkillable` when it did not end.

    `is_overdue` when it was ended because it had run as long as it may; `is_withdrawn` when it
    was not started.
    """

    key: str
    status: Status
    is_withdrawn: bool = False
    is_lost: bool = False
    is_unkillable: bool = False
    #: What is still there of one that is unkillable.
    left: tuple[int, ...] = ()
    is_overdue: bool = False
    #: It was told to end, by whomever.
    is_asked: bool = False
    #: How long it ran.
    seconds: float = 0.0
    #: What the job left for those after it (see `outputs`).
    outputs: dict[str, Any] | None = None


class Wards:
    def __init__(self, supervisor: Supervisor, kill_grace: float) -> None:
        self.supervisor = supervisor
        self.kill_grace = kill_grace
        self.by_key: dict[str, Ward] = {}
        #: Looked up once a round, when it is asked for.
        self._marked: dict[str, list[int]] | None = None

    def __len__(self) -> int:
        return len(self.by_key)

    def __contains__(self, key: str) -> bool:
        return key in self.by_key

    def need_polling(self) -> bool:
        return any(ward.is_orphan or ward.asked_at is not None for ward in self.by_key.values())

    def start(self, key: str, status: Path, *, limit: float = math.inf, **command: Any) -> None:
        """Have the shepherd start an attempt that may run for `limit` seconds, in its turn.

        Raises OSError when the shepherd is away, JobError when it cannot be asked for this.
        """
        self.supervisor.start(key, status=status, **command)
        self.by_key[key] = Ward(status, deadline=time.monotonic() + limit)

    def adopt(self, key: str, status: Path, *, limit: float = math.inf) -> None:
        """Take up an attempt that was started before and may run for `limit` seconds in all."""
        found = read_status(status)
        left = limit - (found.age() if found else 0.0)
        self.by_key[key] = Ward(status, is_orphan=True, deadline=time.monotonic() + left)

    def reconnect(self) -> None:
        """Find the shepherd again. What it does not list as its own is an orphan. Raises OSError.

        What has no status file was asked for and perhaps never heard: it is forgotten here, so
        that whoever claimed it asks again.
        """
        self.supervisor.connect()
        self.by_key = {key: ward for key, ward in self.by_key.items() if ward.status.exists()}
        for ward in self.by_key.values():
            ward.is_orphan = True

    def collect(self) -> list[Outcome]:
        """What ended since the last call, without waiting. Raises OSError when cut off."""
        ended: dict[str, Message] = {}
        unstarted = []
        self._marked = None
        for message in self.supervisor.messages():
            key = message.get("ended") or message.get("withdrawn")
            if "running" in message:
                self._sort_out(message["running"])
            elif key not in self.by_key:
                continue
            elif "ended" in message and "error" not in message:
                ended[key] = message
                # Without a status nobody will say more: whether it still runs has to be looked at.
                self.by_key[key].is_orphan |= "status" not in message
            else:
                unstarted.append(self._unstarted(key, message))
        self._end_overdue()
        for key, ward in self.by_key.items():
            if ward.is_orphan or ward.asked_at is not None:
                ended.setdefault(key, {})
        return [*unstarted, *self._outcomes(ended)]

    def waiting(self, room: int) -> list[str]:
        """Those that the shepherd has not started when it starts `room` at most: it goes by their order."""
        tended = [key for key, ward in self.by_key.items() if not ward.is_orphan]
        return [key for key in tended[room:] if not self.by_key[key].is_withdrawn]

    def waits_since(self, key: str) -> float:
        return self.by_key[key].started_at

    def withdraw(self, key: str) -> None:
        """Have it not started; an outcome says when that was in time. Raises OSError when cut off."""
        self.by_key[key].is_withdrawn = True
        self.supervisor.withdraw(key)

    def ask_all_to_end(self, keys: Collection[str]) -> None:
        """The last first: what still waits must not start in the slot that another of them leaves."""
        for key in [key for key in reversed(self.by_key) if key in keys]:
            self.ask_to_end(key)

    def ask_to_end(self, key: str) -> None:
        """SIGTERM to all of its processes; SIGKILL follows after the grace."""
        ward = self.by_key[key]
        if ward.asked_at is None:
            ward.asked_at = time.monotonic()
            status = read_status(ward.status)
            if status is None and not ward.is_withdrawn:
                with contextlib.suppress(OSError):  # without a shepherd nobody starts it
                    self.withdraw(key)
            elif status:
                self._ask(ward, status)

    def _ask(self, ward: Ward, status: Status) -> None:
        if status.pid and not ward.is_signalled:
            ward.is_signalled = True
            self._signal(ward, status, signal.SIGTERM)

    def _signal(self, ward: Ward, status: Status, number: signal.Signals) -> None:
        """To all that the attempt started: its session, and what left it."""
        if not status.ended or number == signal.SIGKILL:
            signal_session(status, number)
        mark = str(outputs.path_beside(ward.status))
        signal_marked(mark, marked_processes().get(mark, ()), number)

    def _left(self, ward: Ward, status: Status) -> Sequence[int]:
        """The processes of an attempt that was told to end."""
        if not status.pid:
            return ()
        members = session_of(status.pid) if status.boot == boot_id() else []
        if not members and self._marked is None:
            self._marked = marked_processes()
        return members or (self._marked or {}).get(str(outputs.path_beside(ward.status)), ())

    def next_deadline(self) -> float:
        """Seconds until the next ward has run as long as it may."""
        first = min((ward.deadline for ward in self.by_key.values()), default=math.inf)
        return max(0.0, first - time.monotonic())

    def _end_overdue(self) -> None:
        now = time.monotonic()
        for key, ward in self.by_key.items():
            if now >= ward.deadline:
                ward.deadline = math.inf
                status = read_status(ward.status)
                if ward.asked_at is None and not (status and status.ended):
                    ward.is_overdue = True
                    self.ask_to_end(key)

    def _sort_out(self, running: dict[str, int]) -> None:
        for key, ward in self.by_key.items():
            ward.is_orphan = key not in running

    def _unstarted(self, key: str, message: Message) -> Outcome:
        """There is no status file, and nobody will write one."""
        ward = self.by_key.pop(key)
        if "error" in message:
            return Outcome(key, Status(ended=True, reason=f"could not be started: {message['error']}"))
        reason = "" if ward.asked_at is None else "stopped before it started"
        return Outcome(key, Status(ended=True, reason=reason), is_withdrawn=True, is_overdue=ward.is_overdue)

    def _outcomes(self, ended: dict[str, Message]) -> Iterator[Outcome]:
        for key, message in ended.items():
            ward = self.by_key[key]
            status = status_of(message["status"]) if "status" in message else read_status(ward.status)
            outcome = self._judge(key, ward, status, message.get("seconds")) if status else None
            if outcome:
                del self.by_key[key]
                yield outcome

    def _judge(self, key: str, ward: Ward, status: Status, seconds: float | None) -> Outcome | None:
        if ward.asked_at is not None:
            self._ask(ward, status)
        if ward.asked_at is not None and (left := self._left(ward, status)):
            return self._press(key, ward, status, left)
        if status.ended:
            return Outcome(
                key,
                _explained(status, ward.status),
                is_overdue=ward.is_overdue,
                is_asked=ward.asked_at is not None,
                seconds=time.monotonic() - ward.started_at if seconds is None else seconds,
                outputs=outputs.read(ward.status),
            )
        if not ward.is_orphan or status.is_alive():
            return None
        if not status.pid and time.monotonic() - ward.started_at < START_PATIENCE:
            return None
        # It may have written its last line between the two looks.
        status = read_status(ward.status) or status
        return Outcome(key, status, is_lost=not status.ended)

    def _press(self, key: str, ward: Ward, status: Status, left: Sequence[int]) -> Outcome | None:
        """SIGKILL after the grace, and after some patience the admission that it is still there."""
        now = time.monotonic()
        if ward.killed_at is None:
            if now - (ward.asked_at or 0) >= self.kill_grace:
                ward.killed_at = now
                self._signal(ward, status, signal.SIGKILL)
            return None
        if now - ward.killed_at < KILL_PATIENCE:
            return None
        return Outcome(key, status, is_unkillable=True, is_asked=True, left=tuple(left))


def _explained(status: Status, path: Path) -> Status:
    """The status of an attempt that failed with the reason that a program of ours left."""
    reason = reasons.read(path) if status.exit_code else ""
    return replace(status, reason=reason) if reason else status
