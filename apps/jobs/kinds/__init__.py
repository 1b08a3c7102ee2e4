"""The kinds of jobs. One file a kind, or a family of kinds: how a content becomes a command line.

`KINDS` maps the name to the kind, `OFFERED` are those that people are offered for a new
job, in that order. A kind without a runner is known all the same: it is stored, drawn and
given back, and a run of it fails naming it.
"""

from __future__ import annotations

from apps.jobs.kinds.contract import Command, JobError, Kind, Setting, Work
from apps.jobs.kinds.control import CONTROL
from apps.jobs.kinds.dataflow import DATAFLOW
from apps.jobs.kinds.dataworks import DATAWORKS
from apps.jobs.kinds.engines import ENGINES
from apps.jobs.kinds.flink import FLINK
from apps.jobs.kinds.graph import ALGORITHMS
from apps.jobs.kinds.hadoop import HADOOPS
from apps.jobs.kinds.hive import HIVE, HIVE_SQL
from apps.jobs.kinds.ngql import NGQL
from apps.jobs.kinds.presto import PRESTO_SQL, TRINO_SQL
from apps.jobs.kinds.python import PYTHON
from apps.jobs.kinds.shell import SHELL
from apps.jobs.kinds.spark import SPARKS

_OWN = (
    SHELL,
    PYTHON,
    *CONTROL,
    DATAFLOW,
    HIVE_SQL,
    *SPARKS,
    HIVE,
    *HADOOPS,
    FLINK,
    PRESTO_SQL,
    TRINO_SQL,
    *ENGINES,
    NGQL,
    *ALGORITHMS,
    *DATAWORKS,
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _OWN}
OFFERED: dict[str, Kind] = {name: kind for name, kind in KINDS.items() if kind.offered}

__all__ = ("KINDS", "OFFERED", "Command", "JobError", "Kind", "Setting", "Work", "arguments_style")


def arguments_style(kind_name: str) -> str:
    """How the kind takes parameters on its command line (see `Kind.arguments`)."""
    kind = KINDS.get(kind_name)
    return kind.arguments if kind else ""
