"""The kinds of jobs. One file a kind: how its content becomes a command line.

`KINDS` maps the name to the kind, in the order in which people are offered them. A kind
whose runner is not built yet is known all the same: it is stored, drawn and given back,
and a run of it fails naming it.
"""

from __future__ import annotations

from apps.jobs.kinds.contract import Command, JobError, Kind, Work
from apps.jobs.kinds.known import KNOWN
from apps.jobs.kinds.python import PYTHON
from apps.jobs.kinds.shell import SHELL

KINDS: dict[str, Kind] = {kind.name: kind for kind in (SHELL, PYTHON, *KNOWN)}

__all__ = ("KINDS", "Command", "JobError", "Kind", "Work")
