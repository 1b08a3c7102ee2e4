"""One thing done to many runs of the list."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.engine.states import State
from apps.flows.models import Dependency, Flow, Run
from apps.flows.runs import submit_flow
from tests.flows.pages import diamond, finished
from tests.people import People, signed_in


@pytest.fixture
def otto(people: People) -> Client:
    return signed_in(people.otto)


def url(flow: Flow) -> str:
    return reverse("flows:bulk", args=[flow.project.ref])


def states(*runs: Run) -> list[str]:
    return [Run.objects.get(pk=run.pk).state for run in runs]


def test_it_says_what_it_touches_and_then_does_it(flow: Flow, people: People, otto: Client) -> None:
    one, two = (submit_flow(flow, by=people.bob) for _ in range(2))
    over = finished(flow, people.bob)
    below = diamond(flow.project, "below")
    Dependency.objects.create(flow=below, parent=flow)
    chosen = {"operation": "kill", "run": [one.ref, two.ref, over.ref]}
    page = otto.post(url(flow), chosen).content.decode()
    for said in ("It touches 2 runs", f"{over.ref}</span>: it is over", "These flows wait for them", "below"):
        assert said in page
    assert states(one, two) == [State.RUNNING, State.RUNNING]
    page = otto.post(url(flow), chosen | {"confirmed": "1"}).content.decode()
    assert "Done with 2 runs" in page
    assert states(one, two, over) == [State.KILLED, State.KILLED, State.SUCCEEDED]


def test_all_that_match_the_filter_are_touched(flow: Flow, people: People, otto: Client) -> None:
    failed, fine = finished(flow, people.bob, north="failed"), finished(flow, people.bob)
    sent = {"operation": "rerun", "all": "1", "filter": "state=failed"}
    page = otto.post(url(flow), sent).content.decode()
    assert "It touches 1 run." in page
    assert failed.ref in page
    assert fine.ref not in page


def test_runs_are_suspended_resumed_and_run_again(flow: Flow, people: People, otto: Client) -> None:
    run = submit_flow(flow, by=people.bob)
    failed = finished(flow, people.bob, north="failed")
    for operation, chosen, state in (
        ("suspend", run, State.SUSPENDED),
        ("resume", run, State.RUNNING),
        ("rerun_failed", failed, State.RUNNING),
    ):
        otto.post(url(flow), {"operation": operation, "run": [chosen.ref], "confirmed": "1"})
        assert states(chosen) == [state]


def test_who_may_not_run_is_refused_and_sees_no_boxes(
    flow: Flow, people: People, vera: Client, otto: Client
) -> None:
    run = submit_flow(flow, by=people.bob)
    sent = {"operation": "kill", "run": [run.ref], "confirmed": "1"}
    assert vera.post(url(flow), sent).status_code == 403
    assert signed_in(people.charlie).post(url(flow), sent).status_code == 404
    runs = reverse("flows:runs", args=[flow.project.ref])
    assert 'name="run"' not in vera.get(runs).content.decode()
    assert 'name="run"' in otto.get(runs).content.decode()
    assert states(run) == [State.RUNNING]


def test_runs_of_another_project_are_not_touched(flow: Flow, people: People, otto: Client) -> None:
    from_elsewhere = {"operation": "kill", "run": ["0123456789ABCDEF"]}
    assert "It touches 0 runs" in otto.post(url(flow), from_elsewhere).content.decode()


def test_of_all_that_match_the_next_are_offered_until_none_is_left(
    flow: Flow, people: People, otto: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.flows.views.bulk.MOST", 2)
    going = [submit_flow(flow, by=people.bob) for _ in range(3)]
    finished(flow, people.bob)
    page = otto.post(url(flow), {"operation": "kill", "all": "1", "filter": ""}).content.decode()
    assert "It touches 2 of 3 runs" in page
    assert "1 other run that matches is left out" in page
    after = {"operation": "kill", "filter": "", "after": str(going[1].pk)}
    assert f'name="after" value="{going[1].pk}"' in page
    confirmed = after | {"confirmed": "1", "run": [run.ref for run in going[:2]]}
    page = otto.post(url(flow), confirmed).content.decode()
    assert "1 more run matches the filter and is untouched" in page
    assert "Go on with the next" in page
    assert states(*going) == [State.KILLED, State.KILLED, State.RUNNING]
    page = otto.post(url(flow), after | {"all": "1"}).content.decode()
    assert "It touches 1 run." in page
    assert going[2].ref in page
    too_many = {"operation": "kill", "run": [run.ref for run in going]}
    assert otto.post(url(flow), too_many).status_code == 422
