"""HTTP jobs against a real server on this machine, which the guard has to be told to allow."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from apps.engine.states import State
from apps.flows.models import Run
from apps.flows.queries import result_rows
from apps.flows.runs import submit_job
from apps.flows.warden import Warden
from apps.jobs.kinds import JobError
from apps.projects.actions import create_project
from apps.projects.models import Project, User, Variable
from tests.flows.at_work import log_of, make_job, node_of, work_off
from tests.jobs.kinds.works import command_of

pytestmark = pytest.mark.django_db(transaction=True)


class Echo(BaseHTTPRequestHandler):
    """Tells what it was asked; its path may name the status of the answer."""

    seen: ClassVar[list[dict[str, Any]]] = []
    items: ClassVar[list[dict[str, Any]]] = [{"id": 1, "name": "tea"}, {"id": 2, "tags": ["a"]}]

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = {"method": self.command, "path": self.path, "body": body.decode()}
        Echo.seen.append(asked | {"headers": dict(self.headers)})
        last = self.path.rpartition("/")[2]
        said = json.dumps({"data": {"items": Echo.items}, "secret": "hunter22"}).encode()
        self.send_response(int(last) if last.isdecimal() else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(settings: Any) -> Iterator[str]:
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    Echo.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="web", by=ann)


def run_it(warden: Warden, project: Project, by: User, content: str = "", **conf: str) -> Run:
    job = make_job(project, "it", content, kind="HTTP", run_conf_text=json.dumps(conf))
    return work_off(warden, submit_job(job, by=by))


def test_a_call_sends_what_the_job_says_and_keeps_what_it_points_at(
    make_warden: Callable[[], Warden], project: Project, ann: User, server: str
) -> None:
    Variable.objects.create(project=project, name="token", value="hunter22", secret=True)
    conf = {
        "method": "POST",
        "url": f"{server}/items?day=1",
        "headers": "Authorization: Bearer ${token}\nX-One: a: b",
        "keep": "/data/items",
    }
    run = run_it(make_warden(), project, ann, '{"a": "${token}"}', **conf)
    [asked] = Echo.seen
    assert (asked["method"], asked["path"], asked["body"]) == ("POST", "/items?day=1", '{"a": "hunter22"}')
    assert asked["headers"]["Authorization"] == "Bearer hunter22"
    assert asked["headers"]["X-One"] == "a: b"
    assert asked["headers"]["Content-Type"] == "application/json"
    columns, rows, _ = result_rows(run, node_of(run, "it"), 0, 9)
    assert (columns, rows) == (["id", "name", "tags"], [["1", "tea", ""], ["2", "", '["a"]']])
    assert "200 in" in log_of(run, "it")
    assert "hunter22" not in log_of(run, "it")


def test_a_status_that_was_not_expected_fails_the_job(
    make_warden: Callable[[], Warden], project: Project, ann: User, server: str
) -> None:
    warden = make_warden()
    run = run_it(warden, project, ann, url=f"{server}/503")
    assert (run.state, "status 503 is not one of 200-299" in log_of(run, "it")) == (State.FAILED, True)
    assert run_it(warden, project, ann, url=f"{server}/404", statuses="200, 404-410").state == State.SUCCEEDED
    run = run_it(warden, project, ann, url=f"{server}/302")
    assert run.state == State.FAILED


def test_what_is_not_in_the_answer_fails_the_job(
    make_warden: Callable[[], Warden], project: Project, ann: User, server: str
) -> None:
    run = run_it(make_warden(), project, ann, url=f"{server}/", keep="/data/nothing")
    assert run.state == State.FAILED
    assert "the answer has nothing at /data/nothing" in log_of(run, "it")


def test_a_private_address_is_refused_like_any_outgoing_call(
    make_warden: Callable[[], Warden], project: Project, ann: User, server: str, settings: Any
) -> None:
    settings.HEADRACE_OUTBOUND_ALLOW = []
    run = run_it(make_warden(), project, ann, url=f"{server}/")
    assert (run.state, Echo.seen) == (State.FAILED, [])
    assert "an address inside a private network" in log_of(run, "it")


@pytest.mark.parametrize(
    ("conf", "why"),
    [
        ({"url": "ftp://example.org/"}, "must start with http"),
        ({"url": "https://u:p@example.org/"}, "must not hold a user name"),
        ({"url": "https://example.org", "statuses": "2xx"}, "must be like 200-299"),
        ({"url": "https://example.org", "keep": "items"}, "JSON pointer"),
        ({"url": "https://example.org", "headers": "nonsense"}, "a line like Name: value"),
        ({"url": "https://example.org", "headers": "Host: other"}, "made by the call itself"),
    ],
)
def test_a_call_that_cannot_be_is_refused_before_it_is_made(conf: dict[str, str], why: str) -> None:
    with pytest.raises(JobError, match=why):
        command_of("HTTP", "", options=conf, settings={"run_conf": json.dumps(conf)})


def test_no_value_brings_a_header_of_its_own() -> None:
    conf = json.dumps({"headers": "X-Day: ${day}"})
    with pytest.raises(JobError, match="a line like Name: value"):
        command_of(
            "HTTP",
            "",
            options={"url": "https://example.org"},
            settings={"run_conf": conf},
            expand=lambda text: text.replace("${day}", "1\nAuthorization: stolen"),
        )
