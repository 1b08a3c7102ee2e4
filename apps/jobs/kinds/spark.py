"""The programs of Spark: spark-submit, spark-sql and spark-shell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds import readings
from apps.jobs.kinds.contract import Command, Kind, Work
from apps.jobs.kinds.rows import ROW_LIMIT, shown_content
from apps.jobs.kinds.words import beside, option_value, option_words, statement_words, with_tag, words_of
from apps.jobs.outside.kubernetes import LABEL
from apps.jobs.sql.text import ENGINE

#: A first line with the names of the columns.
HEADED = ("--hiveconf", "hive.cli.print.header=true")
HOMES = ("SPARK_HOME",)
OUTSIDE = {"yarn": readings.YARN_APPLICATION, "spark": readings.SPARK_DRIVER}
#: A content that begins with an option and not with SQL, whose comments begin with two dashes too.
_OPTIONS = re.compile(r"\s*--?[A-Za-z]")


def submit(work: Work) -> Command:
    """The content is the arguments of spark-submit."""
    return Command([work.find("spark-submit"), *_on_cluster(work, words_of(work.content, "spark-submit"))])


def sql(work: Work) -> Command:
    """The content is SQL; in its older form it is the arguments of spark-sql (`-e …`, `-f …`)."""
    if arguments := _arguments(work.content):
        return Command([work.find("spark-sql"), *_on_cluster(work, arguments)])
    given, script = statement_words(work, shown_content(work, ENGINE))
    words = [*option_words(work, "SPARK_CLI_PARAMS"), *HEADED, *given]
    return Command([work.find("spark-sql"), *_on_cluster(work, words)], script=script, rows="hive")


def shell(work: Work) -> Command:
    """The content is Scala for spark-shell, which ends with it: its standard input is empty."""
    script = beside(work, ".scala")
    words = [*option_words(work, "SPARK_CLI_PARAMS"), "-i", str(script)]
    return Command([work.find("spark-shell"), *_on_cluster(work, words)], script=(script, work.content))


def _on_cluster(work: Work, words: Sequence[str]) -> list[str]:
    """Our own options first: of two that say the same, the author's own comes later and counts."""
    queue = ["--queue", work.queue] if work.queue else []
    return [*queue, *_mark(words, work.tag), *with_tag(words, "spark.yarn.tags", work.tag)]


def _mark(words: Sequence[str], tag: str) -> list[str]:
    """What a master other than YARN must be told, for the work to be found there and waited for."""
    master = option_value(words, "--master")
    if master.startswith("k8s://"):
        return ["--conf", f"spark.kubernetes.driver.label.{LABEL}={tag}"]
    if master.startswith("spark://") and option_value(words, "--deploy-mode") == "cluster":
        return ["--conf", "spark.standalone.submit.waitAppCompletion=true"]
    return []


def _arguments(content: str) -> list[str]:
    if not _OPTIONS.match(content):
        return []
    words = words_of(content, "spark-sql")
    return words if {"-e", "-f"} & set(words) else []


SPARK = Kind(
    name="SPARK",
    label="Spark",
    family="spark",
    icon="zap",
    mode="sh",
    shape="sparkJobNode",
    programs=("spark-submit",),
    homes=HOMES,
    command=submit,
    about=_("A Spark application: the arguments of spark-submit."),
    progress=readings.spark,
    outside=OUTSIDE,
    starter="--class org.example.Main --master yarn --deploy-mode client ossref://bucket/app.jar\n",
)
SPARK_STREAMING = Kind(
    name="SPARK_STREAMING",
    label="Spark Streaming",
    family="spark",
    icon="zap",
    mode="sh",
    shape="sparkStreamingJobNode",
    programs=("spark-submit",),
    homes=HOMES,
    command=submit,
    about=_("A Spark application that runs until it is stopped: the arguments of spark-submit."),
    outside=OUTSIDE,
    starter="--class org.example.Stream --master yarn --deploy-mode client ossref://bucket/app.jar\n",
)
SPARK_SQL = Kind(
    name="SPARK_SQL",
    label="Spark SQL",
    family="spark",
    icon="zap",
    mode="sql",
    shape="sparkSQLJobNode",
    programs=("spark-sql",),
    homes=HOMES,
    command=sql,
    about=_("Statements for spark-sql. Options for it stand in the environment as SPARK_CLI_PARAMS."),
    settings=(ROW_LIMIT,),
    progress=readings.spark,
    outside=OUTSIDE,
    rows=True,
)
SPARK_SHELL = Kind(
    name="SPARK_SHELL",
    label="Spark Shell",
    family="spark",
    icon="zap",
    mode="scala",
    shape="sparkShellJobNode",
    programs=("spark-shell",),
    homes=HOMES,
    command=shell,
    about=_("Scala, line by line, in spark-shell. Options stand in the environment as SPARK_CLI_PARAMS."),
    progress=readings.spark,
    outside=OUTSIDE,
)

SPARKS = (SPARK_SQL, SPARK, SPARK_STREAMING, SPARK_SHELL)
