"""The kinds of jobs. One file a kind, or a family of kinds: how a content becomes a command line.

A package of somebody else brings kinds by an entry point of the group `headrace.kinds`, which
loads to a `Kind` or a list of them; one that is broken is told and left out.

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
from apps.jobs.kinds.http import HTTP
from apps.jobs.kinds.ngql import NGQL
from apps.jobs.kinds.presto import PRESTO_SQL, TRINO_SQL
from apps.jobs.kinds.python import PYTHON
from apps.jobs.kinds.shell import SHELL
from apps.jobs.kinds.spark import SPARKS
from apps.jobs.kinds.sql import SQL
from apps.lib.plugins import plugins, refuse

GROUP = "headrace.kinds"

_OWN = (
    SHELL,
    PYTHON,
    SQL,
    HTTP,
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
for _point, _kind in plugins(GROUP, Kind):
    if _kind.name in KINDS:
        refuse(GROUP, _point, f"there is a kind {_kind.name} already")
    else:
        KINDS[_kind.name] = _kind
OFFERED: dict[str, Kind] = {name: kind for name, kind in KINDS.items() if kind.offered}

__all__ = ("KINDS", "OFFERED", "Command", "JobError", "Kind", "Setting", "Work", "arguments_style")


def arguments_style(kind_name: str) -> str:
    """How the kind takes parameters on its command line (see `Kind.arguments`)."""
    kind = KINDS.get(kind_name)
    return kind.arguments if kind else ""
