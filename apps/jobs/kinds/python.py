from __future__ import annotations

from apps.jobs.kinds.contract import Command, Kind, Work


def command(work: Work) -> Command:
    """The content is a Python script for the host's own Python."""
    script = work.base.with_name(work.base.name + ".py")
    return Command(
        [work.find("python3", "python"), str(script), *work.arguments],
        script=(script, work.content),
        # The log is read while the job runs: lines must not wait in a buffer.
        env={"PYTHONUNBUFFERED": "1"},
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
