"""The kinds of jobs. One file a kind: how its content becomes a command line.

`KINDS` maps the name to the kind, `OFFERED` are those that people are offered for a new
job, in that order. A kind whose runner is not built yet is known all the same: it is
stored, drawn and given back, and a run of it fails naming it.
"""

from __future__ import annotations

from apps.jobs.kinds.contract import Command, JobError, Kind, Work
from apps.jobs.kinds.dataflow import DATAFLOW
from apps.jobs.kinds.dataworks import DATAWORKS
from apps.jobs.kinds.graph import ALGORITHMS
from apps.jobs.kinds.known import KNOWN
from apps.jobs.kinds.ngql import NGQL
from apps.jobs.kinds.python import PYTHON
from apps.jobs.kinds.shell import SHELL

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (SHELL, PYTHON, DATAFLOW, NGQL, *ALGORITHMS, *KNOWN, *DATAWORKS)
}
OFFERED: dict[str, Kind] = {name: kind for name, kind in KINDS.items() if kind.offered}

__all__ = ("KINDS", "OFFERED", "Command", "JobError", "Kind", "Work", "arguments_style")


def arguments_style(kind_name: str) -> str:
    """How the kind takes parameters on its command line (see `Kind.arguments`)."""
    kind = KINDS.get(kind_name)
    return kind.arguments if kind else ""
