from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from apps.engine.plan import Claimed, GivenBack, Reported
from apps.engine.states import State
from apps.flows.events import HeldRun, Stale, record
from apps.flows.kept import KeptRuns
from apps.flows.models import Attempt, Flow, NodeRun, Run, RunEvent
from apps.flows.runs import submit_flow, suspend_run
from apps.projects.models import Host, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(flow: Flow, ann: User) -> Run:
    return submit_flow(flow, by=ann)


def ready(run: Run) -> int:
    return NodeRun.objects.filter(run=run, state=State.READY).values_list("ordinal", flat=True)[0]


def claim(kept: KeptRuns, run: Run, ordinal: int) -> HeldRun:
    now = timezone.now()
    with transaction.atomic():
        held = kept.take([run.pk])[run.pk]
        held.advance([Claimed(ordinal, Host.objects.get().pk)], now)
        record([held], now)
    kept.keep([held])
    return held


def test_a_run_goes_on_from_where_its_last_step_left_it(run: Run) -> None:
    kept, ordinal, now = KeptRuns(), ready(run), timezone.now()
    first = claim(kept, run, ordinal)
    with transaction.atomic():
        again = kept.take([run.pk])[run.pk]
        assert again is first
        again.advance([Reported(ordinal, 1, 0, now)], now)
        record([again], now)
    assert NodeRun.objects.get(run=run, ordinal=ordinal).state == State.SUCCEEDED
    seqs = RunEvent.objects.filter(run=run).order_by("seq").values_list("seq", flat=True)
    assert list(seqs) == list(range(1, again.seq + 1))


def test_a_run_that_somebody_else_changed_meanwhile_is_read_anew(run: Run, ann: User) -> None:
    kept, ordinal, now = KeptRuns(), ready(run), timezone.now()
    claim(kept, run, ordinal)
    suspend_run(run, by=ann)
    with pytest.raises(Stale), transaction.atomic():
        held = kept.take([run.pk])[run.pk]
        held.advance([Reported(ordinal, 1, 0, now)], now)
        record([held], now)
    assert NodeRun.objects.get(run=run, ordinal=ordinal).state == State.RUNNING
    with transaction.atomic():
        held = kept.take([run.pk])[run.pk]
        assert held.run.state is State.SUSPENDED
        held.advance([Reported(ordinal, 1, 0, now)], now)
        record([held], now)
    assert NodeRun.objects.get(run=run, ordinal=ordinal).state == State.SUCCEEDED


def test_a_run_that_others_step_too_is_not_kept(run: Run) -> None:
    kept = KeptRuns()
    kept.note_stale([run.pk])
    held = claim(kept, run, ready(run))
    with transaction.atomic():
        assert kept.take([run.pk])[run.pk] is not held


def test_what_is_given_back_can_be_claimed_again_in_the_same_step(run: Run) -> None:
    kept, ordinal, now = KeptRuns(), ready(run), timezone.now()
    claim(kept, run, ordinal)
    with transaction.atomic():
        held = kept.take([run.pk])[run.pk]
        held.advance([GivenBack(ordinal, 1)], now)
        held.advance([Claimed(ordinal, Host.objects.get().pk)], now)
        record([held], now)
    attempts = Attempt.objects.filter(node_run__run=run).values_list("number", "token")
    assert list(attempts) == [(1, 2)]
