from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from apps.engine.states import State
from apps.flows.figures import figures, history, usual_durations
from apps.flows.models import NodeRun, Run, RunEvent
from apps.flows.runs import submit_flow
from tests.flows.pages import finished, node_of


def test_what_is_usual_comes_from_the_runs_before_that_succeeded(flow, people):
    finished(flow, people.alice)
    finished(flow, people.alice, north="failed")
    run = submit_flow(flow, by=people.alice)
    assert usual_durations(run)["north"] == 4.0


def test_how_many_past_runs_are_read_does_not_grow_with_them(flow, people, django_assert_num_queries):
    for _ in range(3):
        finished(flow, people.alice)
    run = submit_flow(flow, by=people.alice)
    with django_assert_num_queries(2):
        usual_durations(run)


def test_a_run_that_goes_on_says_when_it_should_end_and_what_decides_it(flow, people):
    past = finished(flow, people.alice)
    NodeRun.objects.filter(run=past, name="south").update(ended_at=timezone.now() + timedelta(minutes=9))
    run = submit_flow(flow, by=people.alice)
    told = figures(run, run.started_at)
    names = [node["name"] for node in run.revision.nodes]
    assert [names[ordinal] for ordinal in told["path"]][1:4] == ["extract", "south", "report"]
    assert told["finish"] > 540
    assert not told["over"]


def test_a_first_run_has_no_forecast(flow, people):
    run = submit_flow(flow, by=people.alice)
    assert figures(run, timezone.now())["finish"] is None


def test_the_history_has_every_change_of_a_node_in_order(flow, people):
    run = submit_flow(flow, by=people.alice)
    extract = node_of(run, "extract")
    told = history(run, timezone.now())
    assert [change[2] for change in told["changes"] if change[1] == extract.ordinal] == ["r"]
    assert told["nodes"] == run.total


def test_of_a_run_that_went_again_only_the_latest_time_is_replayed(flow, people):
    run = submit_flow(flow, by=people.alice)
    extract, north = node_of(run, "extract"), node_of(run, "north")
    later = run.started_at + timedelta(hours=1)
    RunEvent.objects.filter(run=run).delete()
    moves = [(extract, State.SUCCEEDED, 0), (north, State.FAILED, 1), (north, State.RUNNING, 3601)]
    for seq, (node, state, seconds) in enumerate(moves):
        at = run.started_at + timedelta(seconds=seconds)
        RunEvent.objects.create(run=run, seq=100 + seq, node_run=node, kind="node.x", state=state, at=at)
        NodeRun.objects.filter(pk=node.pk).update(state=state)
    Run.objects.filter(pk=run.pk).update(started_at=later)
    run.refresh_from_db()
    assert history(run, later)["changes"] == [[0.0, extract.ordinal, "S"], [1.0, north.ordinal, "R"]]


def test_a_stranger_is_told_nothing_of_how_a_run_went(flow, people, alice, charlie):
    run = finished(flow, people.alice)
    for page in ("figures", "history"):
        assert alice.get(f"/runs/{run.ref}/{page}/").status_code == 200
        assert charlie.get(f"/runs/{run.ref}/{page}/").status_code == 404
