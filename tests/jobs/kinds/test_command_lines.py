"""How the content and the options of a job become the command line of its program, kind by kind."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from apps.jobs.kinds import KINDS, JobError
from apps.jobs.kinds.words import LONGEST_ARGUMENT
from tests.jobs.kinds.works import command_of

HIVE_TAG = "--hiveconf mapreduce.job.tags=T"
HIVE_HEAD = "--hiveconf hive.cli.print.header=true --hiveconf hive.resultset.use.unique.column.names=false"
SPARK_TAG = "--conf spark.yarn.tags=T"
SPARK_HEAD = "--hiveconf hive.cli.print.header=true"
BEELINE = f"--outputformat=csv2 --showHeader=true {HIVE_TAG}"
PRESTO = "--catalog hive --schema default --output-format CSV_HEADER"

#: kind, content, what else is given, command line, the script beside it
TABLE: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("SHELL", "echo hi", {}, "bash 3.1.sh", "echo hi"),
    ("PYTHON", "print(1)", {}, "python3 3.1.py", "print(1)"),
    ("HIVE", "-f /tmp/x.hql -d a='1 2'", {}, f"hive {HIVE_TAG} -f /tmp/x.hql -d 'a=1 2'", ""),
    ("HIVE", "hive -S -e 'show tables'", {}, f"hive {HIVE_TAG} -S -e 'show tables'", ""),
    (
        "HIVE",
        "-f x.hql",
        {"queue": "night"},
        f"hive {HIVE_TAG} --hiveconf mapreduce.job.queuename=night -f x.hql",
        "",
    ),
    ("HIVE_SQL", "SHOW TABLES", {}, f"hive {HIVE_TAG} {HIVE_HEAD} -e 'SHOW TABLES'", ""),
    ("HIVE_SQL", "SELECT 1", {}, f"hive {HIVE_TAG} {HIVE_HEAD} -e 'SELECT 1 LIMIT 2000'", ""),
    (
        "HIVE_SQL",
        "SELECT 1",
        {"options": {"row_limit": "0"}},
        f"hive {HIVE_TAG} {HIVE_HEAD} -e 'SELECT 1'",
        "",
    ),
    (
        "HIVE_SQL",
        "SHOW TABLES",
        {"options": {"jdbc_url": "jdbc:hive2://h:10000/db", "jdbc_user": "ann"}},
        f"beeline -u jdbc:hive2://h:10000/db -n ann {BEELINE} -e 'SHOW TABLES'",
        "",
    ),
    (
        "SPARK",
        "--class org.example.Main --master yarn-client /tmp/x.jar 'one arg' two",
        {},
        f"spark-submit {SPARK_TAG} --class org.example.Main --master yarn-client /tmp/x.jar 'one arg' two",
        "",
    ),
    (
        "SPARK",
        "spark-submit --conf spark.yarn.tags=mine \\\n x.py",
        {"queue": "night"},
        "spark-submit --queue night --conf spark.yarn.tags=mine,T x.py",
        "",
    ),
    (
        "SPARK",
        "--master k8s://https://k8s:6443 x.jar",
        {},
        "spark-submit --conf spark.kubernetes.driver.label.headrace-attempt=T"
        f" {SPARK_TAG} --master k8s://https://k8s:6443 x.jar",
        "",
    ),
    (
        "SPARK",
        "--master spark://m:7077 --deploy-mode=cluster x.jar",
        {},
        "spark-submit --conf spark.standalone.submit.waitAppCompletion=true"
        f" {SPARK_TAG} --master spark://m:7077 --deploy-mode=cluster x.jar",
        "",
    ),
    ("SPARK_STREAMING", "--class a.B x.jar", {}, f"spark-submit {SPARK_TAG} --class a.B x.jar", ""),
    ("SPARK_SQL", "SHOW TABLES", {}, f"spark-sql {SPARK_TAG} {SPARK_HEAD} -e 'SHOW TABLES'", ""),
    (
        "SPARK_SQL",
        "SELECT a FROM t; INSERT INTO u SELECT 2",
        {"env": {"SPARK_CLI_PARAMS": "--executor-memory 1g --executor-cores 2"}},
        f"spark-sql {SPARK_TAG} --executor-memory 1g --executor-cores 2 {SPARK_HEAD}"
        " -e 'SELECT a FROM t LIMIT 2000; INSERT INTO u SELECT 2'",
        "",
    ),
    ("SPARK_SQL", "-e 'SELECT 1'", {}, f"spark-sql {SPARK_TAG} -e 'SELECT 1'", ""),
    ("SPARK_SQL", "--master yarn -f /x.sql", {}, f"spark-sql {SPARK_TAG} --master yarn -f /x.sql", ""),
    ("SPARK_SQL", "-- note\nUSE d", {}, f"spark-sql {SPARK_TAG} {SPARK_HEAD} -e '-- note\nUSE d'", ""),
    (
        "SPARK_SHELL",
        "println(1)",
        {"env": {"SPARK_CLI_PARAMS": "--master yarn"}},
        f"spark-shell {SPARK_TAG} --master yarn -i 3.1.scala",
        "println(1)",
    ),
    ("MR", "/tmp/x.jar org.example.Main in out", {}, "hadoop jar /tmp/x.jar org.example.Main in out", ""),
    ("MR", "hadoop jar x.jar Main", {}, "hadoop jar x.jar Main", ""),
    ("PIG", "-x mapreduce /tmp/x.pig", {}, "pig -Dmapreduce.job.tags=T -x mapreduce /tmp/x.pig", ""),
    (
        "SQOOP",
        "import --connect jdbc:mysql://h/d --query 'select * from t where $CONDITIONS'",
        {"queue": "night"},
        "sqoop import -Dmapreduce.job.tags=T -Dmapreduce.job.queuename=night"
        " --connect jdbc:mysql://h/d --query 'select * from t where $CONDITIONS'",
        "",
    ),
    ("SQOOP", "list-tables --connect jdbc:x", {}, "sqoop list-tables --connect jdbc:x", ""),
    ("FLINK", "run -m yarn-cluster x.jar", {}, "flink run -yD yarn.tags=T -m yarn-cluster x.jar", ""),
    ("FLINK", "run -t yarn-per-job x.jar", {}, "flink run -Dyarn.tags=T -t yarn-per-job x.jar", ""),
    ("FLINK", "run x.jar --input a", {}, "flink run x.jar --input a", ""),
    ("PRESTO_SQL", "SELECT 1", {}, f"presto {PRESTO} -f 3.1.sql", "SELECT 1 LIMIT 2000"),
    (
        "PRESTO_SQL",
        "SHOW TABLES",
        {
            "env": {"PRESTO_CLI_PARAMS": "--server h:8889 --catalog tpch", "PRESTO_PASSWORD": "p"},
            "variables": {"_presto.user": "ann", "_presto.debug": "true", "_presto.server": "other"},
        },
        "presto --server h:8889 --catalog tpch --debug --user ann --password --schema default"
        " --output-format CSV_HEADER -f 3.1.sql",
        "SHOW TABLES",
    ),
    ("TRINO_SQL", "SHOW TABLES", {}, f"trino {PRESTO} -f 3.1.sql", "SHOW TABLES"),
    (
        "IMPALA_SQL",
        "SELECT 1",
        {"env": {"IMPALA_CLI_PARAMS": "-u hive"}},
        "impala-shell -u hive -B --print_header -f 3.1.sql",
        "SELECT 1 LIMIT 2000",
    ),
    ("STREAMING_SQL", "SELECT 1", {}, "streaming-sql -f 3.1.sql", "SELECT 1"),
    (
        "KYUUBI",
        "SHOW TABLES",
        {},
        f"kyuubi-beeline -u jdbc:hive2://localhost:10009/default {BEELINE} -e 'SHOW TABLES'",
        "",
    ),
]


@pytest.mark.parametrize(("kind", "content", "given", "line", "script"), TABLE)
def test_a_kind_makes_this_command_line(
    kind: str, content: str, given: dict[str, Any], line: str, script: str
) -> None:
    command = command_of(kind, content, **given)
    shown = [word.removeprefix("/bin/").removeprefix("/runs/R/") for word in command.argv]
    assert shown == shlex.split(line)
    assert (command.script[1] if command.script else "") == script


@pytest.mark.parametrize("kind", ["HIVE_SQL", "SPARK_SQL", "KYUUBI"])
@pytest.mark.parametrize(
    ("content", "given"),
    [
        ("SHOW TABLES -- " + "x" * LONGEST_ARGUMENT, {}),
        ("SET password = 'hunter2'", {"is_secret": lambda text: "hunter2" in text}),
    ],
    ids=["long", "secret"],
)
def test_statements_that_are_long_or_secret_go_by_a_file(
    kind: str, content: str, given: dict[str, Any]
) -> None:
    command = command_of(kind, content, **given)
    assert command.argv[-2:] == ["-f", "/runs/R/3.1.sql"]
    assert command.script and command.script[1] == content
    assert content not in command.argv


@pytest.mark.parametrize("kind", ["PRESTO_SQL", "TRINO_SQL"])
def test_a_password_goes_by_the_environment_alone(kind: str) -> None:
    name = kind.removesuffix("_SQL")
    command = command_of(kind, "SELECT 1", variables={f"{name.lower()}.password": "hunter2"})
    assert command.env == {f"{name}_PASSWORD": "hunter2"}
    assert "--password" in command.argv
    assert "hunter2" not in " ".join(command.argv)


@pytest.mark.parametrize("kind", ["HIVE", "SPARK", "SPARK_STREAMING", "MR", "PIG", "SQOOP", "FLINK"])
def test_arguments_that_cannot_be_read_are_refused_with_the_reason(kind: str) -> None:
    with pytest.raises(JobError, match="no closing quotation"):
        command_of(kind, "-e 'never closed")
    with pytest.raises(JobError, match="its content is empty"):
        command_of(kind, " \n")


def test_no_word_of_a_content_is_given_to_a_shell() -> None:
    nasty = "run x.jar '; rm -rf /' '$(id)' '`id`' a|b"
    assert command_of("FLINK", nasty).argv[2:] == ["x.jar", "; rm -rf /", "$(id)", "`id`", "a|b"]


def test_every_kind_with_a_program_has_a_command() -> None:
    assert all(kind.is_built for kind in KINDS.values() if kind.programs)
