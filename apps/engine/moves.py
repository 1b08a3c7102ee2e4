"""How the nodes of a run change: the moves that everything that happens is made of.

Each keeps the counts of the run and of the children right, notes what changed in the plan,
and leaves the decision about the children to whoever settles the run (`advance`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Container, Mapping, Sequence
from datetime import datetime
from typing import Any

from apps.engine.plan import Bypass, Node, Noted, Plan, Reported, Run, Snapshot, Spec
from apps.engine.rules import OnFailure
from apps.engine.states import ACTIVE, BROKEN, Event, State, move

#: After these ends what comes after the node may run.
PASSING = frozenset({Event.SUCCEEDED, Event.MARKED, Event.PASSED_BY})
PASSED_BY = {Bypass.NOT_CHOSEN: "not chosen for this run", Bypass.DISABLED: "disabled for this run"}


def is_left_out(node: Node) -> bool:
    """Whether nothing but branches is in its way."""
    return 0 < node.bad == node.left_out


def closed_by(ways: Mapping[str, Sequence[int]], taken: Collection[str]) -> set[int]:
    """The children that are on ways of a branch alone that it did not take."""
    closed = {child for name, children in ways.items() if name not in taken for child in children}
    return closed.difference(*(children for name, children in ways.items() if name in taken))


class Moves:
    """A run under way, and what has become of it so far."""

    def __init__(self, run: Run, graph: Sequence[Spec], snapshot: Snapshot, now: datetime) -> None:
        self.run, self.graph, self.snapshot, self.now = run, graph, snapshot, now
        self.nodes = snapshot.nodes
        self.plan = Plan()
        self.doubtful: deque[int] = deque()

    def _release(self, node: Node) -> None:
        if node.bypass:
            self._end(node, Event.PASSED_BY, PASSED_BY.get(Bypass(node.bypass), node.reason))
            return
        if self.graph[node.ordinal].instant:
            node.started_at = self.now
            self._end(node, Event.SUCCEEDED, "")
            return
        if self.graph[node.ordinal].deciding is not None:
            self._decide(node)
            return
        self._move(node, Event.RELEASED)
        node.ready_at = self.now
        self._note("node.released", node.ordinal, node.state)
        self._take_up(node)

    def _is_held(self, node: Node) -> bool:
        """Whether it goes on, and what it waits for is no host's affair."""
        return node.state is State.RUNNING and self.graph[node.ordinal].held is not None

    def _ask_to_stop(self, node: Node, reason: str = "") -> None:
        self._move(node, Event.STOP_ASKED)
        self._note("node.stopping", node.ordinal, node.state, {"reason": reason} if reason else None)
        if self.graph[node.ordinal].held is not None:
            node.wake_at = self.now  # there is something to be done about it

    def _fail(self, node: Node, report: Reported) -> None:
        """Let a node fail, or be tried again."""
        raise NotImplementedError

    def _decide(self, node: Node) -> None:
        """Let a branch or a join decide."""
        raise NotImplementedError

    def _take_up(self, node: Node) -> None:
        """Start a ready node that needs no host."""
        raise NotImplementedError

    def _let_go(self, node: Node, stopping: bool) -> None:
        """End what waits for no host, as its run ends."""
        raise NotImplementedError

    def _put_back(self, node: Node, event: Event) -> None:
        """As if it had not been tried."""
        self._move(node, event)
        self.plan.undone.append((node.ordinal, node.token))
        node.attempt -= 1
        node.host = node.started_at = node.wake_at = None

    def _try(self, node: Node, host: int | None) -> None:
        """The next attempt begins, on a host or without one."""
        self._move(node, Event.STARTED)
        node.token += 1
        node.attempt += 1
        node.host = host
        node.started_at = self.now
        node.ended_at = node.exit_code = None
        node.reason = ""
        self.plan.opened.append(node)
        self._note("node.started", node.ordinal, node.state, {"attempt": node.attempt})

    def _end(self, node: Node, event: Event, reason: str, closed: Container[int] = ()) -> None:
        """Bring `node` to an end and put its children in doubt. Those in `closed` are on ways not taken."""
        run, spec = self.run, self.graph[node.ordinal]
        self._move(node, event)
        node.ended_at = self.now
        node.wake_at = None
        node.reason = reason
        run.ended += 1
        run.failed += node.state is State.FAILED
        passes = event in PASSING or (node.state is State.FAILED and spec.on_failure is OnFailure.PASS)
        run.broken = run.broken or (node.state in BROKEN and not passes)
        self._note(f"node.{node.state}", node.ordinal, node.state, self._detail(node))
        # What is skipped because of branches alone leaves those after it out as well.
        left_out = event is Event.SKIPPED and is_left_out(node)
        self.snapshot.need(spec.children)
        for ordinal in spec.children:
            child = self.nodes[ordinal]
            child.unmet -= 1
            if not passes or ordinal in closed:
                child.bad += 1
                child.left_out += passes or left_out
            self.plan.changed[ordinal] = child
            self.doubtful.append(ordinal)
        if node.state in BROKEN and spec.on_failure is OnFailure.STOP:
            self._halt()

    def _halt(self) -> None:
        """Nothing new starts: what was about to goes back to waiting."""
        if self.run.halting:
            return
        self.run.halting = True
        stopping = self.run.state is State.STOPPING
        for node in self.snapshot.active():
            if node.state is State.READY:
                self._hold_back(node)
            elif node.state is State.RETRYING:
                self._end(node, Event.STOPPED if stopping else Event.FAILED, node.reason)
            elif self._is_held(node):
                self._let_go(node, stopping)

    def _hold_back(self, node: Node) -> None:
        self._move(node, Event.HELD)
        node.ready_at = None
        self._note("node.held", node.ordinal, node.state)

    def _stop_running(self) -> None:
        for node in self.snapshot.active():
            if node.state is State.RUNNING:
                self._ask_to_stop(node)

    def _move(self, node: Node, event: Event) -> None:
        before = node.state
        node.state = move(before, event)
        self.run.active += (node.state in ACTIVE) - (before in ACTIVE)
        self.plan.changed[node.ordinal] = node

    def _detail(self, node: Node) -> dict[str, Any] | None:
        detail: dict[str, Any] = {}
        if node.attempt:
            detail["attempt"] = node.attempt
        if node.exit_code is not None:
            detail["exit_code"] = node.exit_code
        if node.reason:
            detail["reason"] = node.reason
        if node.bypass:
            detail["bypass"] = node.bypass
        return detail or None

    def _note(
        self, kind: str, ordinal: int | None, state: State, detail: dict[str, Any] | None = None
    ) -> None:
        self.plan.notes.append(Noted(kind, ordinal, state, detail))
