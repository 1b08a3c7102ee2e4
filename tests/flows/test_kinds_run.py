"""Jobs of programs that are not here run by stand-ins on PATH, which write down how they were called."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.engine.states import State
from apps.flows.models import Run
from apps.flows.queries import result_rows, statements_of
from apps.flows.runs import submit_job
from apps.flows.warden import Warden
from apps.jobs.logs import attempt_base
from apps.projects.actions import create_project
from apps.projects.models import Project, User, Variable
from tests.flows.at_work import log_of, make_job, node_of, work_off

pytestmark = pytest.mark.django_db(transaction=True)

STANDIN = """#!{python}
import json, os, sys
words = sys.argv[1:]
script = words[words.index("-f") + 1] if "-f" in words else ""
with open("{folder}/called.json", "w") as file:
    json.dump({{
        "argv": words,
        "script": open(script).read() if script and os.path.exists(script) else "",
        "password": os.environ.get("PRESTO_PASSWORD", ""),
        "pythonpath": os.environ.get("PYTHONPATH", ""),
    }}, file)
{body}
"""


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="kinds", by=ann)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[[], Any]]:
    """Puts a program on PATH; what it gives back tells how that was called."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def put(name: str, body: str = "") -> Callable[[], Any]:
        path = tmp_path / name
        path.write_text(STANDIN.format(python=sys.executable, folder=tmp_path, body=body))
        path.chmod(0o700)
        return lambda: json.loads((tmp_path / "called.json").read_text())

    return put


def run_it(warden: Warden, project: Project, by: User, kind: str, content: str, **fields: Any) -> Run:
    return work_off(warden, submit_job(make_job(project, "it", content, kind=kind, **fields), by=by))


@pytest.mark.parametrize(
    ("kind", "name", "content", "expected"),
    [
        ("HIVE", "hive", "-f /x.hql -d day=${day}", ["-f", "/x.hql", "-d", "day=1"]),
        ("SPARK", "spark-submit", "--class a.B 'x y.jar' ${day}", ["--class", "a.B", "x y.jar", "1"]),
        ("MR", "hadoop", "x.jar Main ${day}", ["jar", "x.jar", "Main", "1"]),
        ("PIG", "pig", "-x local /x.pig", ["-x", "local", "/x.pig"]),
        ("SQOOP", "sqoop", "eval --query 'select 1'", ["eval", "--query", "select 1"]),
        ("FLINK", "flink", "run x.jar ${day}", ["run", "x.jar", "1"]),
    ],
)
def test_a_program_gets_the_arguments_that_its_job_holds(
    make_warden: Callable[[], Warden],
    program: Callable[..., Callable[[], Any]],
    project: Project,
    ann: User,
    kind: str,
    name: str,
    content: str,
    expected: list[str],
) -> None:
    called = program(name, 'print("done")')
    run = run_it(make_warden(), project, ann, kind, content, params_text='{"day": "1"}')
    assert (run.state, log_of(run, "it")) == (State.SUCCEEDED, "done")
    assert called()["argv"][-len(expected) :] == expected


HIVE_OUTPUT = """
print("n\\tword"); print("1\\tone"); print("2\\ttwo"); sys.stdout.flush()
print("Time taken: 0.2 seconds, Fetched: 2 row(s)", file=sys.stderr, flush=True)
print("Time taken: 0.1 seconds", file=sys.stderr, flush=True)
print("m"); print("3"); sys.stdout.flush()
print("Time taken: 0.3 seconds, Fetched: 1 row(s)", file=sys.stderr, flush=True)
"""


@pytest.mark.parametrize(("kind", "name"), [("HIVE_SQL", "hive"), ("SPARK_SQL", "spark-sql")])
def test_each_statement_that_finds_rows_leaves_a_table(
    make_warden: Callable[[], Warden],
    program: Callable[..., Callable[[], Any]],
    project: Project,
    ann: User,
    kind: str,
    name: str,
) -> None:
    called = program(name, HIVE_OUTPUT)
    run = run_it(
        make_warden(), project, ann, kind, "SELECT * FROM a; CREATE TABLE b (x int); SELECT m FROM c"
    )
    node = node_of(run, "it")
    assert (run.state, statements_of(node)) == (State.SUCCEEDED, [2, 1])
    assert result_rows(run, node, 0, 9, 0) == (["n", "word"], [["1", "one"], ["2", "two"]], True)
    assert result_rows(run, node, 0, 9, 1) == (["m"], [["3"]], True)
    assert result_rows(run, node, 0, 9) == (["m"], [["3"]], True)
    assert result_rows(run, node, 0, 9, 2) == ([], [], True)
    assert "Fetched: 2 row(s)" in log_of(run, "it")
    assert called()["argv"][-1].count("LIMIT 2000") == 2
    assert called()["pythonpath"] == ""


def test_presto_gets_its_script_options_and_password_and_leaves_its_rows(
    make_warden: Callable[[], Warden],
    program: Callable[..., Callable[[], Any]],
    project: Project,
    ann: User,
) -> None:
    called = program("presto", 'print(\'"a","b"\'); print(\'"1","two, ""three"""\')')
    Variable.objects.create(project=project, name="presto.password", value="hunter22", secret=True)
    env = '{"PRESTO_CLI_PARAMS": "--server h:8889", "PYTHONPATH": "/own"}'
    run = run_it(make_warden(), project, ann, "PRESTO_SQL", "SELECT a, b FROM t", env_text=env)
    found = called()
    assert found["argv"][:3] == ["--server", "h:8889", "--password"]
    assert (found["script"], found["password"]) == ("SELECT a, b FROM t LIMIT 2000", "hunter22")
    assert found["pythonpath"] == "/own"
    assert result_rows(run, node_of(run, "it"), 0, 9) == (["a", "b"], [["1", 'two, "three"']], True)
    node = node_of(run, "it")
    script = attempt_base(run.uid, node.ordinal, node.attempt).with_name(f"{node.ordinal}.1.sql")
    assert stat.S_IMODE(script.stat().st_mode) == 0o600


def test_impala_leaves_its_rows(
    make_warden: Callable[[], Warden],
    program: Callable[..., Callable[[], Any]],
    project: Project,
    ann: User,
) -> None:
    called = program(
        "impala-shell",
        'print("a"); print("1"); sys.stdout.flush(); print("Fetched 1 row(s) in 0.1s", file=sys.stderr)',
    )
    run = run_it(make_warden(), project, ann, "IMPALA_SQL", "SELECT a FROM t")
    assert called()["argv"][:2] == ["-B", "--print_header"]
    assert result_rows(run, node_of(run, "it"), 0, 9) == (["a"], [["1"]], True)


def test_no_more_than_two_thousand_rows_are_kept_of_a_program_that_prints_more(
    make_warden: Callable[[], Warden],
    program: Callable[..., Callable[[], Any]],
    project: Project,
    ann: User,
) -> None:
    program("presto", 'print("n")\nfor n in range(30_000): print(n)')
    run = run_it(make_warden(), project, ann, "PRESTO_SQL", "SHOW TABLES")
    node = node_of(run, "it")
    header, rows, was_last = result_rows(run, node, 1990, 100)
    assert (header, rows[-1], was_last) == (["n"], ["1999"], True)
    assert log_of(run, "it").splitlines()[-1] == "198"  # of the 200 lines that are read of the log


def test_a_program_beneath_the_keeper_of_rows_fails_with_its_own_code_and_ends_when_it_is_told(
    make_warden: Callable[[], Warden],
    program: Callable[..., Callable[[], Any]],
    project: Project,
    ann: User,
) -> None:
    program("hive", "sys.exit(7)")
    run = run_it(make_warden(), project, ann, "HIVE_SQL", "SELECT 1")
    assert (run.state, node_of(run, "it").exit_code) == (State.FAILED, 7)
    program("presto", "import signal; os.kill(os.getpid(), signal.SIGKILL)")
    run = run_it(make_warden(), project, ann, "PRESTO_SQL", "SELECT 1")
    assert node_of(run, "it").reason == "ended by signal SIGKILL"


def test_a_program_that_is_missing_is_named_with_the_host(
    make_warden: Callable[[], Warden], project: Project, ann: User
) -> None:
    warden = make_warden()
    run = run_it(warden, project, ann, "TRINO_SQL", "SELECT 1")
    missing = f"neither trino nor trino-cli is installed on host {warden.host.name}"
    assert node_of(run, "it").reason.startswith(missing)
    run = run_it(warden, project, ann, "FLINK", "run x.jar")
    assert node_of(run, "it").reason.startswith(f"flink is not installed on host {warden.host.name}")
