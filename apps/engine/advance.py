"""What becomes of a run when something happened: the heart of the engine.

`advance` takes a run, its graph, the nodes concerned and what happened, and works until
nothing moves any more: it folds what attempts reported, releases what may start, skips
what can never start, and tells when the run is over. It changes the `Run` and `Node`
objects it was given and returns a list of what changed; writing that down, all of it or
nothing, is `flows.events.record`.

Rules for whoever edits this:

* Its cost is that of the nodes that change and their children, never of the graph. A node
  that is not touched is not loaded. A run ends when `active`, the number of nodes that are
  ready, running, stopping or waiting for a retry, reaches zero.
* It may be called twice with the same news. A report that does not carry the node's
  present token is late and changes nothing; a second call plans nothing.
* No I/O and no clock: nodes come from the snapshot, `now` is handed in. Times that were
  loaded are only passed through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from apps.engine.held import HeldMoves
from apps.engine.moves import is_left_out
from apps.engine.plan import (
    Act,
    Answered,
    Asked,
    AttemptEnd,
    Begun,
    Bypass,
    Claimed,
    Due,
    Ended,
    GivenBack,
    GivenUp,
    Happening,
    KillFailed,
    Node,
    OfRun,
    Plan,
    Reported,
    ResumeAsked,
    Run,
    Snapshot,
    Spec,
    StartOverdue,
    StopAsked,
    SuspendAsked,
    Tended,
    TimedOut,
    Woken,
)
from apps.engine.rules import Parents, verdict
from apps.engine.states import CLAIMED, ENDED, Event, State, move_run

#: What may bring a node to an end, so that its children are looked at.
ENDING = (Reported, KillFailed, Asked, Due, Answered)
NEVER = "what it depends on did not succeed"
OTHER_WAY = "a branch before it took another way"


def advance(
    run: Run,
    graph: Sequence[Spec],
    snapshot: Snapshot,
    happenings: Iterable[Happening],
    now: datetime,
) -> Plan:
    """Fold `happenings` into `run` and the nodes of `snapshot`; return what changed."""
    step = _Step(run, graph, snapshot, now)
    happenings = list(happenings)
    step.load(happenings)
    for happening in happenings:
        step.take(happening)
        step.settle()
    step.finish()
    return step.plan


class _Step(HeldMoves):
    def load(self, happenings: list[Happening]) -> None:
        """Everything that is named, and the children of what ends, in one batch."""
        named = [h.ordinal for h in happenings if not isinstance(h, OfRun)]
        ending = [h.ordinal for h in happenings if isinstance(h, ENDING)]
        self.snapshot.need({*named, *(child for o in ending for child in self.graph[o].children)})

    def take(self, happening: Happening) -> None:
        if isinstance(happening, OfRun):
            self._take_of_run(happening)
            return
        node = self.nodes[happening.ordinal]
        match happening:
            case Claimed(_, host):
                self._claim(node, host)
            case GivenBack(_, token) if self._is_current(node, token):
                self._give_back(node)
            case Reported(_, token) if self._is_current(node, token):
                self._report(node, happening)
            case KillFailed(_, token) if self._is_current(node, token):
                self._kill_failed(node, happening)
            case Woken():
                self._wake(node)
            case StartOverdue():
                self._start_overdue(node, happening)
            case Asked():
                self._ask(node, happening)
            case Due() | Tended() | Answered():
                self._take_of_held(node, happening)

    def _take_of_run(self, happening: OfRun) -> None:
        match happening:
            case Begun() | GivenUp():
                self._open(happening)
            case StopAsked(reason):
                self._stop(reason)
            case TimedOut(reason):
                self._time_out(reason)
            case SuspendAsked():
                self._pause(State.RUNNING, Event.SUSPENDED)
            case ResumeAsked():
                self._pause(State.SUSPENDED, Event.RESUMED)

    def settle(self) -> None:
        """Decide about every node whose parents changed, until none is left."""
        while self.doubtful and not self.run.halting:
            node = self.nodes[self.doubtful.popleft()]
            if node.state is not State.WAITING:
                continue
            spec = self.graph[node.ordinal]
            match verdict(spec.rule, Parents(spec.parents, node.unmet, node.bad, node.left_out, spec.needed)):
                case "go":
                    self._release(node)
                case "never":
                    self._end(node, Event.SKIPPED, OTHER_WAY if is_left_out(node) else NEVER)
        self.doubtful.clear()

    def finish(self) -> None:
        """End the run when nothing is going on any more."""
        run = self.run
        if run.active or run.state not in (State.RUNNING, State.STOPPING, State.SUSPENDED):
            return
        if run.state is State.STOPPING:
            event = Event.STOP_FAILED if run.stuck else Event.STOPPED
        else:
            event = Event.FAILED if run.broken else Event.SUCCEEDED
        run.state = move_run(run.state, event)
        run.ended_at = self.now
        self._note(f"run.{run.state}", None, run.state, {"reason": run.reason} if run.reason else None)

    # --- one happening each

    def _open(self, happening: Begun | GivenUp) -> None:
        if self.run.state is not State.WAITING:
            return
        if isinstance(happening, Begun):
            self._begin(happening.roots)
        else:
            self._give_up(happening.reason)

    def _begin(self, roots: Sequence[int]) -> None:
        run = self.run
        run.state = move_run(run.state, Event.STARTED)
        run.started_at = self.now
        self._note("run.started", None, run.state)
        self.snapshot.need(roots)
        self.doubtful.extend(roots)

    def _give_up(self, reason: str) -> None:
        run = self.run
        run.state = move_run(run.state, Event.FAILED)
        run.broken = True
        run.reason = reason
        run.ended_at = self.now
        self._note("run.failed", None, run.state, {"reason": reason})

    def _claim(self, node: Node, host: int) -> None:
        if node.state is not State.READY or self.run.halting or self.run.state is not State.RUNNING:
            return
        if self.graph[node.ordinal].held is None:
            self._try(node, host)

    def _give_back(self, node: Node) -> None:
        if node.state is not State.RUNNING:
            return  # it was told to stop meanwhile: that is reported as its end
        self._put_back(node, Event.GIVEN_BACK)
        self._note("node.given_back", node.ordinal, node.state)
        if self.run.halting:
            self._hold_back(node)

    def _report(self, node: Node, report: Reported) -> None:
        node.exit_code = report.exit_code
        if report.outputs is not None:
            self.plan.outputs[node.ordinal] = report.outputs
        end: AttemptEnd
        if report.exit_code == 0:
            end = "succeeded"
            self._end(node, Event.SUCCEEDED, report.reason)
        elif node.state is State.STOPPING:
            end = "killed"
            self._end(node, Event.STOPPED, report.reason)
        else:
            end = "lost" if report.lost else "failed"
            self._fail(node, report)
        self.plan.closed.append(
            Ended(node.ordinal, report.token, end, report.exit_code, report.at, report.reason)
        )

    def _fail(self, node: Node, report: Reported) -> None:
        again = None
        if report.retryable and not self.run.halting:
            again = self.graph[node.ordinal].retry.next_try(node.retries, self.now, lost=report.lost)
        if again is None:
            self._end(node, Event.FAILED, report.reason)
            return
        self._move(node, Event.ERRED)
        node.retries += 1
        node.reason = report.reason
        self._note("node.erred", node.ordinal, node.state, self._detail(node))
        node.wake_at = again
        if again <= self.now:
            self._wake(node)

    def _wake(self, node: Node) -> None:
        if node.state is not State.RETRYING:
            return
        self._move(node, Event.WOKEN)
        node.wake_at = None
        node.ready_at = self.now
        self._note("node.released", node.ordinal, node.state)
        self._take_up(node)

    def _kill_failed(self, node: Node, report: KillFailed) -> None:
        if node.state is not State.STOPPING:
            return
        self.run.stuck += 1
        self._end(node, Event.STOP_FAILED, report.reason)
        if report.lost:
            self.plan.closed.append(Ended(node.ordinal, report.token, "lost", None, self.now, report.reason))

    def _start_overdue(self, node: Node, happening: StartOverdue) -> None:
        """Only said: what starts late may still end well, and whoever wants to know asks for the event."""
        if node.state is State.READY:
            detail = {"attempt": node.attempt + 1, "reason": happening.reason}
            self._note(happening.kind, node.ordinal, node.state, detail)

    def _ask(self, node: Node, asked: Asked) -> None:
        """What somebody wants of one node. Too early or too late, it changes nothing."""
        run = self.run
        if run.state in ENDED or run.state is State.STOPPING:
            return
        if asked.act is Act.KILL:
            self._kill(node, asked.reason)
            return
        if run.halting:
            return
        if self._is_held(node):
            self._pass_held(node, asked)
            return
        match asked.act, node.state:
            case Act.RETRY, State.RETRYING:
                self._wake(node)
            case Act.SKIP, State.WAITING if not node.bypass:
                self._plan_bypass(node, Bypass.SKIPPED, asked.reason)
            case Act.KEEP, State.WAITING if node.bypass:
                self._plan_bypass(node, "", "")
            case Act.SKIP, State.READY | State.RETRYING:
                node.bypass = Bypass.SKIPPED
                self._end(node, Event.PASSED_BY, asked.reason)
            case Act.MARK, State.WAITING | State.READY | State.RETRYING if run.state is not State.WAITING:
                self._end(node, Event.MARKED, asked.reason)

    def _plan_bypass(self, node: Node, bypass: str, reason: str) -> None:
        node.bypass, node.reason = bypass, reason
        self.plan.changed[node.ordinal] = node
        kind = "node.skip_asked" if bypass else "node.kept"
        self._note(kind, node.ordinal, node.state, {"reason": reason} if reason else None)

    def _kill(self, node: Node, reason: str) -> None:
        if self._is_held(node):
            self._kill_held(node, reason)
        elif node.state is State.RUNNING:
            self._ask_to_stop(node, reason)
        elif node.state in (State.READY, State.RETRYING):
            self._end(node, Event.STOPPED, reason)

    def _stop(self, reason: str) -> None:
        run = self.run
        if run.state in ENDED or run.state is State.STOPPING:
            return
        run.state = move_run(run.state, Event.STOP_ASKED)
        run.reason = reason
        self._note("run.stopping", None, run.state, {"reason": reason} if reason else None)
        self._halt()
        self._stop_running()

    def _time_out(self, reason: str) -> None:
        """Stop what runs, and let the run fail: that is what whoever waits for it is told of."""
        run = self.run
        if run.state not in (State.RUNNING, State.SUSPENDED):
            return
        if run.halting and not any(node.state is State.RUNNING for node in self.snapshot.active()):
            return  # it is ending already
        run.broken = True
        run.reason = reason
        self._note("run.timed_out", None, run.state, {"reason": reason})
        self._halt()
        self._stop_running()

    def _pause(self, only_in: State, event: Event) -> None:
        """Suspend or resume. Nodes stay as they are: a ready node of a suspended run is not claimed."""
        if self.run.state is only_in:
            self.run.state = move_run(only_in, event)
            self._note(f"run.{event}", None, self.run.state)
            if event is Event.RESUMED and any(spec.held for spec in self.graph):
                for node in self.snapshot.active():
                    self._take_up(node)

    @staticmethod
    def _is_current(node: Node, token: int) -> bool:
        return node.state in CLAIMED and node.token == token
