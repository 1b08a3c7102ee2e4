"""The programs of Hadoop whose content is their arguments: hadoop jar, pig and sqoop."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds import readings
from apps.jobs.kinds.contract import Command, Kind, Work
from apps.jobs.kinds.words import words_of

OUTSIDE = {"yarn": readings.YARN_APPLICATION, "mapreduce": readings.MAPREDUCE_JOB}
#: Tools of Sqoop that start a job of MapReduce.
_MOVERS = frozenset({"import", "import-all-tables", "import-mainframe", "export", "merge"})


def generic_options(work: Work) -> list[str]:
    """What every program of Hadoop that reads generic options is told about its jobs."""
    queue = [f"-Dmapreduce.job.queuename={work.queue}"] if work.queue else []
    return [f"-Dmapreduce.job.tags={work.tag}", *queue]


def jar(work: Work) -> Command:
    """The content is what follows `hadoop jar`: only its main class knows whether options may be added."""
    program = work.find("hadoop", "yarn")
    return Command([program, "jar", *words_of(work.content, "hadoop", "jar")])


def pig(work: Work) -> Command:
    """The content is the arguments of pig, which wants its -D options first."""
    return Command([work.find("pig"), *generic_options(work), *words_of(work.content, "pig")])


def sqoop(work: Work) -> Command:
    """The content is the arguments of sqoop: generic options follow the name of the tool."""
    tool, *rest = words_of(work.content, "sqoop")
    options = generic_options(work) if tool in _MOVERS else []
    return Command([work.find("sqoop"), tool, *options, *rest])


MR = Kind(
    name="MR",
    label="MapReduce",
    family="data",
    icon="boxes",
    mode="sh",
    shape="mrJobNode",
    programs=("hadoop", "yarn"),
    homes=("HADOOP_HOME",),
    command=jar,
    about=_("A job in a jar: what follows hadoop jar."),
    progress=readings.map_reduce,
    outside=OUTSIDE,
    starter="ossref://bucket/app.jar org.example.Main input output\n",
)
PIG = Kind(
    name="PIG",
    label="Pig",
    family="data",
    icon="piggy-bank",
    mode="sh",
    shape="pigJobNode",
    programs=("pig",),
    homes=("PIG_HOME",),
    command=pig,
    about=_("A Pig script: the arguments of pig."),
    progress=readings.complete,
    outside=OUTSIDE,
    starter="-x mapreduce ossref://bucket/script.pig\n",
)
SQOOP = Kind(
    name="SQOOP",
    label="Sqoop",
    family="data",
    icon="arrow-left-right",
    mode="sh",
    shape="sqoopJobNode",
    programs=("sqoop",),
    homes=("SQOOP_HOME",),
    command=sqoop,
    about=_("Tables between a database and Hadoop: the arguments of sqoop."),
    progress=readings.maps_only,
    outside=OUTSIDE,
    starter=(
        "import --connect jdbc:mysql://host/db --username user --table items --target-dir /items -m 1\n"
    ),
)

HADOOPS = (MR, PIG, SQOOP)
