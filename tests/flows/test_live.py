"""The event stream over a real server and a real broker."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from apps.config.asgi import application
from apps.engine.plan import StopAsked
from apps.flows.models import NodeRun, Run
from apps.flows.queries import STATE_CHARS, states_text
from apps.flows.runs import kill_run, rerun, step, submit_flow
from apps.flows.watches import MAX_TOPICS, open_watches, read_cursors, still_allowed, write_cursors
from apps.lib.errors import Invalid, NotFound
from apps.projects.actions import remove_member, set_variable
from apps.projects.models import User
from tests.flows.pages import diamond, finished, node_of, write_log
from tests.people import People, make_people, make_project, signed_in

PATIENCE = 10.0


@pytest.fixture
def run(transactional_db: None) -> Run:
    people = make_people()
    return submit_flow(diamond(make_project(people)), by=people.bob)


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(
        application, port=port, log_level="error", lifespan="off", timeout_graceful_shutdown=1
    )
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run)
    thread.start()
    while not serving.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    serving.should_exit = True
    thread.join()


def cookies(client: Client) -> dict[str, str]:
    return {name: morsel.value for name, morsel in client.cookies.items()}


def user(name: str) -> User:
    return User.objects.get(username=name)


class Listener:
    """Reads the stream in a thread and keeps what came."""

    def __init__(self, base: str, who: str, topics: str, **headers: str) -> None:
        self.events: list[tuple[str, Any]] = []
        self.id = ""
        self._client = httpx.Client(
            base_url=base, cookies=cookies(signed_in(user(who))), timeout=PATIENCE, trust_env=False
        )
        self._stream = self._client.stream("GET", "/live/", params={"topics": topics}, headers=headers)
        self.response = self._stream.__enter__()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        event = ""
        try:
            for line in self.response.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "id":
                    self.id = value
                elif name == "data":
                    self.events.append((event, json.loads(value)))
        except httpx.HTTPError:
            return

    def wait_for(self, wanted: str, condition: Any = lambda data: True) -> Any:
        give_up_at = time.monotonic() + PATIENCE
        while time.monotonic() < give_up_at:
            for event, data in list(self.events):
                if event == wanted and condition(data):
                    return data
            time.sleep(0.02)
        raise AssertionError(f"no {wanted} came: {self.events}")

    def close(self) -> None:
        if not self._thread.is_alive():
            return
        # It waits for bytes: only the end of the connection wakes it.
        self.response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._client.close()


@pytest.fixture
def listen(server: str) -> Iterator[Any]:
    opened: list[Listener] = []

    def start(who: str, topics: str, **headers: str) -> Listener:
        opened.append(Listener(server, who, topics, **headers))
        return opened[-1]

    yield start
    for listener in opened:
        listener.close()


# --- over the wire


def test_a_change_of_state_arrives(run, listen):
    listener = listen("vera", f"run.{run.ref}")
    first = listener.wait_for("states")
    assert first["all"] == states_text(run)
    kill_run(run, by=None)
    change = listener.wait_for("states", lambda data: data["run"]["state"] == "killed")
    node = node_of(run, "extract")
    assert change["changes"] == [[node.ordinal, STATE_CHARS[node.state]]]


def test_a_line_of_a_log_arrives_masked(run, listen):
    set_variable(run.project, name="token", value="hunter2hunter2", secret=True, by=user("alice"))
    node = node_of(run, "extract")
    NodeRun.objects.filter(pk=node.pk).update(attempt=1, state="running")
    listener = listen("vera", f"log.{run.ref}.{node.ordinal}")
    write_log(node, "hello hunter2hunter2\nhalf")
    data = listener.wait_for("log")
    assert (data["text"], data["attempt"]) == ("hello ******\n", 1)


def test_a_new_run_is_told_to_who_watches_the_project(run, listen):
    listener = listen("vera", f"project.{run.project.ref}")
    listener.wait_for("runs")
    submit_flow(run.flow, by=None)
    assert listener.wait_for("runs", lambda data: data["running"] == 2)


def test_a_reconnecting_browser_gets_what_it_missed_and_nothing_else(run, listen):
    listener = listen("vera", f"run.{run.ref}")
    listener.wait_for("states")
    seen = listener.id
    listener.close()
    kill_run(run, by=None)
    again = listen("vera", f"run.{run.ref}", **{"Last-Event-ID": seen})
    data = again.wait_for("states")
    assert "all" not in data
    assert [ordinal for ordinal, _ in data["changes"]] == [node_of(run, "extract").ordinal]


def test_a_stranger_gets_404(run, server):
    answer = httpx.get(
        f"{server}/live/",
        params={"topics": f"run.{run.ref}"},
        cookies=cookies(signed_in(user("charlie"))),
        trust_env=False,
    )
    assert answer.status_code == 404


def test_a_browser_that_is_cut_off_asks_for_the_same(run, server):
    def ask(**params: str) -> Any:
        where = {"topics": f"run.{run.ref}", **params}
        jar = cookies(signed_in(user("vera")))
        return httpx.get(f"{server}/live/poll/", params=where, cookies=jar, trust_env=False).json()

    first = ask()
    assert first["events"][0]["data"]["all"]
    assert ask(cursors=first["id"])["events"] == []
    kill_run(run, by=None)
    assert ask(cursors=first["id"])["events"][0]["data"]["run"]["state"] == "killed"


# --- what a watch reads


@pytest.mark.parametrize(
    "topic", ("", "odd", "run.zz", "run.0000000000000001.3", "log.0000000000000001", "project.")
)
def test_a_topic_that_is_none_is_refused(db, topic):
    with pytest.raises(Invalid):
        open_watches(AnonymousUser(), [topic], {})


def test_too_many_topics_are_refused(db):
    with pytest.raises(Invalid):
        open_watches(AnonymousUser(), [f"run.{number:016X}" for number in range(MAX_TOPICS + 1)], {})


@pytest.mark.parametrize("topic", ("run.{run}", "log.{run}.1", "project.{project}"))
def test_a_stranger_watches_nothing(run, topic):
    names = [topic.format(run=run.ref, project=run.project.ref)]
    for who in (user("charlie"), AnonymousUser()):
        with pytest.raises(NotFound):
            open_watches(who, names, {})


def test_cursors_survive_the_way_to_the_browser_and_back(run):
    topics = [f"run.{run.ref}", f"log.{run.ref}.1", f"project.{run.project.ref}"]
    watches = open_watches(user("vera"), topics, {})
    for watch in watches:
        watch.poll()
    again = open_watches(user("vera"), topics, read_cursors(write_cursors(watches)))
    assert [watch.poll() for watch in again] == [[], [], []]


def test_a_rerun_sends_all_states_since_it_sets_them_back_at_once(run, people_of_run):
    over = finished(run.flow, people_of_run.bob)
    (watch,) = open_watches(people_of_run.vera, [f"run.{over.ref}"], {})
    watch.poll()
    rerun(over, by=people_of_run.bob)
    ((_, data),) = watch.poll()
    assert data["all"].count("S") < over.total


def test_another_attempt_starts_its_log_anew(run):
    node = node_of(run, "extract")
    NodeRun.objects.filter(pk=node.pk).update(attempt=1, state="running")
    write_log(node, "first\n", attempt=1)
    log = write_log(node, "second\n", attempt=2)
    (watch,) = open_watches(user("vera"), [f"log.{run.ref}.{node.ordinal}"], {})
    assert watch.poll()[0][1]["text"] == "first\n"
    NodeRun.objects.filter(pk=node.pk).update(attempt=2)
    assert watch.poll()[0][1] == {
        "topic": watch.topic,
        "attempt": 2,
        "offset": 7,
        "text": "second\n",
        "times": [(0, log.stat().st_mtime_ns // 10**6)],
    }


def test_who_is_removed_from_the_project_may_watch_no_longer(run):
    vera = user("vera")
    watches = open_watches(vera, [f"run.{run.ref}"], {})
    assert still_allowed(vera, watches)
    remove_member(run.project, user_name="vera", by=user("alice"))
    assert not still_allowed(vera, watches)


def test_a_step_that_changes_nothing_tells_nothing(run):
    (watch,) = open_watches(user("vera"), [f"run.{run.ref}"], {})
    watch.poll()
    kill_run(run, by=None)
    watch.poll()
    step(run.pk, [StopAsked("again")])
    assert watch.poll() == []


@pytest.fixture
def people_of_run(run: Run) -> People:
    return People(*(user(name) for name in ("alice", "bob", "otto", "vera", "charlie")))
