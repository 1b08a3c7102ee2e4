"""When may a node start, and what does its failure mean: pure functions of counters."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Literal

Verdict = Literal["go", "wait", "never"]


class TriggerRule(StrEnum):
    ALL_SUCCEEDED = "all_succeeded"
    ALL_ENDED = "all_ended"
    ONE_SUCCEEDED = "one_succeeded"


class OnFailure(StrEnum):
    """What a failed node does to the rest of its run."""

    BLOCK = "block"  #: what depends on it is skipped, the rest goes on, the run fails
    PASS = "pass"  #: what comes after it runs, the run succeeds with a mark
    STOP = "stop"  #: nothing new starts, what runs may finish, the run fails


def _all_succeeded(parents: int, unmet: int, bad: int) -> Verdict:
    if bad:
        return "never"
    return "wait" if unmet else "go"


def _all_ended(parents: int, unmet: int, bad: int) -> Verdict:
    return "wait" if unmet else "go"


def _one_succeeded(parents: int, unmet: int, bad: int) -> Verdict:
    if not parents or parents - unmet - bad > 0:
        return "go"
    return "wait" if unmet else "never"


#: rule -> verdict from (number of parents, parents not ended, parents that ended badly).
RULES: dict[TriggerRule, Callable[[int, int, int], Verdict]] = {
    TriggerRule.ALL_SUCCEEDED: _all_succeeded,
    TriggerRule.ALL_ENDED: _all_ended,
    TriggerRule.ONE_SUCCEEDED: _one_succeeded,
}


def verdict(rule: TriggerRule, parents: int, unmet: int, bad: int) -> Verdict:
    return RULES[rule](parents, unmet, bad)
