"""What each parameter of a job becomes on a date that one chooses: the date-parameter lab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.engine.business import BUSINESS
from apps.flows.contexts import RunContext, expander_for, texts_of
from apps.flows.models import Flow, Schedule
from apps.flows.schedules import zone_of
from apps.jobs.masks import MASK
from apps.jobs.models import Job
from apps.jobs.variables import HIDDEN, read_variables
from apps.projects.models import Variable


@dataclass(frozen=True, slots=True)
class Row:
    """An expression with what it becomes (None: it stays), whose it is, and how a parameter is written.

    `wrong` is one that looks like a time and is none.
    """

    expression: str
    value: str | None
    source: str
    written: str = ""
    wrong: bool = False


@dataclass(frozen=True)
class Lab:
    """A flow at a nominal time, ready to look up the parameters of any of its jobs."""

    context: RunContext

    @property
    def at(self) -> datetime:
        return self.context.nominal_at.astimezone(self.context.zone)

    def rows(self, job: Job, params: Mapping[str, Any], content: str) -> list[Row]:
        """What the content mentions, then what parameters have times in them; each once."""
        notation = BUSINESS if job.source_dialect == BUSINESS else ""
        own = read_variables(job.variables_text) if job.variables_text else []
        custom = {one.name: HIDDEN if one.secret else one.value for one in own}
        values = expander_for(self.context, {**custom, **texts_of(params)}, job.kind, notation=notation)
        rows = [
            Row(
                one.expression,
                one.value,
                one.source,
                wrong=one.value is None and looks_like_time(one.expression),
            )
            for one in values.preview(content)
        ]
        rows += [
            Row(
                one.name,
                one.value,
                one.source,
                one.text,
                wrong="$" in one.value and looks_like_time(one.value),
            )
            for one in values.parameters()
            if "$" in one.text
        ]
        return rows


def lab_of(flow: Flow, at: datetime) -> Lab:
    """The lab of a flow as it is drawn, at the nominal time `at`; secrets are masked."""
    zone = zone_of(Schedule.objects.filter(flow=flow).first() or flow.project)
    variables = Variable.objects.filter(project=flow.project_id)
    return Lab(
        RunContext(
            uid=0,
            project_id=flow.project_id,
            name=flow.name,
            nominal_at=at,
            zone=zone,
            made_on=at.astimezone(zone).date(),
            node_params={},
            run_params={},
            job_variables={},
            flow_params=texts_of(flow.params),
            project_variables={one.name: MASK.decode() if one.secret else one.value for one in variables},
            secrets=(),
            env={},
        )
    )


def looks_like_time(text: str) -> bool:
    """`${yyyy-MM-dd-1w}` was meant as a time; `${HOME}` was not."""
    lower = text.lower()
    return "yyyy" in lower or "$[" in lower or "hh24" in lower
