"""What is done about jobs that attempts have on clusters."""

from __future__ import annotations

import pytest

from apps.engine.outside import Finish, Next, OutsideJob, Verdict, after, confirm

PATIENCE = 30
GOING = OutsideJob("yarn", "application_1_1", "RUNNING")
SUCCEEDED = OutsideJob("yarn", "application_1_2", "FINISHED", Finish.SUCCEEDED)
FAILED = OutsideJob("yarn", "application_1_3", "FAILED", Finish.FAILED)


@pytest.mark.parametrize(
    ("left", "is_whole", "was_lost", "expected"),
    [
        ([], True, True, Next.START),
        ([GOING], True, True, Next.FOLLOW),
        ([GOING], True, False, Next.FOLLOW),  # the client failed, the work did not
        ([FAILED, GOING], True, True, Next.FOLLOW),
        ([GOING, GOING], True, True, Next.END_FIRST),  # which of them is the work?
        ([GOING], False, True, Next.END_FIRST),  # what steered it is gone
        ([SUCCEEDED], True, True, Next.DONE),
        ([FAILED, SUCCEEDED], True, True, Next.DONE),
        ([SUCCEEDED, FAILED], True, True, Next.START),
        ([SUCCEEDED], True, False, Next.START),  # the attempt said itself that it failed
        ([SUCCEEDED], False, True, Next.START),  # one step of several
        ([FAILED], True, True, Next.START),
    ],
)
def test_another_attempt_begins_with_what_the_one_before_left(
    left: list[OutsideJob], is_whole: bool, was_lost: bool, expected: Next
) -> None:
    assert after(left, is_whole=is_whole, was_lost=was_lost) is expected


@pytest.mark.parametrize(
    ("left", "is_known", "waited", "expected"),
    [
        ([], True, 0, Verdict.GONE),
        ([FAILED, SUCCEEDED], True, 0, Verdict.GONE),
        ([GOING], True, 0, Verdict.WAIT),
        ([], False, 0, Verdict.WAIT),
        ([GOING], True, PATIENCE, Verdict.STAYS),
        ([GOING], False, PATIENCE, Verdict.STAYS),
        ([FAILED], False, PATIENCE, Verdict.UNKNOWN),
    ],
)
def test_killed_is_only_said_of_what_is_known_to_be_gone(
    left: list[OutsideJob], is_known: bool, waited: float, expected: Verdict
) -> None:
    assert confirm(left, is_known=is_known, waited=waited, patience=PATIENCE) is expected
