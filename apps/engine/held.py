"""The moves of nodes that go on without a host: they wait for a time or for somebody, or decide.

Such a node starts in the step that makes it ready, unless its run is suspended, and ends
in the step that learns of what it waits for. Nothing has to be ended on a host first, so it
can be passed by, marked and killed at any time.
"""

from __future__ import annotations

from apps.engine.control import Approval, Branch, SubFlow
from apps.engine.expressions import BadExpression
from apps.engine.moves import Moves, closed_by
from apps.engine.plan import (
    Act,
    Answered,
    Asked,
    AttemptEnd,
    Bypass,
    Due,
    Ended,
    Node,
    OfHeld,
    Reported,
    Tended,
)
from apps.engine.states import CLAIMED, Event, State

WELL: tuple[Event, AttemptEnd] = (Event.SUCCEEDED, "succeeded")
ILL: tuple[Event, AttemptEnd] = (Event.FAILED, "failed")


class HeldMoves(Moves):
    def _take_of_held(self, node: Node, happening: OfHeld) -> None:
        """What carries another token than the present one is late."""
        if node.state not in CLAIMED or node.token != happening.token:
            return
        if self.graph[node.ordinal].held is None:
            return
        match happening:
            case Due() if node.state is State.RUNNING:
                self._come_due(node)
            case Tended() if node.wake_at is not None:
                node.wake_at = None
                self.plan.changed[node.ordinal] = node
                self._note("node.called", node.ordinal, node.state, {"run": happening.run})
            case Answered():
                self._answer(node, happening)

    def _answer(self, node: Node, answered: Answered) -> None:
        if answered.outputs is not None:
            self.plan.outputs[node.ordinal] = answered.outputs
        if answered.well:
            self._end_held(node, *WELL, answered.reason)
        elif node.state is State.STOPPING:
            self._end_held(node, Event.STOPPED, "killed", answered.reason)
        elif answered.killed:
            self._move(node, Event.STOP_ASKED)
            self._end_held(node, Event.STOPPED, "killed", answered.reason)
        else:
            retryable = answered.retryable
            self._fail(
                node,
                Reported(node.ordinal, node.token, None, self.now, answered.reason, retryable=retryable),
            )
            self.plan.closed.append(
                Ended(node.ordinal, answered.token, "failed", None, self.now, answered.reason)
            )

    def _pass_held(self, node: Node, asked: Asked) -> None:
        if asked.act is Act.SKIP:
            node.bypass = Bypass.SKIPPED
            self._end_held(node, Event.PASSED_BY, "killed", asked.reason)
        elif asked.act is Act.MARK:
            self._end_held(node, Event.MARKED, "succeeded", asked.reason)

    def _decide(self, node: Node) -> None:
        deciding = self.graph[node.ordinal].deciding
        facts = self.snapshot.facts(node.ordinal, self.nodes, self.plan.outputs)
        try:
            if isinstance(deciding, Branch):
                self._take_ways(node, deciding.decide(facts))
                return
            assert deciding is not None
            trouble = "" if deciding.holds(facts) else "its condition does not hold"
        except BadExpression as error:
            trouble = str(error)
        if trouble:
            self._move(node, Event.RELEASED)
            self._try(node, None)
            self._end_held(node, *ILL, trouble)
        else:
            node.started_at = self.now
            self._end(node, Event.SUCCEEDED, "")

    def _take_ways(self, node: Node, taken: list[str]) -> None:
        node.started_at = self.now
        self.plan.ways[node.ordinal] = taken
        ways = self.graph[node.ordinal].ways
        reason = f"took {', '.join(taken)}" if taken else "took no way"
        self._end(node, Event.SUCCEEDED, reason, closed_by(ways, taken))

    def _take_up(self, node: Node) -> None:
        """A node without a host starts as soon as it is ready and its run lets anything start."""
        held = self.graph[node.ordinal].held
        if held is None or node.state is not State.READY or self.run.state is not State.RUNNING:
            return
        self._try(node, None)
        if isinstance(held, Approval):
            self._note("node.approval_asked", node.ordinal, node.state, {"attempt": node.attempt})
        node.wake_at = held.due_at(self.snapshot.clock, self.now)
        if node.wake_at is not None and node.wake_at <= self.now:
            self._come_due(node)

    def _come_due(self, node: Node) -> None:
        held = self.graph[node.ordinal].held
        if isinstance(held, SubFlow):
            return  # somebody makes the other run, and says so
        if not isinstance(held, Approval):
            self._end_held(node, *WELL, "")
            return
        silence = f"nobody answered within {held.timeout} s"
        if held.lapse == "approve":
            self._end_held(node, *WELL, f"{silence}: it went on by itself")
        elif held.lapse == "skip":
            node.bypass = Bypass.SKIPPED
            self._end_held(node, Event.PASSED_BY, "killed", silence)
        else:
            self._end_held(node, *ILL, silence)

    def _let_go(self, node: Node, stopping: bool) -> None:
        """What only waits need not finish: the end of the run waits for no clock and for nobody."""
        if isinstance(self.graph[node.ordinal].held, SubFlow):
            return  # like what runs on a host, it is told to stop or may finish
        if stopping:
            self._kill_held(node, self.run.reason)
            return
        self._put_back(node, Event.HELD)
        node.ready_at = None
        self._note("node.held", node.ordinal, node.state)

    def _end_held(self, node: Node, event: Event, end: AttemptEnd, reason: str) -> None:
        self.plan.closed.append(Ended(node.ordinal, node.token, end, None, self.now, reason))
        self._end(node, event, reason)

    def _kill_held(self, node: Node, reason: str) -> None:
        if isinstance(self.graph[node.ordinal].held, SubFlow):
            self._ask_to_stop(node, reason)
            return
        self._move(node, Event.STOP_ASKED)
        self._end_held(node, Event.STOPPED, "killed", reason)
