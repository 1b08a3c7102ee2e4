"""What can be done to a run and its nodes: some of them alone, skipped, marked, retried, repeated."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.db import transaction
from django.utils import timezone

from apps.engine.plan import Act, Asked, Bypass, Claimed, Reported
from apps.engine.selection import Reach
from apps.engine.states import ENDED, State
from apps.flows.acts import act_on_node, refusal
from apps.flows.models import Attempt, Flow, NodeRun, Run
from apps.flows.runs import kill_run, rerun, step, submit_flow
from apps.flows.selections import Selection
from apps.jobs.models import Job
from apps.lib.errors import Conflict, Invalid
from apps.projects.models import AuditEntry, Host, User
from tests.flows.at_work import node_of, states

pytestmark = pytest.mark.django_db


def claim(run: Run, name: str) -> None:
    step(run.pk, [Claimed(node_of(run, name).ordinal, Host.objects.get().pk)])


def end(run: Run, name: str, exit_code: int = 0) -> None:
    claim(run, name)
    node = node_of(run, name)
    step(run.pk, [Reported(node.ordinal, node.token, exit_code, timezone.now())])


def submit(
    flow: Flow, by: User, *nodes: str, reach: Reach = Reach.ONLY, disabled: tuple[str, ...] = ()
) -> Run:
    first = submit_flow(flow, by=by)
    ids = {name: node_of(first, name).node for name in (*nodes, *disabled)}
    kill_run(first, by=by)
    selection = Selection([ids[name] for name in nodes], reach, [ids[name] for name in disabled])
    return submit_flow(flow, by=by, selection=selection)


@pytest.mark.parametrize(
    ("reach", "names", "run_names"),
    [
        (Reach.ONLY, ["north"], {"north"}),
        (Reach.ONLY, ["extract", "report"], {"extract", "report"}),
        (Reach.FROM, ["north"], {"north", "report"}),
        (Reach.UP_TO, ["north"], {"extract", "north"}),
    ],
)
def test_a_run_may_be_of_some_nodes(
    flow: Flow, ann: User, reach: Reach, names: list[str], run_names: set[str]
) -> None:
    run = submit(flow, ann, *names, reach=reach)
    while ready := [name for name, state in states(run).items() if state == State.READY]:
        for name in ready:
            end(run, name)
    run.refresh_from_db()
    assert run.state == State.SUCCEEDED
    assert {name for name, state in states(run).items() if state == State.SUCCEEDED} == run_names
    left_out = node_of(run, next(name for name in states(run) if name not in run_names))
    assert (left_out.state, left_out.bypass) == (State.SKIPPED, Bypass.NOT_CHOSEN)
    assert left_out.reason == "not chosen for this run"


def test_what_is_run_again_is_of_the_same_nodes(flow: Flow, ann: User) -> None:
    run = submit(flow, ann, "north")
    end(run, "north", 1)
    rerun(run, by=ann)
    assert states(run) == {"extract": "skipped", "north": "ready", "south": "skipped", "report": "waiting"}
    end(run, "north")
    run.refresh_from_db()
    assert (run.state, run.generation) == (State.SUCCEEDED, 2)
    with pytest.raises(Conflict, match="nothing to run again"):
        rerun(run, by=ann, failed_only=True)


def test_a_node_that_is_disabled_for_a_run_does_not_hold_others_back(flow: Flow, ann: User) -> None:
    run = submit(flow, ann, disabled=("extract",))
    assert states(run) == {"extract": "skipped", "north": "ready", "south": "ready", "report": "waiting"}
    assert node_of(run, "extract").reason == "disabled for this run"


def test_a_selection_that_means_nothing_is_refused(flow: Flow, ann: User) -> None:
    with pytest.raises(Invalid, match="no node nowhere") as error:
        submit_flow(flow, by=ann, selection=Selection(["nowhere"]))
    assert error.value.field == "nodes"
    with pytest.raises(Invalid, match="runs a job"):
        submit(flow, ann, "north", disabled=("north",))
    assert not Run.objects.exclude(state__in=(State.KILLED, State.STOPPING)).exists()


def test_a_waiting_node_is_skipped_in_its_turn(flow: Flow, ann: User) -> None:
    run = submit_flow(flow, by=ann)
    act_on_node(node_of(run, "north"), Act.SKIP, by=ann)
    assert states(run)["north"] == State.WAITING
    end(run, "extract")
    node = node_of(run, "north")
    assert (node.state, node.reason) == (State.SKIPPED, "skipped by ann")
    end(run, "south")
    assert states(run)["report"] == State.READY
    assert AuditEntry.objects.filter(verb="skip_node", user=ann).exists()


def test_a_skip_can_be_taken_back(flow: Flow, ann: User) -> None:
    run = submit_flow(flow, by=ann)
    act_on_node(node_of(run, "north"), Act.SKIP, by=ann)
    act_on_node(node_of(run, "north"), Act.KEEP, by=ann)
    end(run, "extract")
    assert states(run)["north"] == State.READY


def test_a_node_marked_as_succeeded_is_not_waited_for(flow: Flow, ann: User) -> None:
    run = submit_flow(flow, by=ann)
    act_on_node(node_of(run, "extract"), Act.MARK, by=ann)
    assert states(run) == {"extract": "succeeded", "north": "ready", "south": "ready", "report": "waiting"}
    assert node_of(run, "extract").reason == "marked as succeeded by ann"


def test_a_retry_is_made_now_or_given_up(flow: Flow, ann: User) -> None:
    Job.objects.filter(name="extract").update(max_retry=2, retry_interval=300)
    run = submit_flow(flow, by=ann)
    end(run, "extract", 1)
    assert node_of(run, "extract").wake_at > timezone.now() + timedelta(seconds=200)
    act_on_node(node_of(run, "extract"), Act.RETRY, by=ann)
    assert node_of(run, "extract").state == State.READY
    end(run, "extract", 1)
    act_on_node(node_of(run, "extract"), Act.KILL, by=ann)
    run.refresh_from_db()
    node = node_of(run, "extract")
    assert (node.state, node.wake_at, run.state) == (State.KILLED, None, State.FAILED)


def test_a_node_killed_alone_fails_the_run_and_lets_the_others_finish(flow: Flow, ann: User) -> None:
    Job.objects.filter(name="north").update(fail_act=Job.FailAct.BLOCK)
    run = submit_flow(flow, by=ann)
    end(run, "extract")
    claim(run, "north")
    act_on_node(node_of(run, "north"), Act.KILL, by=ann)
    node = node_of(run, "north")
    assert node.state == State.STOPPING
    step(run.pk, [Reported(node.ordinal, node.token, 143, timezone.now(), "ended by signal SIGTERM")])
    end(run, "south")
    run.refresh_from_db()
    assert states(run) == {
        "extract": "succeeded",
        "north": "killed",
        "south": "succeeded",
        "report": "skipped",
    }
    assert run.state == State.FAILED


def test_a_failed_node_is_marked_and_the_run_goes_on_from_there(flow: Flow, ann: User) -> None:
    run = submit_flow(flow, by=ann)
    end(run, "extract", 1)
    run.refresh_from_db()
    assert run.state == State.FAILED
    act_on_node(node_of(run, "extract"), Act.MARK, by=ann)
    assert states(run) == {"extract": "succeeded", "north": "ready", "south": "ready", "report": "waiting"}
    for name in ("north", "south", "report"):
        end(run, name)
    run.refresh_from_db()
    assert run.state == State.SUCCEEDED
    assert Attempt.objects.filter(node_run=node_of(run, "extract")).count() == 1
    with pytest.raises(Conflict, match="succeeded already"):
        act_on_node(node_of(run, "extract"), Act.MARK, by=ann)


def test_a_run_whose_last_node_is_marked_has_succeeded(flow: Flow, ann: User) -> None:
    run = submit_flow(flow, by=ann)
    for name in ("extract", "north", "south"):
        end(run, name)
    end(run, "report", 1)
    act_on_node(node_of(run, "report"), Act.MARK, by=ann)
    run.refresh_from_db()
    assert (run.state, run.ended) == (State.SUCCEEDED, run.total)


def test_a_run_is_repeated_with_its_content_as_it_was_or_as_it_is(flow: Flow, ann: User) -> None:
    run = submit_flow(flow, by=ann)
    end(run, "extract", 1)
    frozen = node_of(run, "extract").frozen_id
    Job.objects.filter(name="extract").update(content="echo better", max_retry=3)
    rerun(run, by=ann)
    assert node_of(run, "extract").frozen_id == frozen
    end(run, "extract", 1)
    rerun(run, by=ann, latest=True)
    node = node_of(run, "extract")
    assert node.frozen and (node.frozen.content, node.max_retry, node.attempt) == ("echo better", 3, 2)


def test_the_latest_content_needs_the_same_drawing(flow: Flow, ann: User) -> None:
    run = submit_flow(flow, by=ann)
    end(run, "extract", 1)
    revision = run.revision_id
    flow.document.text = flow.document.text.replace(node_of(run, "south").node, "another")
    flow.document.save()
    with pytest.raises(Conflict, match="added another and removed south"):
        rerun(Run.objects.get(pk=run.pk), by=ann, latest=True)
    run.refresh_from_db()
    assert (run.revision_id, run.state) == (revision, State.FAILED)


def test_what_is_refused_and_what_is_done_are_told_by_one_rule(flow: Flow, ann: User) -> None:
    """For each state of node and run: what the engine does, `refusal` allows, and what not, it refuses."""
    run = submit_flow(flow, by=ann)
    node = node_of(run, "south")
    going = (State.RUNNING, State.SUSPENDED, State.STOPPING)
    for run_state, state, act, halting, bypass in product(going, State, Act, (False, True), ("", "skipped")):
        if state in (State.SUSPENDED, *ENDED) or (bypass and state is not State.WAITING):
            continue
        Run.objects.filter(pk=run.pk).update(state=run_state, halting=halting, active=5)
        NodeRun.objects.filter(pk=node.pk).update(state=state, bypass=bypass, unmet=1)
        allowed = not refusal(act, NodeRun.objects.select_related("run").get(pk=node.pk))
        with transaction.atomic():
            changed = step(run.pk, [Asked(node.ordinal, act, "")])
            transaction.set_rollback(True)
        assert bool(changed) is allowed, (run_state, state, act, halting, bypass)
