"""Jobs of the big-data kinds on the real programs: from the job to its rows, nothing stands in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.flows.runs import submit_flow, submit_job
from apps.projects.models import Connection, Project, User
from tests.flows.at_work import log_of, make_flow, make_job
from tests.spark.conftest import AtWork, rows_of

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = """
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("count").getOrCreate()
words = spark.read.text(sys.argv[1])
print("lines:", words.count())
spark.stop()
"""


def test_spark(at_work: AtWork, project: Project, ann: User, tmp_path: Path) -> None:
    (tmp_path / "count.py").write_text(COUNT)
    (tmp_path / "words.txt").write_text("one\ntwo\nthree\n")
    job = make_job(project, "count", f"{tmp_path}/count.py {tmp_path}/words.txt", kind="SPARK")
    run = at_work.finish(submit_job(job, by=ann))
    assert "lines: 3" in log_of(run, "count").splitlines()


def test_the_rows_of_spark_sql(at_work: AtWork, project: Project, ann: User) -> None:
    content = "SELECT id, concat('row ', id) AS text FROM range(3) ORDER BY id"
    run = at_work.finish(submit_job(make_job(project, "rows", content, kind="SPARK_SQL"), by=ann))
    assert rows_of(run, "rows") == (["id", "text"], [["0", "row 0"], ["1", "row 1"], ["2", "row 2"]])


def test_the_rows_of_hive_sql(at_work: AtWork, project: Project, ann: User, hive_server: str) -> None:
    content = """
    CREATE TABLE visits (page STRING, hits INT);
    INSERT INTO visits VALUES ('start', 2), ('help', 1), ('start', 3);
    SELECT page, sum(hits) AS hits FROM visits GROUP BY page ORDER BY page;
    """
    conf = f'{{"jdbc_url": "{hive_server}"}}'
    job = make_job(project, "visits", content, kind="HIVE_SQL", run_conf_text=conf)
    run = at_work.finish(submit_job(job, by=ann))
    assert rows_of(run, "visits") == (["page", "hits"], [["help", "1"], ["start", "5"]])


def test_map_reduce(at_work: AtWork, project: Project, ann: User, word_count: Path, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one two\ntwo three three three\n")
    content = f"{word_count} WordCount {tmp_path}/words.txt {tmp_path}/out"
    run = at_work.finish(submit_job(make_job(project, "words", content, kind="MR"), by=ann))
    [part] = (tmp_path / "out").glob("part-*")
    assert part.read_text().splitlines() == ["one\t1", "three\t3", "two\t2"]
    assert "map 100% reduce 100%" in log_of(run, "words")


def test_a_flow_hands_over_from_kind_to_kind(
    at_work: AtWork, project: Project, ann: User, word_count: Path, settings, tmp_path: Path
) -> None:
    """A script makes lines, Spark SQL chooses, MapReduce counts, Python turns, and a database tells."""
    settings.HEADRACE_SQLITE_FOLDERS = [str(tmp_path)]
    Connection.objects.create(
        project=project, name="counts", kind=Connection.Kind.SQLITE, database=f"{tmp_path}/counts.db"
    )
    make = "printf 'tea\\ncoffee\\ntea\\nwater\\n' > drinks.txt; pwd"
    choose = (
        "CREATE TEMPORARY VIEW drinks USING text OPTIONS (path 'drinks.txt');\n"
        "INSERT OVERWRITE DIRECTORY 'chosen' USING text SELECT value FROM drinks WHERE value <> 'water';\n"
        "SELECT value, count(*) AS times FROM drinks GROUP BY value ORDER BY value;"
    )
    turn = (
        "import glob, sqlite3\n"
        f"db = sqlite3.connect({str(tmp_path / 'counts.db')!r})\n"
        "db.execute('CREATE TABLE counts (drink TEXT, times INT)')\n"
        "rows = [line.split('\\t') for name in glob.glob('counted/part-*') for line in open(name)]\n"
        "db.executemany('INSERT INTO counts VALUES (?, ?)', rows)\n"
        "db.commit()\n"
    )
    jobs = [
        make_job(project, "make", make),
        make_job(project, "choose", choose, kind="SPARK_SQL"),
        make_job(project, "count", f"{word_count} WordCount chosen counted", kind="MR"),
        make_job(project, "turn", turn, kind="PYTHON"),
        make_job(project, "tell", "SELECT drink, times FROM counts ORDER BY times DESC", kind="SQL"),
    ]
    edges = [("make", "choose"), ("choose", "count"), ("count", "turn"), ("turn", "tell")]
    run = at_work.finish(submit_flow(make_flow(project, ann, edges, *jobs), by=ann))
    assert rows_of(run, "choose")[1] == [["coffee", "1"], ["tea", "2"], ["water", "1"]]
    assert rows_of(run, "tell") == (["drink", "times"], [["tea", "2"], ["coffee", "1"]])
