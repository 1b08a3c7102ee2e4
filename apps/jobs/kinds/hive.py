"""Hive: by its own program, or by beeline where a server is named."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds.contract import Command, Kind, Setting, Work
from apps.jobs.kinds.hadoop import OUTSIDE
from apps.jobs.kinds.readings import map_reduce
from apps.jobs.kinds.rows import ROW_LIMIT, shown_content
from apps.jobs.kinds.words import statement_words, words_of
from apps.jobs.sql.text import ENGINE

HOMES = ("HIVE_HOME",)
#: A first line with the names of the columns, bare: the rows of a SELECT are kept as a table.
HEADED = (
    "--hiveconf",
    "hive.cli.print.header=true",
    "--hiveconf",
    "hive.resultset.use.unique.column.names=false",
)


def arguments(work: Work) -> Command:
    """The content is the arguments of hive."""
    return Command([work.find("hive"), *_settings(work), *words_of(work.content, "hive")])


def sql(work: Work) -> Command:
    """The content is SQL: for hive, or for beeline where the settings name a server."""
    given, script = statement_words(work, shown_content(work, ENGINE))
    if url := work.options.get("jdbc_url", ""):
        words = [work.find("beeline"), *beeline_options(work, url), *given]
        return Command(words, script=script, rows="beeline")
    words = [work.find("hive"), *_settings(work), *HEADED, *given]
    return Command(words, script=script, rows="hive")


def beeline_options(work: Work, url: str) -> list[str]:
    """How beeline reaches a server, and what makes its rows readable by a program."""
    user = ["-n", name] if (name := work.options.get("jdbc_user", "")) else []
    return ["-u", url, *user, "--outputformat=csv2", "--showHeader=true", *_settings(work)]


def _settings(work: Work) -> list[str]:
    queue = ["--hiveconf", f"mapreduce.job.queuename={work.queue}"] if work.queue else []
    return ["--hiveconf", f"mapreduce.job.tags={work.tag}", *queue]


SERVER = (
    Setting(
        "jdbc_url",
        _("Server"),
        help=_("A JDBC address like jdbc:hive2://host:10000/default. Empty: the hive program of the host."),
    ),
    Setting("jdbc_user", _("User at the server")),
)
HIVE_SQL = Kind(
    name="HIVE_SQL",
    label="Hive SQL",
    family="sql",
    icon="database",
    mode="sql",
    shape="hiveSQLJobNode",
    programs=("hive", "beeline"),
    homes=(*HOMES, "SPARK_HOME"),
    command=sql,
    about=_("Statements for Hive."),
    settings=(ROW_LIMIT, *SERVER),
    progress=map_reduce,
    outside=OUTSIDE,
    rows=True,
)
HIVE = Kind(
    name="HIVE",
    label="Hive",
    family="sql",
    icon="database",
    mode="sh",
    shape="hiveJobNode",
    programs=("hive",),
    homes=HOMES,
    command=arguments,
    about=_("A script of Hive: the arguments of hive."),
    progress=map_reduce,
    outside=OUTSIDE,
    starter="-f ossref://bucket/script.hql\n",
)
