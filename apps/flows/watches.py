"""What a live page watches: each watch knows its cursor and reads what came after it.

A watch is polled as often as one likes. A message on the broker only makes the next poll
come sooner, so a lost message costs at most one interval.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from zlib import crc32

from django.contrib.auth.models import AnonymousUser
from django.db.models import Max

from apps.drawings.models import Document
from apps.engine.states import CLAIMED
from apps.flows.models import Flow, NodeRun, Run, RunEvent
from apps.flows.queries import STATE_CHARS, open_runs, states_text
from apps.jobs import logs
from apps.jobs.masks import Masks, masks_for
from apps.lib.errors import Invalid, NotFound
from apps.lib.ids import read
from apps.lib.presence import who_is_here
from apps.projects.access import require
from apps.projects.models import Project, User

TOPIC = re.compile(r"(run|project|log|flow)\.([0-9A-Fa-f]{16})(?:\.(\d{1,6}))?")
#: A page shows one run and one log; a dashboard a few dozen.
MAX_TOPICS = 32
#: Further behind than this, all states at once are shorter than what happened.
MAX_EVENTS = 2000
#: How much of a log one message carries.
LOG_BYTES = 64 * 1024

Message = tuple[str, dict[str, Any]]


class Watch(Protocol):
    topic: str
    project: Project

    def cursor(self) -> str: ...

    def poll(self) -> list[Message]: ...


@dataclass
class RunWatch:
    """The states of a run's nodes, by the sequence of its events."""

    topic: str
    project: Project
    run_id: int
    seq: int = -1
    generation: int = -1

    def cursor(self) -> str:
        return str(self.seq)

    def poll(self) -> list[Message]:
        run = Run.objects.only(
            "state", "seq", "generation", "ended", "failed", "total", "started_at", "ended_at"
        ).get(pk=self.run_id)
        if run.seq == self.seq:
            return []
        data: dict[str, Any] = {"topic": self.topic, "seq": run.seq, **self._states(run)}
        data["run"] = {
            "state": run.state,
            "ended": run.ended,
            "failed": run.failed,
            "total": run.total,
            "started_at": run.started_at and run.started_at.isoformat(),
            "ended_at": run.ended_at and run.ended_at.isoformat(),
        }
        self.seq, self.generation = run.seq, run.generation
        return [("states", data)]

    def _states(self, run: Run) -> dict[str, Any]:
        """The last state of each node that changed, or all of them when that is shorter."""
        # A rerun may set thousands of nodes back at once without an event for each.
        again = self.generation not in (-1, run.generation)
        if again or self.seq < 0 or run.seq - self.seq > MAX_EVENTS:
            return {"changes": [], "all": states_text(run)}
        moves = RunEvent.objects.filter(
            run_id=self.run_id, seq__gt=self.seq, seq__lte=run.seq, node_run__isnull=False
        ).exclude(state="")
        latest = dict(moves.order_by("seq").values_list("node_run__ordinal", "state"))
        return {"changes": [[ordinal, STATE_CHARS[state]] for ordinal, state in latest.items()]}


@dataclass
class LogWatch:
    """The log of a node's latest attempt, by attempt and byte offset."""

    topic: str
    project: Project
    run_uid: int
    node_run_id: int
    masks: Masks
    attempt: int = 0
    offset: int = 0

    def cursor(self) -> str:
        return f"{self.attempt}.{self.offset}"

    def poll(self) -> list[Message]:
        node_run = NodeRun.objects.only("ordinal", "attempt", "state").get(pk=self.node_run_id)
        if node_run.attempt == 0:
            return []
        if node_run.attempt != self.attempt:
            self.attempt, self.offset = node_run.attempt, 0
        path = logs.log_path(self.run_uid, node_run.ordinal, self.attempt)
        over = node_run.state not in CLAIMED
        text, after = logs.tail(path, self.masks, offset=self.offset, limit=LOG_BYTES, ended=over)
        if after == self.offset:
            return []
        times = logs.line_times(path, self.offset, after)
        self.offset = after
        data = {
            "topic": self.topic,
            "attempt": self.attempt,
            "offset": after,
            "text": text,
            "times": times,
        }
        return [("log", data)]


@dataclass
class ProjectWatch:
    """Whether a project's list of runs looks different from before."""

    topic: str
    project: Project
    seen: str = ""

    def cursor(self) -> str:
        return self.seen

    def poll(self) -> list[Message]:
        going = list(open_runs(self.project).values_list("id", "state", "ended").order_by("id")[:200])
        newest = Run.objects.filter(project=self.project).aggregate(newest=Max("id"))["newest"] or 0
        now = f"{newest}.{len(going)}.{crc32(repr(going).encode()):x}"
        if now == self.seen:
            return []
        self.seen = now
        return [("runs", {"topic": self.topic, "running": len(going), "newest": newest})]


@dataclass
class FlowWatch:
    """The version of a flow's drawing, and who else has it open."""

    topic: str
    project: Project
    document_id: int
    version: int
    people: dict[str, Any] | None = None

    def cursor(self) -> str:
        return str(self.version)

    def poll(self) -> list[Message]:
        messages: list[Message] = []
        version = Document.objects.values_list("version", flat=True).get(pk=self.document_id)
        if version != self.version:
            self.version = version
            messages.append(("drawing", {"topic": self.topic, "version": version}))
        people = who_is_here(self.topic)
        if people != self.people:
            self.people = people
            messages.append(("people", {"topic": self.topic, "people": people}))
        return messages


def open_watches(user: User | AnonymousUser, topics: Iterable[str], cursors: dict[str, str]) -> list[Watch]:
    """A watch for each topic. A stranger is told that there is no such thing."""
    names = list(dict.fromkeys(topics))
    if not names or len(names) > MAX_TOPICS:
        raise Invalid(f"Name between 1 and {MAX_TOPICS} topics.", field="topics")
    return [_open(user, name, cursors.get(name, "")) for name in names]


def _open(user: User | AnonymousUser, topic: str, cursor: str) -> Watch:
    match = TOPIC.fullmatch(topic)
    uid = match and read(match[2])
    if not match or uid is None or (match[1] == "log") != (match[3] is not None):
        raise Invalid(f"There is no topic {topic}.", field="topics")
    if match[1] == "project":
        project = _visible(user, Project.objects.filter(uid=uid).first())
        return ProjectWatch(topic, project, cursor)
    if match[1] == "flow":
        flow = Flow.objects.filter(uid=uid).select_related("project").only("document_id", "project").first()
        project = _visible(user, flow.project if flow else None)
        assert flow is not None
        return FlowWatch(topic, project, flow.document_id, int(cursor) if cursor.isdigit() else -1)
    run = Run.objects.filter(uid=uid).select_related("project").first()
    project = _visible(user, run.project if run else None)
    if run is None:
        raise NotFound("There is no such run.")
    if match[1] == "run":
        return RunWatch(topic, project, run.pk, int(cursor) if cursor.isdigit() else -1)
    return _open_log(topic, project, run, int(match[3]), cursor)


def _open_log(topic: str, project: Project, run: Run, ordinal: int, cursor: str) -> LogWatch:
    node_run_id = NodeRun.objects.filter(run=run, ordinal=ordinal).values_list("pk", flat=True).first()
    if node_run_id is None:
        raise NotFound("There is no such node in the run.")
    attempt, _, offset = cursor.partition(".")
    known = attempt.isdigit() and offset.isdigit()
    return LogWatch(
        topic,
        project,
        run.uid,
        node_run_id,
        masks_for(project, run.secret_params),
        attempt=int(attempt) if known else 0,
        offset=int(offset) if known else 0,
    )


def _visible(user: User | AnonymousUser, project: Project | None) -> Project:
    if project is None:
        raise NotFound("There is no such run or project.")
    require(user, "view", project)
    return project


def read_cursors(text: str) -> dict[str, str]:
    """`run.REF:17,log.REF.3:1.2048` as topic -> cursor; what is no cursor is left out."""
    pairs = (part.partition(":") for part in text.split(",")[:MAX_TOPICS])
    return {topic: cursor for topic, colon, cursor in pairs if colon}


def write_cursors(watches: Iterable[Watch]) -> str:
    return ",".join(f"{watch.topic}:{watch.cursor()}" for watch in watches)


def still_allowed(user: User, watches: Iterable[Watch]) -> bool:
    """Whether the account is still open and still a member everywhere it watches."""
    fresh = User.objects.filter(pk=user.pk).first()
    projects = {watch.project.pk: watch.project for watch in watches}
    try:
        for project in projects.values():
            require(fresh or AnonymousUser(), "view", project)
    except NotFound:
        return False
    return True
