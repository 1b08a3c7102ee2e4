from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from apps.config.acceptance import command_lines
from apps.engine.drafts import END, JOB, START, EdgeDraft, FlowDraft, NodeDraft
from apps.engine.layout import draft_to_graph_text
from apps.flows.actions import create_flow
from apps.flows.hosts import register_host
from apps.flows.models import Flow
from apps.flows.runs import submit_flow
from apps.jobs.actions import create_job
from apps.jobs.models import Job
from apps.projects.actions import create_project
from apps.projects.models import Project, User

DATA = Path(__file__).resolve().parents[2] / "demo"
PROJECT = "Demo"
FLOW = "orders of the year"
REGIONS = ("north", "east", "south", "west")
#: name -> (kind, file, description)
JOBS = {
    "extract": ("SHELL", "extract.sh", "Takes the year's order lines and refuses what is not one."),
    "split by region": ("SHELL", "split.sh", "Makes one file of each region."),
    **{
        f"aggregate {region}": ("PYTHON", "aggregate.py", f"Revenue of the {region} by month and item.")
        for region in REGIONS
    },
    "merge": ("PYTHON", "merge.py", "Puts the regions' results together."),
    "report": ("PYTHON", "report.py", "Prints the year on one page: read it in this node's log."),
}


class Command(BaseCommand):
    help = "Make the demo project: a flow that turns a year of order lines into a report."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--first-start", action="store_true", help="also run it once, and say nothing")
        parser.add_argument(
            "--acceptance",
            action="store_true",
            help="make what the acceptance clients need instead, and print how they are started",
        )

    def handle(self, *args: Any, first_start: bool, acceptance: bool, **options: Any) -> None:
        if acceptance:
            register_host()
            for line in command_lines():
                self.stdout.write(line)
            return
        if Project.objects.filter(name=PROJECT).exists():
            if not first_start:
                self.stdout.write(f"There is a project called {PROJECT} already; nothing was changed.")
            return
        register_host()
        owner = User.objects.filter(is_superuser=True).order_by("pk").first()
        with transaction.atomic():
            flow = make_demo(owner)
            if first_start:
                submit_flow(flow, by=owner)
        if not first_start:
            self.stdout.write(f"Project {PROJECT} is made; its flow is called “{FLOW}”.")


def make_demo(owner: User | None) -> Flow:
    """The demo project with its jobs and its flow, and its data below HEADRACE_HOME."""
    orders = Path(settings.HEADRACE_HOME) / "objects" / "demo" / "orders.csv"
    orders.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DATA / "orders.csv", orders)
    project = create_project(name=PROJECT, description="A first flow to run, change and break.", by=owner)
    jobs = {name: _job(project, name, orders, owner) for name in JOBS}
    return create_flow(
        project,
        name=FLOW,
        description="Extracts a year of order lines, works on four regions side by side and prints a report.",
        graph=draft_to_graph_text(_draft(jobs)),
        # Seconds that the steps take beyond their work, so that one can watch.
        params={"pace": "0.6", "day": "${yyyy-MM-dd}"},
        by=owner,
    )


def _job(project: Project, name: str, orders: Path, owner: User | None) -> Job:
    kind, file, description = JOBS[name]
    params, env = {}, {}
    if name.startswith("aggregate "):
        params["region"] = name.removeprefix("aggregate ")
    if name == "extract":
        env["ORDERS"] = str(orders)
    content = (DATA / file).read_text()
    return create_job(
        project,
        name=name,
        kind=kind,
        description=description,
        content=content,
        params_text=_json(params),
        env_text=_json(env),
        max_retry=1,
        retry_interval=5,
        by=owner,
    )


def _json(values: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": "{value}"' for name, value in values.items()) + "}" if values else ""


def _draft(jobs: dict[str, Job]) -> FlowDraft:
    places = {"extract": (560, 160), "split by region": (560, 250), "merge": (560, 430), "report": (560, 520)}
    places |= {f"aggregate {region}": (275 + 190 * n, 340) for n, region in enumerate(REGIONS)}
    nodes = [NodeDraft("start", START, START, x=560, y=70), NodeDraft("end", END, END, x=560, y=610)]
    for name, job in jobs.items():
        x, y = places[name]
        nodes.append(NodeDraft(_node_id(name), JOB, job.kind, name=name, job=f"FJ-{job.ref}", x=x, y=y))
    pairs = [("start", "extract"), ("extract", "split by region"), ("merge", "report"), ("report", "end")]
    for region in REGIONS:
        pairs += [("split by region", f"aggregate {region}"), (f"aggregate {region}", "merge")]
    ids = [(_node_id(source), _node_id(target)) for source, target in pairs]
    return FlowDraft(tuple(nodes), tuple(EdgeDraft(f"{s}-{t}", s, t) for s, t in ids))


def _node_id(name: str) -> str:
    return name.replace(" ", "-")
