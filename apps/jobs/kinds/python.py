from __future__ import annotations

from apps.jobs.kinds.contract import Command, Kind, Work
from apps.jobs.kinds.modules import UNBUFFERED


def command(work: Work) -> Command:
    """The content is a Python script for the host's own Python."""
    script = work.base.with_name(work.base.name + ".py")
    return Command(
        [work.find("python3", "python"), str(script), *work.arguments],
        script=(script, work.content),
        env=UNBUFFERED,
    )


PYTHON = Kind(
    name="PYTHON",
    label="Python",
    family="python",
    icon="code",
    mode="python",
    shape="pythonJobNode",
    programs=("python3", "python"),
    command=command,
    arguments="values",
)
