"""The only writer of run states.

A step reads the runs it is about under their row lock, lets the engine decide, and
writes what changed: all in one transaction, or nothing.

    with transaction.atomic():
        held = hold([run_id, …])                  # runs locked in id order, nodes on demand
        held[run_id].advance([Reported(…)], now)  # apps.engine decides
        record(held.values(), now)                # conditional updates, events, attempts

What makes it safe on any database is not the lock but the guard: a run's `seq` grows with
every step, and `UPDATE … WHERE seq = <as read>` that finds no row raises Stale. Then
somebody else was faster: roll back and plan again from fresh rows.

This is the hot path, so it is SQL through Django's connection: the same through the ORM
costs four to five times as much.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from apps.engine import advance as engine
from apps.engine.control import Clock
from apps.engine.plan import Happening, Node, Plan, Run, Snapshot
from apps.engine.states import ACTIVE, ENDED, State
from apps.flows.facts import RunFacts
from apps.flows.revisions import Compiled, compiled
from apps.flows.schedules import run_clock
from apps.flows.sql import Batch, among, cursor
from apps.flows.wake import wake_scheduler

#: Events that alerts must look at.
OUTBOX = frozenset(
    {
        "run.succeeded",
        "run.failed",
        "run.killed",
        "run.kill_failed",
        "node.failed",
        "node.start_timed_out",
        "node.approval_asked",
        "job.start_timed_out",
    }
)

_STATES = {state.value: state for state in State}
_RUN = "state, active, ended, failed, stuck, broken, halting, reason, started_at, ended_at"
_NODE = (
    "ordinal, state, unmet, bad, retries, attempt, token, host_id,"
    " ready_at, wake_at, started_at, ended_at, exit_code, reason, bypass, left_out"
)
_ACTIVE = ", ".join(f"'{state}'" for state in sorted(ACTIVE))
#: A statement may name at most 32,766 values on SQLite.
_CHUNK = 10_000


class Stale(Exception):
    """Another process changed the run meanwhile. Roll back and plan again."""


@dataclass(slots=True)
class HeldRun:
    """A run in the middle of a step."""

    pk: int
    uid: int
    seq: int
    run: Run
    compiled: Compiled
    snapshot: Snapshot = field(init=False)
    ids: dict[int, int] = field(default_factory=dict)
    guards: dict[int, tuple[State, int]] = field(default_factory=dict)
    #: What of it is passed by, as it was read: it seldom changes, so it is written apart.
    bypasses: dict[int, str] = field(default_factory=dict)
    #: So it is with how many of the parents a branch left out.
    left_out: dict[int, int] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    #: Its row is locked: nobody else can have changed it.
    is_locked: bool = True
    #: How many of its nodes run at once is bounded with those of other runs.
    limited: bool = False

    def __post_init__(self) -> None:
        self.snapshot = Snapshot(self._fetch, self._fetch_active, self._clock, self._facts)

    def advance(self, happenings: Iterable[Happening], now: datetime) -> Plan:
        """Let the engine fold `happenings` in; what it changed is added to `self.plan`."""
        plan = engine.advance(self.run, self.compiled.graph, self.snapshot, happenings, now)
        self.plan.changed.update(plan.changed)
        self.plan.notes += plan.notes
        self.plan.opened += plan.opened
        self.plan.closed += plan.closed
        self.plan.undone += plan.undone
        self.plan.outputs.update(plan.outputs)
        self.plan.ways.update(plan.ways)
        return plan

    def settle(self) -> None:
        """What was planned is written down. Nodes that ended are not looked at again."""
        for ordinal, node in self.plan.changed.items():
            self.bypasses.pop(ordinal, None)
            if node.bypass:
                self.bypasses[ordinal] = node.bypass
            self.left_out.pop(ordinal, None)
            if node.left_out:
                self.left_out[ordinal] = node.left_out
            if node.state in ENDED:
                del self.snapshot.nodes[ordinal], self.ids[ordinal], self.guards[ordinal]
            else:
                self.guards[ordinal] = (node.state, node.token)
        self.plan = Plan()

    def _fetch(self, ordinals: Sequence[int]) -> list[Node]:
        nodes: list[Node] = []
        for start in range(0, len(ordinals), _CHUNK):
            nodes += self._read(*among("ordinal", ordinals[start : start + _CHUNK]))
        return nodes

    def _clock(self) -> Clock:
        return run_clock(self.pk)

    def _facts(
        self, ordinal: int, nodes: Mapping[int, Node], outputs: Mapping[int, dict[str, Any]]
    ) -> RunFacts:
        return RunFacts(self.pk, self.compiled.nodes, ordinal, nodes, {**self.plan.outputs, **outputs})

    def _fetch_active(self) -> list[Node]:
        return self._read(f"state IN ({_ACTIVE})", [])

    def _read(self, condition: str, values: list[Any]) -> list[Node]:
        with cursor() as reader:
            reader.execute(
                f"SELECT id, {_NODE} FROM flows_noderun WHERE run_id = %s AND {condition}",
                [self.pk, *values],
            )
            rows = reader.fetchall()
        nodes = []
        for pk, ordinal, state, *rest in rows:
            node = Node(ordinal, _STATES[state], *rest)
            self.ids[ordinal] = pk
            self.guards.setdefault(ordinal, (node.state, node.token))
            if node.bypass:
                self.bypasses.setdefault(ordinal, node.bypass)
            if node.left_out:
                self.left_out.setdefault(ordinal, node.left_out)
            nodes.append(node)
        return nodes


def hold(run_ids: Collection[int]) -> dict[int, HeldRun]:
    """The runs, locked in id order until the transaction ends (so that no two steps deadlock)."""
    if not run_ids:
        return {}
    condition, values = among("r.id", list(run_ids))
    lock = " FOR UPDATE OF r" if connection.features.has_select_for_update else ""
    with cursor() as reader:
        reader.execute(
            f"SELECT r.id, r.uid, r.seq, v.id, v.digest, r.limited, {_RUN} FROM flows_run r"
            f" JOIN flows_revision v ON v.id = r.revision_id WHERE {condition} ORDER BY r.id{lock}",
            values,
        )
        rows = reader.fetchall()
    held = {}
    for pk, uid, seq, revision, digest, limited, state, *rest in rows:
        run = Run(_STATES[state], *rest)
        held[pk] = HeldRun(pk, uid, seq, run, compiled(revision, digest), limited=bool(limited))
    return held


def record(runs: Iterable[HeldRun], now: datetime) -> None:
    """Write what the steps of `runs` changed. Raises Stale when anything was changed by others."""
    touched = sorted((held for held in runs if held.plan), key=lambda held: held.pk)
    if not touched:
        return
    at = _stored(now)
    batch = Batch()
    guarded = _run_rows(touched, at), _node_rows(touched)
    for statement, rows in zip((_UPDATE_RUN, _UPDATE_NODE), guarded, strict=True):
        batch.add(statement, rows)
    # Before the others: what was given back may be claimed again in the same step, under the same number.
    batch.add(_UNDO_ATTEMPT, _undone_rows(touched))
    batch.add(_OPEN_ATTEMPT, _opened_rows(touched))
    batch.add(_CLOSE_ATTEMPT, _closed_rows(touched))
    batch.add(_ADD_EVENT, _event_rows(touched, at))
    batch.add(_KEEP_OUTPUTS, _outputs_rows(touched))
    ended = [(held.pk,) for held in touched if held.run.state in ENDED]
    batch.add(_ADD_END, ended)
    batch.add(_BYPASS_NODE, _bypass_rows(touched))
    batch.add(_LEAVE_OUT, _left_out_rows(touched))
    batch.add(_KEEP_WAYS, _ways_rows(touched))
    expected = [len(rows) for rows in guarded if rows]
    try:
        changed = batch.flush()
    except IntegrityError as error:
        if all(held.is_locked for held in touched):
            raise
        raise Stale from error  # somebody else wrote an event of the same number
    if changed[: len(expected)] != expected:
        raise Stale
    if ended or any(_is_due(node, now) for held in touched for node in held.plan.changed.values()):
        transaction.on_commit(wake_scheduler)
    for held in touched:
        held.settle()


_UPDATE_RUN = (
    "UPDATE flows_run SET state = %s, active = %s, ended = %s, failed = %s, stuck = %s,"
    " broken = %s, halting = %s, reason = %s, started_at = %s, ended_at = %s,"
    " seq = %s, modified_at = %s WHERE id = %s AND seq = %s"
)
_UPDATE_NODE = (
    "UPDATE flows_noderun SET state = %s, unmet = %s, bad = %s, retries = %s, attempt = %s,"
    " token = %s, host_id = %s, ready_at = %s, wake_at = %s, started_at = %s, ended_at = %s,"
    " exit_code = %s, reason = %s WHERE id = %s AND state = %s AND token = %s"
)
_OPEN_ATTEMPT = (
    'INSERT INTO flows_attempt (node_run_id, number, token, host_id, started_at, "end", reason)'
    " VALUES (%s, %s, %s, %s, %s, '', '')"
)
_CLOSE_ATTEMPT = (
    'UPDATE flows_attempt SET ended_at = %s, "end" = %s, exit_code = %s, reason = %s'
    " WHERE node_run_id = %s AND token = %s"
)
_UNDO_ATTEMPT = "DELETE FROM flows_attempt WHERE node_run_id = %s AND token = %s"
_ADD_EVENT = (
    "INSERT INTO flows_runevent (run_id, seq, node_run_id, kind, state, at, detail, pending)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
_ADD_END = "INSERT INTO flows_runend (run_id) VALUES (%s)"
_BYPASS_NODE = "UPDATE flows_noderun SET bypass = %s WHERE id = %s"
_LEAVE_OUT = "UPDATE flows_noderun SET left_out = %s WHERE id = %s"
_KEEP_WAYS = "UPDATE flows_noderun SET ports = %s WHERE id = %s"
_KEEP_OUTPUTS = "UPDATE flows_noderun SET outputs = %s WHERE id = %s"


def _is_due(node: Node, now: datetime) -> bool:
    """Whether there is something for a scheduler to do at once; times as they were read are for its tick."""
    return isinstance(node.wake_at, datetime) and node.wake_at <= now


def _run_rows(touched: list[HeldRun], at: Any) -> list[tuple[Any, ...]]:
    rows = []
    for held in touched:
        run = held.run
        before, held.seq = held.seq, held.seq + len(held.plan.notes)
        rows.append(
            (
                run.state.value,
                run.active,
                run.ended,
                run.failed,
                run.stuck,
                bool(run.broken),
                bool(run.halting),
                run.reason[:512],
                _stored(run.started_at),
                _stored(run.ended_at),
                held.seq,
                at,
                held.pk,
                before,
            )
        )
    return rows


def _node_rows(touched: list[HeldRun]) -> list[tuple[Any, ...]]:
    rows = []
    for held in touched:
        for ordinal, node in held.plan.changed.items():
            state, token = held.guards[ordinal]
            rows.append(
                (
                    node.state.value,
                    node.unmet,
                    node.bad,
                    node.retries,
                    node.attempt,
                    node.token,
                    node.host,
                    _stored(node.ready_at),
                    _stored(node.wake_at),
                    _stored(node.started_at),
                    _stored(node.ended_at),
                    node.exit_code,
                    node.reason[:512],
                    held.ids[ordinal],
                    state.value,
                    token,
                )
            )
    return rows


def _opened_rows(touched: list[HeldRun]) -> list[tuple[Any, ...]]:
    return [
        (held.ids[node.ordinal], node.attempt, node.token, node.host, _stored(node.started_at))
        for held in touched
        for node in held.plan.opened
    ]


def _closed_rows(touched: list[HeldRun]) -> list[tuple[Any, ...]]:
    return [
        (_stored(end.at), end.end, end.exit_code, end.reason[:512], held.ids[end.ordinal], end.token)
        for held in touched
        for end in held.plan.closed
    ]


def _undone_rows(touched: list[HeldRun]) -> list[tuple[Any, ...]]:
    return [(held.ids[ordinal], token) for held in touched for ordinal, token in held.plan.undone]


def _event_rows(touched: list[HeldRun], at: Any) -> list[tuple[Any, ...]]:
    rows = []
    for held in touched:
        first = held.seq - len(held.plan.notes) + 1
        for seq, note in enumerate(held.plan.notes, first):
            node = None if note.ordinal is None else held.ids[note.ordinal]
            detail = json.dumps(note.detail) if note.detail else None
            rows.append((held.pk, seq, node, note.kind, note.state.value, at, detail, note.kind in OUTBOX))
    return rows


def _outputs_rows(touched: list[HeldRun]) -> list[tuple[Any, ...]]:
    return [
        (json.dumps(outputs), held.ids[ordinal])
        for held in touched
        for ordinal, outputs in held.plan.outputs.items()
    ]


def _bypass_rows(touched: list[HeldRun]) -> list[tuple[Any, ...]]:
    return [
        (node.bypass, held.ids[ordinal])
        for held in touched
        for ordinal, node in held.plan.changed.items()
        if node.bypass != held.bypasses.get(ordinal, "")
    ]


def _left_out_rows(touched: list[HeldRun]) -> list[tuple[Any, ...]]:
    return [
        (node.left_out, held.ids[ordinal])
        for held in touched
        for ordinal, node in held.plan.changed.items()
        if node.left_out != held.left_out.get(ordinal, 0)
    ]


def _ways_rows(touched: list[HeldRun]) -> list[tuple[Any, ...]]:
    return [
        (json.dumps(taken), held.ids[ordinal])
        for held in touched
        for ordinal, taken in held.plan.ways.items()
    ]


def _stored(value: Any) -> Any:
    """A time as this database keeps it. What was read from it passes through unchanged."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
