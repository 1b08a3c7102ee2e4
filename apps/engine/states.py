"""The states of a run and of a node run, and the only table of legal moves."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    WAITING = "waiting"  #: not due yet: parents, time or limits
    READY = "ready"  #: nothing in its way but a free slot
    RUNNING = "running"
    RETRYING = "retrying"  #: failed, and will be tried again at wake_at
    SUSPENDED = "suspended"  #: a run whose nodes do not start
    STOPPING = "stopping"  #: told to stop, not gone yet
    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"  #: will not run: its parents took another way
    FAILED = "failed"
    KILLED = "killed"
    KILL_FAILED = "kill_failed"  #: told to stop, and something is left


class Event(StrEnum):
    RELEASED = "released"  #: parents allow it
    STARTED = "started"  #: claimed by a host
    SUCCEEDED = "succeeded"
    GIVEN_BACK = "given_back"  #: claimed, and not started after all
    ERRED = "erred"  #: failed, tries left
    FAILED = "failed"  #: failed, no tries left
    WOKEN = "woken"  #: the wait before a retry is over
    SKIPPED = "skipped"
    STOP_ASKED = "stop_asked"
    STOPPED = "stopped"
    STOP_FAILED = "stop_failed"
    HELD = "held"  #: was about to start or waited for somebody, but its run is ending
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    RESET = "reset"  #: rerun
    PASSED_BY = "passed_by"  #: not chosen, disabled or skipped by hand: what comes after it may run
    MARKED = "marked"  #: somebody says that it is done


S, E = State, Event

#: state -> {event: next state}, for node runs.
TRANSITIONS: dict[State, dict[Event, State]] = {
    S.WAITING: {
        E.RELEASED: S.READY,
        E.SUCCEEDED: S.SUCCEEDED,  # START, END and other nodes that run nothing
        E.SKIPPED: S.SKIPPED,
        E.PASSED_BY: S.SKIPPED,
        E.MARKED: S.SUCCEEDED,
        E.RESET: S.WAITING,
    },
    S.READY: {
        E.STARTED: S.RUNNING,
        E.HELD: S.WAITING,
        E.PASSED_BY: S.SKIPPED,
        E.MARKED: S.SUCCEEDED,
        E.STOPPED: S.KILLED,
    },
    S.RUNNING: {
        E.SUCCEEDED: S.SUCCEEDED,
        E.GIVEN_BACK: S.READY,
        E.ERRED: S.RETRYING,
        E.FAILED: S.FAILED,
        E.STOP_ASKED: S.STOPPING,
        # Only where no host has it, so that there is nothing to end first.
        E.HELD: S.WAITING,
        E.PASSED_BY: S.SKIPPED,
        E.MARKED: S.SUCCEEDED,
    },
    S.RETRYING: {
        E.WOKEN: S.READY,
        E.FAILED: S.FAILED,
        E.STOPPED: S.KILLED,
        E.PASSED_BY: S.SKIPPED,
        E.MARKED: S.SUCCEEDED,
    },
    S.STOPPING: {
        E.SUCCEEDED: S.SUCCEEDED,  # it ended well before the signal reached it
        E.STOPPED: S.KILLED,
        E.STOP_FAILED: S.KILL_FAILED,
    },
    S.SUCCEEDED: {E.RESET: S.WAITING},
    S.SKIPPED: {E.RESET: S.WAITING, E.MARKED: S.SUCCEEDED},
    S.FAILED: {E.RESET: S.WAITING, E.MARKED: S.SUCCEEDED},
    S.KILLED: {E.RESET: S.WAITING, E.MARKED: S.SUCCEEDED},
    S.KILL_FAILED: {E.RESET: S.WAITING, E.MARKED: S.SUCCEEDED},
}

#: The same for runs. RESET brings an ended run back under the same id (rerun).
RUN_TRANSITIONS: dict[State, dict[Event, State]] = {
    S.WAITING: {E.STARTED: S.RUNNING, E.STOP_ASKED: S.STOPPING, E.FAILED: S.FAILED},
    S.RUNNING: {
        E.SUCCEEDED: S.SUCCEEDED,
        E.FAILED: S.FAILED,
        E.STOP_ASKED: S.STOPPING,
        E.SUSPENDED: S.SUSPENDED,
    },
    S.SUSPENDED: {
        E.RESUMED: S.RUNNING,
        E.STOP_ASKED: S.STOPPING,
        E.SUCCEEDED: S.SUCCEEDED,
        E.FAILED: S.FAILED,
    },
    S.STOPPING: {E.STOPPED: S.KILLED, E.STOP_FAILED: S.KILL_FAILED},
    S.SUCCEEDED: {E.RESET: S.WAITING},
    S.FAILED: {E.RESET: S.WAITING},
    S.KILLED: {E.RESET: S.WAITING},
    S.KILL_FAILED: {E.RESET: S.WAITING},
}

#: States with no way out but a rerun, or that somebody marks the node as done.
ENDED = frozenset(state for state, moves in TRANSITIONS.items() if set(moves) <= {E.RESET, E.MARKED})
#: States that keep a run going.
ACTIVE = frozenset({S.READY, S.RUNNING, S.RETRYING, S.STOPPING})
#: Ends that break a run, where the node's policy does not say otherwise.
BROKEN = frozenset({S.FAILED, S.KILLED, S.KILL_FAILED})
#: States in which a host holds the claim.
CLAIMED = frozenset({S.RUNNING, S.STOPPING})


class IllegalMove(Exception):
    """The event means nothing in this state. Nothing was changed."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} is not possible while {state}")
        self.state = state
        self.event = event


def move(state: State, event: Event) -> State:
    """The state of a node run after `event`."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalMove(state, event) from None


def move_run(state: State, event: Event) -> State:
    """The state of a run after `event`."""
    try:
        return RUN_TRANSITIONS[state][event]
    except KeyError:
        raise IllegalMove(state, event) from None
