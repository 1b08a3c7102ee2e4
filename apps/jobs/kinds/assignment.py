"""Assignment nodes of DataWorks: a script whose last line of output is a value for the nodes after it."""

from __future__ import annotations

import json

from apps.jobs.kinds import python, shell
from apps.jobs.kinds.contract import Command, JobError, Kind, Work

#: Lets everything through and keeps the last line; one program, so that nothing outlives the script.
_KEEP_LAST = """
set -o pipefail
out="$1"; shift
"$@" | awk -v out="$out" '{ print; fflush(); last = $0 } END { printf "%s", last > out }'
"""


def command(work: Work) -> Command:
    """The content in the language that the node says: shell or Python. SQL needs a data source."""
    language = json.loads(work.settings.get("run_conf") or "{}").get("language", "")
    if language.startswith("python"):
        inner = python.command(work)
    elif language in ("", "shell", "shell-script", "sh", "bash"):
        inner = shell.command(work)
    else:
        raise JobError(f"assignments in {language} cannot be run here: write it in shell or Python")
    out = work.base.with_name(work.base.name + ".assigned")
    argv = [work.find("bash"), "-c", _KEEP_LAST, "assign", str(out), *inner.argv]
    return Command(argv, script=inner.script, env=inner.env)


ASSIGNMENT = Kind(
    name="CONTROLLER_ASSIGNMENT",
    label="CONTROLLER_ASSIGNMENT",
    family="control",
    icon="git-branch",
    mode="sh",
    shape="controlJobNode",
    programs=("bash",),
    command=command,
    offered=False,
)
