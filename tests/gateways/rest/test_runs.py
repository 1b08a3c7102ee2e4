from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.flows.models import Flow, NodeRun, Run
from apps.flows.runs import submit_flow
from apps.jobs import logs
from apps.jobs.models import Job
from apps.projects.actions import set_variable
from apps.projects.models import Project
from tests.gateways.rest.conftest import Caller


@pytest.fixture
def run(flow: Flow) -> Run:
    return submit_flow(flow, by=flow.project.owner)


def test_a_flow_is_run_for_a_time_with_parameters(olga: Caller, flow: Flow) -> None:
    body = {"nominal_at": "2026-03-01T04:05:06+09:00", "params": {"day": "x"}}
    response = olga.post(f"flows/{flow.ref}/run/", body)
    run = response.json()
    assert response.status_code == 201
    assert (run["state"], run["trigger"], run["flow"], run["job"]) == ("running", "api", flow.ref, None)
    assert (run["nominal_at"], run["params"], run["total"]) == ("2026-02-28T19:05:06Z", {"day": "x"}, 3)
    assert olga.get(f"runs/{run['id']}/").json() == run


def test_a_flow_is_run_without_a_body_too(olga: Caller, flow: Flow) -> None:
    assert olga.post(f"flows/{flow.ref}/run/").status_code == 201


def test_a_drawing_that_cannot_run_is_refused(olga: Caller, flow: Flow) -> None:
    olga("PUT", f"documents/{flow.document.ref}/", {"text": "{}"}, **{"If-Match": '"1"'})
    response = olga.post(f"flows/{flow.ref}/run/")
    assert (response.status_code, response.json()["code"]) == (400, "no_start")
    assert not Run.objects.exists()


def test_what_no_database_keeps_is_refused_as_input(olga: Caller, flow: Flow) -> None:
    for value in (b"1e999", b"NaN", b'"a\\u0000"', b'"\\ud800"', b"[" * 100_000):
        response = olga.post(f"flows/{flow.ref}/run/", b'{"params": {"day": ' + value + b"}}")
        assert (response.status_code, response.json()["code"]) == (400, "invalid"), value
    assert not Run.objects.exists()


def test_a_job_is_run_alone(olga: Caller, job: Job, cluster: Any) -> None:
    run = olga.post(f"jobs/{job.ref}/run/", {"params": {"day": "1"}, "cluster": cluster.ref})
    assert run.status_code == 201, run.json()
    assert (run.json()["flow"], run.json()["job"]) == (None, job.ref)
    again = olga.post(f"jobs/{job.ref}/run/").json()
    assert again["id"] == run.json()["id"]


def test_other_content_needs_the_right_to_edit(member: Any, job: Job) -> None:
    operator = member("operator")
    assert operator.post(f"jobs/{job.ref}/run/", {"content": "rm -r x"}).status_code == 403
    assert operator.post(f"jobs/{job.ref}/run/").status_code == 201


def test_runs_are_listed_newest_first_and_filtered(
    olga: Caller, project: Project, flow: Flow, job: Job
) -> None:
    path = f"projects/{project.ref}/runs/"
    older, newer = (olga.post(f"flows/{flow.ref}/run/").json()["id"] for _ in range(2))
    alone = olga.post(f"jobs/{job.ref}/run/").json()["id"]
    Run.objects.filter(pk=Run.objects.earliest("id").pk).update(
        created_at=datetime.now(UTC) - timedelta(days=2), state="failed"
    )

    def ids(query: str) -> list[str]:
        return [row["id"] for row in olga.get(f"{path}?{query}").json()["results"]]

    since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ids("") == [alone, newer, older]
    assert ids(f"flow={flow.ref}") == [newer, older]
    assert ids(f"job={job.ref}") == [alone]
    assert ids("state=failed") == [older]
    assert ids(f"state=failed,running&flow={flow.ref}") == [newer, older]
    assert ids(f"since={since}") == [alone, newer]


@pytest.mark.parametrize("query", ["state=happy", "flow=x", "since=yesterday"])
def test_a_filter_that_means_nothing_is_refused(olga: Caller, project: Project, query: str) -> None:
    response = olga.get(f"projects/{project.ref}/runs/?{query}")
    assert (response.status_code, response.json()["field"]) == (400, query.partition("=")[0])


def test_a_run_is_killed_once(olga: Caller, run: Run) -> None:
    killed = olga.post(f"runs/{run.ref}/kill/")
    assert (killed.status_code, killed.json()["state"]) == (202, "killed")
    again = olga.post(f"runs/{run.ref}/kill/")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_an_ended_run_is_run_again_under_its_id(olga: Caller, run: Run) -> None:
    going_on = olga.post(f"runs/{run.ref}/rerun/")
    assert going_on.status_code == 409
    olga.post(f"runs/{run.ref}/kill/")
    again = olga.post(f"runs/{run.ref}/rerun/", {"failed_only": True})
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (202, run.ref, "running")


def test_nodes_come_in_the_order_of_the_drawing(olga: Caller, run: Run, job: Job) -> None:
    nodes = olga.get(f"runs/{run.ref}/nodes/").json()["results"]
    assert [(node["ordinal"], node["node"], node["kind"]) for node in nodes] == [
        (0, "s", "START"),
        (1, "a", "SHELL"),
        (2, "e", "END"),
    ]
    assert (nodes[1]["name"], nodes[1]["job"], nodes[1]["state"]) == ("load", job.ref, "ready")
    assert olga.get(f"runs/{run.ref}/nodes/?limit=1").json()["next"]


def test_a_node_comes_with_its_attempts(olga: Caller, run: Run) -> None:
    node_run = NodeRun.objects.get(run=run, ordinal=1)
    node_run.attempts.create(
        number=1, token=1, started_at=datetime(2026, 1, 1, tzinfo=UTC), end="failed", exit_code=3
    )
    node = olga.get(f"runs/{run.ref}/nodes/1/").json()
    assert [(a["number"], a["end"], a["exit_code"], a["started_at"]) for a in node["attempts"]] == [
        (1, "failed", 3, "2026-01-01T00:00:00Z")
    ]
    assert olga.get(f"runs/{run.ref}/nodes/9/").status_code == 404


def test_strangers_see_no_run_and_viewers_start_and_stop_none(stan: Caller, member: Any, run: Run) -> None:
    viewer = member("viewer")
    for path in ("", "nodes/", "nodes/1/", "nodes/1/log/"):
        assert stan.get(f"runs/{run.ref}/{path}").status_code == 404
        assert viewer.get(f"runs/{run.ref}/{path}").status_code == 200
    for verb in ("kill", "rerun"):
        assert stan.post(f"runs/{run.ref}/{verb}/").status_code == 404
        assert viewer.post(f"runs/{run.ref}/{verb}/").status_code == 403


# --- logs


@pytest.fixture
def log(run: Run) -> Any:
    """Writes the log of the node's first attempt, which has ended."""
    NodeRun.objects.filter(run=run, ordinal=1).update(attempt=1, state="succeeded")

    def write(text: str) -> str:
        path = logs.log_path(run.uid, 1, 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return f"runs/{run.ref}/nodes/1/log/"

    return write


def test_a_log_is_read_piece_by_piece_in_whole_lines(olga: Caller, log: Any) -> None:
    text = "".join(f"line {number:04d}\n" for number in range(2000))
    path, offset, pieces = log(text), 0, []
    while offset < len(text):
        piece = olga.get(f"{path}?offset={offset}&limit=5000").json()
        assert piece["offset"] == offset
        assert piece["text"].endswith("\n")
        offset = piece["next_offset"]
        pieces.append(piece["text"])
    assert "".join(pieces) == text
    assert (piece["size"], piece["ended"], piece["attempt"]) == (len(text), True, 1)


def test_a_negative_offset_reads_the_end(olga: Caller, log: Any) -> None:
    piece = olga.get(f"{log('one' + chr(10) + 'two' + chr(10) + 'three')}?offset=-7").json()
    assert (piece["text"], piece["offset"], piece["next_offset"]) == ("two\nthree", 4, 13)


def test_a_secret_is_masked_wherever_one_begins_to_read(olga: Caller, log: Any, project: Project) -> None:
    set_variable(project, name="PASSWORD", value="swordfish", secret=True, by=None)
    text = "first\nlogin with swordfish now\n"
    path = log(text)
    for offset in range(len(text)):
        piece = olga.get(f"{path}?offset={offset}").json()
        assert "fish" not in piece["text"]


def test_a_log_that_is_not_there_yet_is_empty(olga: Caller, run: Run) -> None:
    piece = olga.get(f"runs/{run.ref}/nodes/1/log/").json()
    assert (piece["text"], piece["size"], piece["next_offset"]) == ("", 0, 0)


@pytest.mark.parametrize("query", ["offset=x", "limit=1", "limit=9999999", "attempt=0", "atempt=1"])
def test_a_piece_that_cannot_be_is_refused(olga: Caller, run: Run, query: str) -> None:
    response = olga.get(f"runs/{run.ref}/nodes/1/log/?{query}")
    assert (response.status_code, response.json()["field"]) == (400, query.partition("=")[0])
