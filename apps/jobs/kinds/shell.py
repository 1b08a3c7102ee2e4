from __future__ import annotations

from apps.jobs.kinds.contract import Command, Kind, Work


def command(work: Work) -> Command:
    """The content is a bash script."""
    script = work.base.with_name(work.base.name + ".sh")
    return Command([work.find("bash"), str(script), *work.arguments], script=(script, work.content))


SHELL = Kind(
    name="SHELL",
    label="Shell",
    family="shell",
    icon="terminal",
    mode="sh",
    shape="shellJobNode",
    programs=("bash",),
    command=command,
    arguments="pairs",
)
