from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.engine.states import State
from apps.flows.clock_steps import heed_steps_back
from apps.flows.dependencies import set_parents
from apps.flows.runs import submit_flow
from apps.projects.models import User
from tests.flows.ending import waits_for_a_retry
from tests.graphs import chain, make_drawn_flow

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_retry_does_not_wait_for_a_time_from_before_the_clock_was_put_back(ann: User) -> None:
    node = waits_for_a_retry(ann)
    heed_steps_back(datetime.now(UTC))
    node.refresh_from_db()
    assert node.state == State.RETRYING
    heed_steps_back(datetime.now(UTC) - HOUR)
    node.refresh_from_db()
    assert node.state == State.READY


def test_a_run_that_waits_is_looked_at_although_the_clock_was_put_back(ann: User) -> None:
    parent, child = make_drawn_flow(chain(2), by=ann), make_drawn_flow(chain(2), by=ann)
    set_parents(child, [parent])
    run = submit_flow(child, by=ann, heeds_parents=True)
    assert run.state == State.WAITING
    past = datetime.now(UTC) - HOUR
    heed_steps_back(past)
    run.refresh_from_db()
    assert run.check_at is not None
    assert run.check_at < past + timedelta(minutes=2)
