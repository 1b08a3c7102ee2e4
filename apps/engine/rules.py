"""When may a node start, and what does its failure mean: pure functions of counters."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Literal, NamedTuple

Verdict = Literal["go", "wait", "never"]


class TriggerRule(StrEnum):
    ALL_SUCCEEDED = "all_succeeded"
    ALL_ENDED = "all_ended"
    ONE_SUCCEEDED = "one_succeeded"
    NONE_FAILED = "none_failed"  #: what a branch left out is no failure, but one must have succeeded
    COUNT_SUCCEEDED = "count_succeeded"  #: as many as are needed


class OnFailure(StrEnum):
    """What a failed node does to the rest of its run."""

    BLOCK = "block"  #: what depends on it is skipped, the rest goes on, the run fails
    PASS = "pass"  #: what comes after it runs, the run succeeds with a mark
    STOP = "stop"  #: nothing new starts, what runs may finish, the run fails


class Parents(NamedTuple):
    """How those before a node stand: `left_out` are those of the bad ones that a branch left out."""

    total: int
    unmet: int
    bad: int
    left_out: int = 0
    #: How many must have succeeded, where the rule asks.
    needed: int = 0


def _all_succeeded(parents: Parents) -> Verdict:
    if parents.bad:
        return "never"
    return "wait" if parents.unmet else "go"


def _all_ended(parents: Parents) -> Verdict:
    return "wait" if parents.unmet else "go"


def _one_succeeded(parents: Parents) -> Verdict:
    return _enough(parents, 1)


def _none_failed(parents: Parents) -> Verdict:
    if parents.bad > parents.left_out:
        return "never"
    if parents.unmet:
        return "wait"
    return "go" if parents.total > parents.bad or not parents.total else "never"


def _count_succeeded(parents: Parents) -> Verdict:
    return _enough(parents, parents.needed)


def _enough(parents: Parents, needed: int) -> Verdict:
    """A root has nothing to wait for, whatever it needs."""
    good = parents.total - parents.unmet - parents.bad
    if good >= needed or not parents.total:
        return "go"
    return "wait" if good + parents.unmet >= needed else "never"


RULES: dict[TriggerRule, Callable[[Parents], Verdict]] = {
    TriggerRule.ALL_SUCCEEDED: _all_succeeded,
    TriggerRule.ALL_ENDED: _all_ended,
    TriggerRule.ONE_SUCCEEDED: _one_succeeded,
    TriggerRule.NONE_FAILED: _none_failed,
    TriggerRule.COUNT_SUCCEEDED: _count_succeeded,
}


def verdict(rule: TriggerRule, parents: Parents) -> Verdict:
    return RULES[rule](parents)
