"""The rows of a node on its run's pages, and how far a node is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.engine.states import State
from apps.flows.inputs import task_of
from apps.flows.models import NodeRun, Run
from apps.flows.runs import submit_job
from apps.jobs.graphs.results import result_path, write_results
from apps.jobs.logs import log_path, run_folder
from apps.projects.models import Project, Variable
from tests.flows.at_work import make_job
from tests.flows.pages import HTMX
from tests.people import People

Table = tuple[list[str], list[list[str]]]


@pytest.fixture
def run(project: Project, people: People) -> Run:
    return submit_job(make_job(project, "it", "SELECT 1", kind="MR"), by=people.alice)


def leave_rows(run: Run, monkeypatch: pytest.MonkeyPatch, *tables: Table) -> NodeRun:
    node = run.node_runs.get(name="it")
    monkeypatch.delenv("HEADRACE_OUTPUTS", raising=False)
    write_results(result_path(run_folder(run.uid), task_of(run.revision.nodes, node.ordinal)), tables)
    counts = [len(rows) for _, rows in tables]
    outputs: dict[str, Any] = {"result": {"columns": tables[-1][0], "rows": counts[-1]}}
    outputs |= {"statements": counts} if len(counts) > 1 else {}
    NodeRun.objects.filter(pk=node.pk).update(outputs=outputs, state=State.SUCCEEDED)
    return node


def test_rows_are_shown_by_pages_and_statements(
    run: Run, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = leave_rows(
        run, monkeypatch, (["a"], [["one"]]), (["n", "m"], [[f"n{n}", f"<m{n}>"] for n in range(250)])
    )
    base = f"/runs/{run.ref}/nodes/{node.ordinal}/"
    panel = alice.get(base).content.decode()
    assert "1–100 of 250" in panel
    assert "&lt;m0&gt;" in panel
    last = alice.get(f"{base}rows/?statement=1&start=200").content.decode()
    assert ("n249" in last, "n199" in last, "201–250 of 250" in last) == (True, False, True)
    first = alice.get(f"{base}rows/?statement=0").content.decode()
    assert ("one" in first, "n0" in first) == (True, False)
    assert alice.get(f"{base}rows/?statement=9&start=-1&x=").status_code == 200


def test_rows_are_a_file_with_their_secrets_masked(
    run: Run, alice: Client, charlie: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Variable.objects.create(project=run.project, name="token", value="hush-hush", secret=True)
    node = leave_rows(run, monkeypatch, (["a", "b"], [["1", "hush-hush"], ["2", 'x,"y"']]))
    address = f"/runs/{run.ref}/nodes/{node.ordinal}/rows/download/"
    text = b"".join(alice.get(address).streaming_content).decode()  # type: ignore[attr-defined]
    assert text == 'a,b\r\n1,******\r\n2,"x,""y"""\r\n'
    assert charlie.get(address).status_code == 404


def test_a_node_that_runs_tells_how_far_it_is(run: Run, alice: Client) -> None:
    node = run.node_runs.get(name="it")
    NodeRun.objects.filter(pk=node.pk).update(state=State.RUNNING, attempt=1)
    address = f"/runs/{run.ref}/nodes/{node.ordinal}/progress/"
    assert "<progress" not in alice.get(address).content.decode()
    path = log_path(run.uid, node.ordinal, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x" * 100_000 + "\nINFO Job: map 100% reduce 50%\n")
    assert 'value="75"' in alice.get(address).content.decode()
    NodeRun.objects.filter(pk=node.pk).update(state=State.SUCCEEDED)
    assert alice.get(address).content.decode().strip() == ""


def test_rows_come_by_themselves_when_a_node_that_is_looked_at_has_ended(
    project: Project, people: People, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit_job(make_job(project, "it", "SELECT 1", kind="HIVE_SQL"), by=people.alice)
    node = run.node_runs.get(name="it")
    address = f"/runs/{run.ref}/nodes/{node.ordinal}/rows/"
    asks_again = f'hx-get="{address}" hx-trigger="run:changed from:body"'
    assert asks_again in alice.get(f"/runs/{run.ref}/nodes/{node.ordinal}/").content.decode()
    assert asks_again in alice.get(address, headers=HTMX).content.decode()
    leave_rows(run, monkeypatch, (["a"], [["one"]]))
    page = alice.get(address, headers=HTMX).content.decode()
    assert ("one" in page, asks_again in page) == (True, False)
