"""Commands of DataWorks' nodes that are kinds of ours by another name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from apps.jobs.kinds.contract import Command, Kind, Work
from apps.jobs.kinds.engines import IMPALA_SQL, KYUUBI, STREAMING_SQL
from apps.jobs.kinds.hadoop import MR, SQOOP
from apps.jobs.kinds.hive import HIVE, HIVE_SQL
from apps.jobs.kinds.presto import PRESTO_SQL, TRINO_SQL
from apps.jobs.kinds.shell import SHELL
from apps.jobs.kinds.spark import SPARK, SPARK_SHELL, SPARK_SQL, SPARK_STREAMING
from apps.jobs.kinds.sql import SQL, ask
from apps.jobs.kinds.words import beside

_SAME: tuple[tuple[Kind, str], ...] = (
    (SHELL, "EMR_SHELL CDH_SHELL"),
    (HIVE_SQL, "EMR_HIVE CDH_HIVE"),
    (HIVE, "EMR_HIVE_CLI"),
    (SPARK_SQL, "EMR_SPARK_SQL CDH_SPARK_SQL SERVERLESS_SPARK_SQL"),
    (SPARK, "EMR_SPARK CDH_SPARK SERVERLESS_SPARK_BATCH"),
    (SPARK_STREAMING, "EMR_SPARK_STREAMING SERVERLESS_SPARK_STREAMING"),
    (SPARK_SHELL, "EMR_SPARK_SHELL CDH_SPARK_SHELL"),
    (MR, "EMR_MR CDH_MR"),
    (SQOOP, "EMR_SCOOP"),
    (PRESTO_SQL, "EMR_PRESTO CDH_PRESTO"),
    (TRINO_SQL, "EMR_TRINO"),
    (IMPALA_SQL, "EMR_IMPALA CDH_IMPALA"),
    (STREAMING_SQL, "EMR_STREAMING_SQL"),
    (KYUUBI, "EMR_KYUUBI SERVERLESS_KYUUBI"),
)
#: Databases that speak the protocol of one that there is a driver for.
_SPOKEN: Mapping[str, str] = {
    "postgresql": "POSTGRESQL ADB_FOR_POSTGRESQL HOLOGRES_SQL",
    "mysql": "MYSQL MARIADB DRDS ADB_FOR_MYSQL STARROCKS DORIS SELECTDB OCEANBASE",
}
#: What the console writes above a content about the files that it needs: no word of a command line.
_REFERENCES = re.compile(r"^##@.*\n?", re.MULTILINE)


def _without_references(command: Callable[[Work], Command], work: Work) -> Command:
    return command(replace(work, content=_REFERENCES.sub("", work.content)))


def _same(kind: Kind, name: str) -> Kind:
    if kind.command is None:
        raise TypeError(f"{kind.name} has no command that {name} could be")
    command = partial(_without_references, kind.command)
    return replace(kind, name=name, label=name, command=command, offered=False, starter="")


def _spoken(name: str, database: str) -> Kind:
    command = partial(ask, (database,), f"a database of the kind {database}")
    settings = tuple(
        replace(setting, of=(database,)) if setting.type == "connection" else setting
        for setting in SQL.settings
    )
    return replace(
        SQL,
        name=name,
        label=name,
        icon="database",
        command=command,
        settings=settings,
        offered=False,
        starter="",
    )


def _perl(work: Work) -> Command:
    """The content is a Perl script, which gets its parameters as arguments."""
    script = beside(work, ".pl")
    return Command([work.find("perl"), str(script), *work.arguments], script=(script, work.content))


PERL = replace(
    SHELL,
    name="PERL",
    label="PERL",
    mode="perl",
    programs=("perl",),
    command=_perl,
    offered=False,
    arguments="values",
    starter="",
)
SAME = (
    PERL,
    *(_same(kind, name) for kind, names in _SAME for name in names.split()),
    *(_spoken(name, database) for database, names in _SPOKEN.items() for name in names.split()),
)
