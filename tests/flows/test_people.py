from __future__ import annotations

import pytest

from apps.drawings.actions import apply_operations
from apps.flows.watches import open_watches
from apps.lib import presence

CLIENT = "client-one"


def watch(flow, user, cursor: str = ""):
    topic = f"flow.{flow.ref}"
    return open_watches(user, [topic], {topic: cursor})[0]


def rename(flow, label: str) -> None:
    op = {"op": "set", "of": "node", "id": "north", "path": ["label"], "value": label}
    flow.document.refresh_from_db()
    apply_operations(flow.document, base_version=flow.document.version, ops=[op], by=None)


def test_who_opens_a_flow_is_told_to_who_watches_it_until_they_leave(flow, people, bob):
    here = f"/flows/{flow.ref}/here/"
    watched = watch(flow, people.alice)
    watched.poll()
    bob.post(here, {"client": CLIENT, "node": "north", "edits": "1"})
    [(event, told)] = watched.poll()
    assert event == "people"
    assert told["people"][CLIENT] == {"name": "bob", "user": people.bob.pk, "node": "north", "edits": True}
    assert watched.poll() == []
    bob.post(here, {"client": CLIENT, "gone": "1"})
    assert watched.poll()[0][1]["people"] == {}


def test_who_says_nothing_for_long_has_left(flow, people, bob, monkeypatch):
    bob.post(f"/flows/{flow.ref}/here/", {"client": CLIENT})
    monkeypatch.setattr(presence.time, "time", lambda: 4_000_000_000.0)
    assert presence.who_is_here(f"flow.{flow.ref}") == {}


def test_without_a_broker_nobody_is_here_and_nothing_fails(flow, bob, settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    presence.broker.cache_clear()
    try:
        assert bob.post(f"/flows/{flow.ref}/here/", {"client": CLIENT}).status_code == 204
        assert presence.who_is_here(f"flow.{flow.ref}") == {}
    finally:
        presence.broker.cache_clear()


def test_a_saved_step_is_told_as_a_version_and_can_be_asked_for(flow, people, bob):
    before = flow.document.version
    watched = watch(flow, people.alice, str(before))
    watched.poll()
    rename(flow, "N")
    assert watched.poll() == [("drawing", {"topic": watched.topic, "version": before + 1})]
    told = bob.get(f"/flows/{flow.ref}/steps/?since={before}").json()
    assert told["version"] == before + 1
    assert [step["ops"][0]["value"] for step in told["since"]] == ["N"]
    assert bob.get(f"/flows/{flow.ref}/steps/?since={before + 1}").json()["since"] == []


@pytest.mark.parametrize("since", ["", "x", "9999999999"])
def test_steps_since_no_version_are_refused(flow, bob, since):
    assert bob.get(f"/flows/{flow.ref}/steps/?since={since}").status_code == 422


@pytest.mark.parametrize("client", ["", "short", "x" * 65, "näme-der-seite"])
def test_a_page_must_name_itself(flow, bob, client):
    assert bob.post(f"/flows/{flow.ref}/here/", {"client": client}).status_code == 422


def test_a_stranger_is_not_told_who_is_here(flow, charlie):
    assert charlie.post(f"/flows/{flow.ref}/here/", {"client": CLIENT}).status_code == 404
    assert charlie.get(f"/flows/{flow.ref}/steps/?since=1").status_code == 404
    assert charlie.get(f"/live/poll/?topics=flow.{flow.ref}").status_code == 404
