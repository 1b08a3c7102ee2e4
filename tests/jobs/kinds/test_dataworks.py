"""Commands of DataWorks' nodes that are run as kinds of ours."""

from __future__ import annotations

import pytest

from apps.jobs.kinds import KINDS
from apps.jobs.kinds.dataworks import kind_of_command
from tests.jobs.kinds.works import command_of


@pytest.mark.parametrize(
    ("command", "kind", "content"),
    [
        ("EMR_SHELL", "SHELL", "echo hi"),
        ("EMR_HIVE", "HIVE_SQL", "SELECT 1"),
        ("CDH_HIVE", "HIVE_SQL", "SELECT 1"),
        ("EMR_SPARK_SQL", "SPARK_SQL", "SELECT 1"),
        ("EMR_SPARK", "SPARK", "spark-submit --class a.B x.jar"),
        ("EMR_SPARK_STREAMING", "SPARK_STREAMING", "spark-submit x.jar"),
        ("EMR_MR", "MR", "hadoop jar x.jar Main"),
        ("EMR_SCOOP", "SQOOP", "import --connect jdbc:x"),
        ("EMR_PRESTO", "PRESTO_SQL", "SELECT 1"),
        ("EMR_TRINO", "TRINO_SQL", "SELECT 1"),
        ("EMR_IMPALA", "IMPALA_SQL", "SELECT 1"),
        ("EMR_KYUUBI", "KYUUBI", "SELECT 1"),
    ],
)
def test_a_command_is_run_as_the_kind_that_it_is(command: str, kind: str, content: str) -> None:
    assert kind_of_command(command) == command
    assert command_of(command, content) == command_of(kind, content)
    assert KINDS[command].programs == KINDS[kind].programs
    assert not KINDS[command].offered


def test_what_the_console_writes_about_files_is_no_part_of_a_command_line() -> None:
    content = '##@resource_reference{"x.jar"}\nspark-submit --class a.B x.jar'
    assert command_of("EMR_SPARK", content).argv[-3:] == ["--class", "a.B", "x.jar"]


def test_perl_gets_its_parameters_as_arguments() -> None:
    command = command_of("PERL", "print 1", arguments=("2026", "11"))
    assert command.argv == ["/bin/perl", "/runs/R/3.1.pl", "2026", "11"]


@pytest.mark.parametrize(("command", "database"), [("POSTGRESQL", "postgresql"), ("STARROCKS", "mysql")])
def test_a_database_is_asked_over_a_connection_of_its_own_kind(command: str, database: str) -> None:
    [setting] = [one for one in KINDS[command].settings if one.type == "connection"]
    assert setting.of == (database,)
    assert KINDS[command].is_built
