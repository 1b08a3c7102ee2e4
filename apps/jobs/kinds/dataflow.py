"""Data flows: sources, transforms and targets of tables, run by Polars in a process of their own."""

from __future__ import annotations

from apps.jobs.dataflow.content import plan_of
from apps.jobs.dataflow.reading import Wrong
from apps.jobs.kinds.contract import Command, JobError, Kind, Work
from apps.jobs.kinds.modules import UNBUFFERED
from apps.jobs.modules import module_argv, module_env
from apps.jobs.objects import place

STARTER = """{
 "nodes": []
}
"""


def command(work: Work) -> Command:
    """The content is compiled here, with this run's values, and what is wrong with it said at once."""
    try:
        plan = plan_of(work.written, work.expand)
    except Wrong as error:
        raise JobError(f"this data flow cannot run: {error}") from None
    path = work.base.with_name(work.base.name + ".plan.json")
    return Command(
        module_argv("apps.jobs.dataflow.run", str(path)),
        script=(path, plan.to_json()),
        env={**module_env(), **UNBUFFERED, **place().environment()},
    )


DATAFLOW = Kind(
    name="DATAFLOW",
    label="Data flow",
    family="data",
    icon="table-properties",
    mode="json",
    shape="dataflowJobNode",
    command=command,
    starter=STARTER,
)
