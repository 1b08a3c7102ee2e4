"""What the attempts of a run share, and what the texts of their jobs become by it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from apps.engine.business import BUSINESS, business_notation
from apps.engine.params import Expander
from apps.flows.inputs import fill, spelled
from apps.flows.models import NodeRun, Run
from apps.flows.schedules import zone_of_run
from apps.jobs.graphs.results import result_path
from apps.jobs.kinds import arguments_style
from apps.jobs.logs import run_folder
from apps.jobs.models import Frozen, Job
from apps.jobs.programs import HOMES
from apps.jobs.variables import read_variables
from apps.lib.ids import spell
from apps.lib.sealed import Unreadable
from apps.projects.models import Variable

#: What a job gets from the service's own environment: nothing of our settings.
INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "JAVA_HOME",
    *HOMES,
)
#: What a context is made from: whole runs, flows and projects would cost as much again.
OF_RUN = (
    *("uid", "job", "name", "nominal_at", "created_at", "params"),
    *("project__time_zone", "flow__params", "flow__schedule__time_zone"),
)


@dataclass(frozen=True, slots=True)
class RunContext:
    """What all attempts of a run share."""

    uid: int
    project_id: int
    name: str
    nominal_at: datetime
    zone: ZoneInfo
    #: The day on which the run was made, there.
    made_on: date
    #: What was given for one node of this run, by ordinal.
    node_params: dict[int, dict[str, str]]
    run_params: dict[str, str]
    flow_params: dict[str, str]
    #: The custom variables of jobs that have some, by the job's primary key.
    job_variables: dict[int, dict[str, str]]
    project_variables: dict[str, str]
    #: Values that must not be seen by others on the host.
    secrets: tuple[str, ...]
    env: dict[str, str]
    #: Variables of the project, and jobs with variables, that are sealed with a key that is not here.
    unreadable: frozenset[str | int] = frozenset()


def run_context(run_id: int) -> RunContext:
    run = Run.objects.select_related("project", "flow__schedule").only(*OF_RUN).get(pk=run_id)
    zone = zone_of_run(run)
    variables = Variable.objects.filter(project=run.project)
    texts = _job_variables(run)
    of_jobs = {pk: read_variables(text) for pk, text in texts.items()}
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    given = json.loads(run.secret_params) if run.secret_params else {}
    inputs = NodeRun.objects.filter(run=run, inputs__isnull=False).values_list("ordinal", "inputs")
    return RunContext(
        uid=run.uid,
        project_id=run.project_id,
        name=run.name,
        nominal_at=run.nominal_at,
        zone=zone,
        made_on=run.created_at.astimezone(zone).date(),
        node_params={ordinal: texts_of(given or {}) for ordinal, given in inputs},
        run_params=texts_of(run.params | given),
        flow_params=texts_of(run.flow.params if run.flow else {}),
        job_variables={pk: {variable.name: variable.value for variable in of} for pk, of in of_jobs.items()},
        project_variables={variable.name: variable.value for variable in variables},
        secrets=(
            *(one.value for one in variables if one.secret and one.value),
            *(value for value in texts_of(given).values() if value),
            *(one.value for of in of_jobs.values() for one in of if one.secret and one.value),
        ),
        # Without SHELL bash looks the user up each time it starts.
        env={"SHELL": "/bin/sh"}
        | inherited
        | {"HEADRACE_RUN": spell(run.uid), "HEADRACE_NOMINAL_TIME": run.nominal_at.isoformat()},
        unreadable=frozenset(
            (
                *(one.name for one in variables if isinstance(one.value, Unreadable)),
                *(pk for pk, text in texts.items() if isinstance(text, Unreadable)),
                *(run.params if isinstance(run.secret_params, Unreadable) else ()),
            )
        ),
    )


def _job_variables(run: Run) -> dict[int, str]:
    jobs = Job.objects.filter(Q(pk=run.job_id) | Q(used_by__flow=run.flow_id)).exclude(variables_text="")
    return dict(jobs.values_list("pk", "variables_text"))


def filled_of(context: RunContext, ordinal: int, node: dict[str, Any]) -> dict[str, list[str]]:
    """The values of the node's declared parameters. Raises JobError when a task before left none."""
    given = context.node_params.get(ordinal, {})
    return fill(node, given, lambda task: result_path(run_folder(context.uid), task))


def with_inputs(
    context: RunContext,
    ordinal: int,
    node: dict[str, Any],
    filled: dict[str, list[str]],
    fresh: Mapping[int, Mapping[str, Any]] = MappingProxyType({}),
) -> RunContext:
    """The context in which the node's declared parameters are what its content will hold.

    What is in `fresh` was left by nodes and is not stored yet.
    """
    taken = _taken(context, node, fresh)
    if not filled and not taken:
        return context
    given = taken | context.node_params.get(ordinal, {}) | spelled(node, filled)
    return replace(context, node_params=context.node_params | {ordinal: given})


def _taken(
    context: RunContext, node: dict[str, Any], fresh: Mapping[int, Mapping[str, Any]]
) -> dict[str, str]:
    """What the node takes of the outputs of nodes before it, as text: the parts of a list with commas."""
    takes: dict[str, list[Any]] = node.get("takes", {})
    if not takes:
        return {}
    rows = NodeRun.objects.filter(run__uid=context.uid, ordinal__in={source for source, _ in takes.values()})
    left: dict[int, Any] = {**dict(rows.values_list("ordinal", "outputs")), **fresh}
    found = {name: (left.get(source) or {}).get(output) for name, (source, output) in takes.items()}
    return {name: _listed(value) for name, value in found.items() if value is not None}


def _listed(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def expander_of(
    context: RunContext, ordinal: int, settings: dict[str, Any], kind_name: str, job: int | None
) -> Expander:
    """What replaces the parameters in a node with these frozen settings."""
    given = context.node_params.get(ordinal, {})
    params = {**context.job_variables.get(job or 0, {}), **object_of(settings["params"])}
    return expander_for(context, params, kind_name, given=given, notation=settings.get("notation", ""))


def expander_for(
    context: RunContext,
    params: Mapping[str, str],
    kind_name: str,
    *,
    given: Mapping[str, str] | None = None,
    notation: str = "",
) -> Expander:
    """What replaces the parameters in a job with these `params`: the strongest source first."""
    sources: dict[str, Mapping[str, str]] = {
        "node": given or {},
        "run": context.run_params,
        "flow": context.flow_params,
        "job": params,
        "project": context.project_variables,
    }
    if notation != BUSINESS:
        return Expander(sources, context.nominal_at, context.zone)
    # A nearer level wins, and a farther one can still be named.
    named = {f"workflow.{name}": value for name, value in context.flow_params.items()}
    named |= {f"workspace.{name}": value for name, value in context.project_variables.items()}
    written = business_notation(today=context.made_on, program=bool(arguments_style(kind_name)))
    return Expander({**sources, "levels": named}, context.nominal_at, context.zone, written)


def arguments_of(
    values: Expander, kind_name: str, settings: dict[str, Any], given: Iterable[str]
) -> tuple[str, ...]:
    """What the program gets on its command line: its parameters in the order of their names."""
    style = arguments_style(kind_name) if settings.get("notation") == BUSINESS else ""
    if not style:
        return ()
    names = sorted({*object_of(settings["params"]), *given})
    if style == "pairs":
        return tuple(f"{name}={values.value(name)}" for name in names)
    return tuple(word for name in names for word in values.value(name).split())


@lru_cache(maxsize=256)
def frozen_of(digest: str) -> tuple[str, dict[str, Any]]:
    """Content and settings of a frozen job."""
    frozen = Frozen.objects.get(pk=digest)
    return frozen.content, frozen.settings


@lru_cache(maxsize=256)
def object_of(text: str) -> Mapping[str, str]:
    """A JSON object of scalars as texts; the forms and gateways let nothing else in."""
    return texts_of(json.loads(text)) if text else {}


def texts_of(values: Mapping[str, Any]) -> dict[str, str]:
    """JSON values as the texts that contents get."""
    return {
        str(name): value if isinstance(value, str) else json.dumps(value) for name, value in values.items()
    }
