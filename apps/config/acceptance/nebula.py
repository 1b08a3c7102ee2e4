"""What the acceptance client of the Nebula dialect needs: a workflow, edges, and a stand-in to ask.

The stand-in (apps/jobs/graphs/standin) is a process of its own on this machine. It ends when
nobody has asked it for some hours; making the demo again starts it again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from apps.config.acceptance.stage import Stage
from apps.engine.declared import KEY
from apps.engine.drafts import END, JOB, START, EdgeDraft, FlowDraft, NodeDraft
from apps.engine.layout import draft_to_graph_text
from apps.flows.actions import create_flow
from apps.flows.models import Flow
from apps.gateways.models import ForeignId
from apps.gateways.nebula.finding import DIALECT, WORKFLOW
from apps.jobs.actions import create_job
from apps.jobs.graphs.standin.server import PASSWORD
from apps.jobs.models import Job
from apps.jobs.objects import store
from apps.projects.models import Connection, Project, User

DATA = Path(__file__).resolve().parent.parent / "demo" / "graph"
FLOW = "nebula_players"
CONNECTION = "stand-in"
SPACE = "basketball"
BUCKET = "social"
#: The number and the address that the vendor's page uses in its example.
NUMBER, KNOWN_AS = "4216617528", "192.168.8.111:9669"
IDLE_SECONDS = 12 * 3600

QUERY = """MATCH (v:player)-[e:follow]->(w:player)
WHERE v.player.name == "${name}"
RETURN id(w) AS id, w.player.name AS name, e.degree AS degree
"""
EDGES = f'{{"edges": "s3://{BUCKET}/follow", "src": "src", "dst": "dst", "weight": "degree"}}\n'
#: node id -> kind, job, content, what the node declares
NODES = {
    "query": ("NGQL", "whom a player follows", QUERY, {"task": "query_1", "inputs": [{"name": "name"}]}),
    "pagerank": ("GRAPH_PAGERANK", "who matters", EDGES, {"task": "analytics_pagerank_1"}),
    "path": (
        "GRAPH_SHORTEST_PATH",
        "ways to them",
        EDGES,
        {
            "task": "analytics_shortest_path_1",
            "inputs": [
                {"name": "src", "type": "list", "default": "player108"},
                {"name": "dst", "type": "list", "from": "query_1"},
            ],
        },
    ),
}
PAIRS = [("start", "query"), ("start", "pagerank"), ("query", "path"), ("path", "end"), ("pagerank", "end")]


def prepare(stage: Stage) -> list[str]:
    store().write(BUCKET, "follow/edge.follow.csv", (DATA / SPACE / "edge.follow.csv").read_bytes())
    flow = Flow.objects.filter(project=stage.project, name=FLOW).first()
    flow = flow or _make_flow(stage.project, stage.owner)
    ForeignId.objects.update_or_create(
        dialect=DIALECT, kind=WORKFLOW, text=NUMBER, defaults={"uid": flow.uid}
    )
    keep_standin(stage.project)
    key = stage.key
    return ["--nebula", stage.url, "--user", key.key_id, "--password", key.secret, "--workflow", NUMBER]


def keep_standin(project: Project) -> Connection:
    """The connection to the stand-in, which is started when it is not there."""
    connection, _made = Connection.objects.get_or_create(
        project=project,
        name=CONNECTION,
        defaults={
            "address": "127.0.0.1",
            "port": 0,
            "database": SPACE,
            "known_as": KNOWN_AS,
            "password": secrets.token_urlsafe(16),
        },
    )
    if not _listens(connection.port):
        connection.port = _start_standin(connection.password)
        connection.save(update_fields=["port"])
    return connection


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return port > 0
    return False


def _start_standin(password: str) -> int:
    """Start the stand-in in a session of its own. The port it listens on."""
    log = Path(settings.HEADRACE_HOME) / "standin.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "apps.jobs.graphs.standin.server"),
                *("--data", str(DATA), "--idle", str(IDLE_SECONDS), "--beside", str(settings.HEADRACE_HOME)),
            ],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ.get("PATH", os.defpath), PASSWORD: password},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout:
        return int(process.stdout.readline())


def _make_flow(project: Project, by: User | None) -> Flow:
    jobs = {
        node: create_job(project, name=name, kind=kind, content=content, run_conf_text=_run_conf(kind), by=by)
        for node, (kind, name, content, _declared) in NODES.items()
    }
    return create_flow(
        project,
        name=FLOW,
        description="Asks a graph whom a player follows, finds the ways to them, and ranks all players.",
        graph=_drawing(jobs),
        by=by,
    )


def _run_conf(kind: str) -> str:
    return f'{{"connection": "{CONNECTION}"}}' if kind == "NGQL" else ""


def _drawing(jobs: dict[str, Job]) -> str:
    nodes = [NodeDraft("start", START, START), *_drafts(jobs), NodeDraft("end", END, END)]
    edges = [EdgeDraft(f"{source}-{target}", source, target) for source, target in PAIRS]
    return draft_to_graph_text(FlowDraft(tuple(nodes), tuple(edges)))


def _drafts(jobs: dict[str, Job]) -> list[NodeDraft]:
    return [
        NodeDraft(
            node,
            JOB,
            kind,
            name=name,
            job=f"FJ-{jobs[node].ref}",
            attributes={KEY: declared},
        )
        for node, (kind, name, _content, declared) in NODES.items()
    ]
