"""What CreateWorkflowInstances starts: which times, and with which parameters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from apps.engine import cron
from apps.engine.drafts import UnreadableGraph, read_graph
from apps.flows.models import Flow
from apps.gateways.dataworks.operations.definitions import CYCLE
from apps.gateways.dataworks.storing.drawing import job_uid
from apps.gateways.dataworks.storing.sources import kind_of
from apps.gateways.dataworks.wire.instances import flow_zone
from apps.gateways.dataworks.wire.parameters import read_pairs
from apps.gateways.dataworks.wire.times import scheduled_day
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.parameters import Parameters
from apps.jobs.models import Job
from apps.lib.errors import Invalid, Unsupported

#: One every five minutes of a day.
MOST_CYCLES = 288
DAY_START, DAY_END = "00:00:00", "23:59:59"


@dataclass(frozen=True)
class Period:
    """A business date, and the part of its day whose cycles are meant."""

    business_date: date
    start: str = DAY_START
    end: str = DAY_END


def read_period(p: Parameters) -> Period | None:
    """Periods, which may name one date; None when it is not given."""
    given = p.json_object("Periods")
    if not given:
        return None
    ranges = given.get("BizDates")
    if not isinstance(ranges, list) or not ranges or not all(isinstance(each, dict) for each in ranges):
        raise invalid_parameter("Periods", "BizDates must be a list of StartBizDate and EndBizDate")
    days = {_day(each.get(name)) for each in ranges for name in ("StartBizDate", "EndBizDate")}
    if len(days) > 1:
        raise Unsupported(
            "Periods: one business date is backfilled by a call; call again for each further date."
        )
    return Period(
        days.pop(), _clock(given.get("StartTime"), DAY_START), _clock(given.get("EndTime"), DAY_END)
    )


def times_of(flow: Flow, period: Period) -> list[datetime]:
    """The scheduled times of the flow that belong to the business date. Raises Invalid when there is none."""
    if kind_of(flow) != CYCLE:
        raise Invalid(f"{flow.name} is a manual workflow: there is nothing to backfill.", field="Type")
    zone = flow_zone(flow)
    first, end = scheduled_day(period.business_date, zone)
    schedule = getattr(flow, "schedule", None)
    if schedule is None:
        return [first]
    fires = cron.parse(schedule.cron).fires_after(first - timedelta(microseconds=1), zone)
    of_day = takewhile(lambda at: at < end, fires)
    wanted = (at for at in of_day if period.start <= f"{at.astimezone(zone):%H:%M:%S}" <= period.end)
    times = list(islice(wanted, MOST_CYCLES + 1))
    if not times:
        raise Invalid(
            f"The schedule of {flow.name} has no cycle for business date {period.business_date}.",
            field="Periods",
        )
    if len(times) > MOST_CYCLES:
        raise Unsupported(
            f"A day of {flow.name} has more than {MOST_CYCLES} cycles: give StartTime and EndTime."
        )
    return times


def check_properties(p: Parameters, flow: Flow) -> None:
    """Refuse what would run something else than the whole workflow now."""
    if (p.text("EnvType") or "Prod").strip().lower() != "prod":
        raise Unsupported("There is only the environment Prod.")
    if p.flag("AutoStartEnabled") is False:
        raise Unsupported("Instances start when they are made: AutoStartEnabled=false is not supported.")
    given = p.json_object("DefaultRunProperties") or {}
    if given.get("ExcludeTaskIds"):
        raise Unsupported("A workflow runs as a whole: ExcludeTaskIds is not supported.")
    chosen = {str(each) for name in ("RootTaskIds", "IncludeTaskIds") for each in given.get(name) or ()}
    everything = {str(pk) for pk in flow.uses.values_list("job_id", flat=True)}
    whole = given.get("Mode") == "AllDownstream" or str(flow.pk) in chosen
    if chosen and not whole and not everything <= chosen:
        raise Unsupported("A workflow runs as a whole: a choice of its tasks is not supported.")


def workflow_parameters(p: Parameters, flow: Flow) -> dict[str, Any]:
    """Values of the workflow's own parameters; a manual workflow's are also stronger than its nodes'."""
    values = read_pairs(p.text("WorkflowParameters") or "", "WorkflowParameters")
    named = {f"workflow.{name}": value for name, value in values.items()}
    return named if kind_of(flow) == CYCLE else values | named


def task_parameters(p: Parameters, flow: Flow) -> dict[str, dict[str, Any]]:
    """Parameters of single nodes, by the id of their node in the drawing."""
    given = p.json_object("TaskParameters") or {}
    if not given:
        return {}
    drawn = _drawn_by_task(flow)
    found: dict[str, dict[str, Any]] = {}
    for task, text in given.items():
        if task not in drawn:
            raise invalid_parameter("TaskParameters", f"{task} is no task of workflow {flow.name}")
        found[drawn[task]] = read_pairs(text if isinstance(text, str) else "", "TaskParameters")
    return found


def _drawn_by_task(flow: Flow) -> dict[str, str]:
    text = flow.published.drawing if flow.published else flow.document.text
    try:
        nodes = {uid: node.id for node in read_graph(text).nodes if (uid := job_uid(node)) is not None}
    except UnreadableGraph:
        return {}
    return {
        str(job.pk): nodes[job.uid] for job in Job.objects.filter(project_id=flow.project_id, uid__in=nodes)
    }


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise invalid_parameter("Periods", "a business date is written yyyy-mm-dd") from None


def _clock(value: Any, default: str) -> str:
    if not value:
        return default
    try:
        return f"{datetime.strptime(str(value), '%H:%M:%S'):%H:%M:%S}"
    except ValueError:
        raise invalid_parameter("Periods", "StartTime and EndTime are written hh:mm:ss") from None
