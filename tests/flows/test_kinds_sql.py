"""SQL jobs against real databases: PostgreSQL and SQLite; MySQL's driver against a server that speaks it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from apps.engine.states import State
from apps.flows.models import NodeRun, Run
from apps.flows.queries import result_rows, statements_of
from apps.flows.runs import kill_run, submit_flow, submit_job
from apps.flows.warden import Warden
from apps.projects.actions import create_project
from apps.projects.models import Connection, Project, User
from tests.flows.at_work import log_of, make_flow, make_job, node_of, until, work_off
from tests.postgres import PostgresServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(ann: User) -> Project:
    return create_project(name="databases", by=ann)


@pytest.fixture
def lite(project: Project, settings: Any, tmp_path: Path) -> Path:
    """A connection to a file of SQLite, and the file."""
    settings.HEADRACE_SQLITE_FOLDERS = [str(tmp_path / "databases")]
    Connection.objects.create(project=project, name="lite", kind="sqlite", database="shop.db")
    return tmp_path / "databases" / "shop.db"


@pytest.fixture
def server(project: Project, postgres_server: PostgresServer) -> str:
    """A connection to a PostgreSQL, and its address for psycopg."""
    name = f"p{project.pk}_{id(project)}"
    postgres_server.create_database(name)
    Connection.objects.create(
        project=project,
        name="server",
        kind="postgresql",
        address=str(postgres_server.socket_folder),
        user_name="postgres",
        database=name,
    )
    return postgres_server.address(name)


def run_it(warden: Warden, project: Project, by: User, content: str, **fields: Any) -> Run:
    return work_off(warden, submit_job(make_job(project, "it", content, kind="SQL", **fields), by=by))


def found(run: Run) -> tuple[list[str], list[list[str]]]:
    return result_rows(run, node_of(run, "it"), 0, 9)[:2]


SCRIPT = """
CREATE TABLE item (id int, name text, price numeric(6, 2));
INSERT INTO item VALUES (1, 'a;b', 1.5), (2, '${name}', NULL);
SELECT * FROM item ORDER BY id;
SELECT count(*) AS n FROM item;
"""


def test_postgresql_runs_statements_and_leaves_their_rows(
    make_warden: Callable[[], Warden], project: Project, ann: User, server: str
) -> None:
    run = run_it(make_warden(), project, ann, SCRIPT, params_text='{"name": "tea"}')
    node = node_of(run, "it")
    assert (run.state, statements_of(node)) == (State.SUCCEEDED, [2, 1])
    header, rows, _ = result_rows(run, node, 0, 9, 0)
    assert (header, rows) == (["id", "name", "price"], [["1", "a;b", "1.50"], ["2", "tea", ""]])
    assert found(run) == (["n"], [["2"]])
    assert "[2/4] INSERT INTO item VALUES" in log_of(run, "it")
    assert "2 rows changed" in log_of(run, "it")


def test_sqlite_keeps_its_file_in_the_allowed_folder(
    make_warden: Callable[[], Warden], project: Project, ann: User, lite: Path
) -> None:
    assert found(run_it(make_warden(), project, ann, SCRIPT)) == (["n"], [["2"]])
    with sqlite3.connect(lite) as database:
        assert database.execute("SELECT name FROM item WHERE id = 1").fetchall() == [("a;b",)]


@pytest.mark.parametrize(("transaction", "kept"), [("one", 0), ("each", 1)])
@pytest.mark.parametrize("where", ["lite", "server"])
def test_what_came_before_a_statement_that_fails_is_undone_in_one_transaction_alone(
    make_warden: Callable[[], Warden],
    project: Project,
    ann: User,
    where: str,
    transaction: str,
    kept: int,
    request: pytest.FixtureRequest,
) -> None:
    request.getfixturevalue(where)
    warden, conf = make_warden(), f'{{"transaction": "{transaction}"}}'
    run_it(warden, project, ann, "CREATE TABLE t (a int)")
    run = run_it(
        warden, project, ann, "INSERT INTO t VALUES (1); INSERT INTO nowhere VALUES (2)", run_conf_text=conf
    )
    assert run.state == State.FAILED
    assert "statement 2 of 2 failed" in log_of(run, "it")
    assert "nowhere" in log_of(run, "it")
    assert found(run_it(warden, project, ann, "SELECT count(*) AS n FROM t"))[1] == [[str(kept)]]


def test_a_select_shows_two_thousand_rows_unless_it_says_how_many(
    make_warden: Callable[[], Warden], project: Project, ann: User, server: str
) -> None:
    warden = make_warden()
    run = run_it(warden, project, ann, "SELECT * FROM generate_series(1, 5000) AS n")
    assert statements_of(node_of(run, "it")) == [2000]
    conf = '{"row_limit": "10"}'
    run = run_it(warden, project, ann, "SELECT * FROM generate_series(1, 5000) AS n", run_conf_text=conf)
    assert statements_of(node_of(run, "it")) == [10]


@pytest.mark.parametrize(
    ("database", "content", "why"),
    [
        ("../../etc/passwd", "SELECT 1", "lies in none of the folders"),
        ("/etc/passwd", "SELECT 1", "lies in none of the folders"),
        ("", "ATTACH DATABASE '/tmp/other.db' AS o", "not authorized"),
        ("", "VACUUM INTO '/tmp/copy.db'", "authorization denied"),
        ("", "SELECT 1; SELEC 2", "statement 2 of 2 failed"),
        ("", "-- nothing", "no statement to run"),
    ],
)
def test_sqlite_reaches_no_other_file(
    make_warden: Callable[[], Warden],
    project: Project,
    ann: User,
    lite: Path,
    database: str,
    content: str,
    why: str,
) -> None:
    conf = f'{{"database": "{database}", "transaction": "each"}}'
    run = run_it(make_warden(), project, ann, content, run_conf_text=conf)
    assert run.state == State.FAILED
    assert why in log_of(run, "it")


def test_a_job_names_its_connection_where_there_are_several(
    make_warden: Callable[[], Warden], project: Project, ann: User, lite: Path, server: str
) -> None:
    warden = make_warden()
    run = run_it(warden, project, ann, "SELECT 1")
    assert "must name one of lite, server" in node_of(run, "it").reason
    run = run_it(warden, project, ann, "SELECT 1", run_conf_text='{"connection": "nowhere"}')
    assert "no connection to a database that is called nowhere" in node_of(run, "it").reason
    run = run_it(warden, project, ann, "SELECT version() AS v", run_conf_text='{"connection": "server"}')
    assert found(run)[1][0][0].startswith("PostgreSQL")


def test_a_database_that_is_away_fails_the_job_saying_so(
    make_warden: Callable[[], Warden], project: Project, ann: User, tmp_path: Path
) -> None:
    warden = make_warden()
    away = Connection.objects.create(
        project=project, name="away", kind="postgresql", address="127.0.0.1", port=1, password="hunter22"
    )
    run = run_it(warden, project, ann, "SELECT 1")
    assert (run.state, "127.0.0.1:1 cannot be reached" in log_of(run, "it")) == (State.FAILED, True)
    Connection.objects.filter(pk=away.pk).update(kind="mysql")
    run = run_it(warden, project, ann, "SELECT 1")
    assert (run.state, "127.0.0.1:1 cannot be reached" in log_of(run, "it")) == (State.FAILED, True)
    Connection.objects.filter(pk=away.pk).update(options="local_infile=1")
    run = run_it(warden, project, ann, "SELECT 1")
    assert "has an option 'local_infile=1'" in node_of(run, "it").reason


def test_a_query_is_ended_at_the_server_when_its_job_is_killed(
    make_warden: Callable[[], Warden], project: Project, ann: User, server: str
) -> None:
    warden = make_warden()
    run = submit_job(make_job(project, "it", "SELECT pg_sleep(600)", kind="SQL"), by=ann)
    busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
    with psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True) as other:

        def asks() -> int:
            row = other.execute(busy).fetchone()
            return row[0] if row else 0

        until(warden, asks)
        kill_run(run, by=ann)
        assert work_off(warden, run).state == State.KILLED
        until(warden, lambda: not asks())
    assert NodeRun.objects.get(run=run, name="it").state != State.SUCCEEDED


def test_a_file_that_a_job_before_left_stands_for_no_module_of_ours(
    make_warden: Callable[[], Warden], project: Project, ann: User, lite: Path
) -> None:
    """All nodes of a run share a folder, in which Python would look for modules first."""
    before = make_job(
        project, "before", "for name in json apps sqlite3; do echo 'raise SystemExit(7)' > $name.py; done"
    )
    flow = make_flow(
        project, ann, [("before", "it")], before, make_job(project, "it", "SELECT 1 AS n;", kind="SQL")
    )
    run = work_off(make_warden(), submit_flow(flow, by=ann))
    assert run.state == State.SUCCEEDED, log_of(run, "it")
    assert found(run) == (["n"], [["1"]])
