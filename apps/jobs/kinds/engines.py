"""SQL for engines whose program takes a script: Impala, Streaming SQL and Kyuubi."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds import readings
from apps.jobs.kinds.contract import Command, Kind, Setting, Work
from apps.jobs.kinds.hive import SERVER, beeline_options
from apps.jobs.kinds.rows import ROW_LIMIT, shown_content
from apps.jobs.kinds.words import beside, has_option, option_words, statement_words
from apps.jobs.sql.text import ENGINE


def impala(work: Work) -> Command:
    """`impala-shell -f SCRIPT` with the options that the environment gives it."""
    options = option_words(work, "IMPALA_CLI_PARAMS")
    rows = "" if has_option(options, "-B", "--delimited") else "impala"
    if rows:
        options += ["-B", "--print_header"]
    script = beside(work, ".sql"), shown_content(work, ENGINE)
    return Command([work.find("impala-shell"), *options, "-f", str(script[0])], script=script, rows=rows)


def streaming(work: Work) -> Command:
    """`streaming-sql -f SCRIPT`."""
    script = beside(work, ".sql")
    options = option_words(work, "STREAMING_SQL_CLI_PARAMS")
    return Command([work.find("streaming-sql"), *options, "-f", str(script)], script=(script, work.content))


def kyuubi(work: Work) -> Command:
    """beeline at the server that the settings name."""
    url = work.options.get("jdbc_url") or "jdbc:hive2://localhost:10009/default"
    given, script = statement_words(work, shown_content(work, ENGINE))
    program = work.find("kyuubi-beeline", "beeline")
    return Command([program, *beeline_options(work, url), *given], script=script, rows="beeline")


IMPALA_SQL = Kind(
    name="IMPALA_SQL",
    label="Impala SQL",
    family="sql",
    icon="database",
    mode="sql",
    shape="impalaSQLJobNode",
    programs=("impala-shell",),
    command=impala,
    about=_("Statements for Impala. Options for it stand in the environment as IMPALA_CLI_PARAMS."),
    settings=(ROW_LIMIT,),
    progress=readings.bar,
    rows=True,
)
STREAMING_SQL = Kind(
    name="STREAMING_SQL",
    label="Streaming SQL",
    family="sql",
    icon="waves-horizontal",
    mode="sql",
    shape="streamingSQLJobNode",
    programs=("streaming-sql",),
    homes=("SPARK_HOME",),
    command=streaming,
    about=_("Statements on streams, for streaming-sql: it runs until it is stopped."),
    outside={"yarn": readings.YARN_APPLICATION},
)
KYUUBI = Kind(
    name="KYUUBI",
    label="Kyuubi",
    family="sql",
    icon="database",
    mode="sql",
    shape="kyuubiJobNode",
    programs=("kyuubi-beeline", "beeline"),
    homes=("KYUUBI_HOME", "HIVE_HOME", "SPARK_HOME"),
    command=kyuubi,
    about=_("Statements for Kyuubi, by beeline."),
    settings=(
        ROW_LIMIT,
        Setting(SERVER[0].name, SERVER[0].label, default="jdbc:hive2://localhost:10009/default"),
        SERVER[1],
    ),
    outside={"yarn": readings.YARN_APPLICATION},
    rows=True,
)

ENGINES = (IMPALA_SQL, STREAMING_SQL, KYUUBI)
