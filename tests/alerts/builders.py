"""Rows as the alerts find them, made without the machinery that makes them in earnest."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from itertools import count
from typing import Any

from apps.alerts.queries import due_deliveries
from apps.drawings.models import Document
from apps.engine.states import State
from apps.flows.models import Flow, NodeRun, Revision, Run, RunEvent
from apps.projects.models import Folder, Project, Tree

NOW = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)
_numbers = count(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_flow(project: Project, name: str = "Nightly report") -> Flow:
    folder, _made = Folder.objects.get_or_create(project=project, tree=Tree.FLOW, parent=None, name="Flows")
    document = Document.objects.create(project=project, text='{"nodes":[],"edges":[]}')
    return Flow.objects.create(project=project, folder=folder, name=name, document=document)


def make_run(flow: Flow, *, rules: list[dict[str, Any]] | None = None, **fields: Any) -> Run:
    """A run of `flow` whose revision froze `rules`."""
    number = next(_numbers)
    revision = Revision.objects.create(
        flow=flow, number=number, digest=str(number), drawing="{}", nodes=[], alert_rules=rules or []
    )
    given = {"state": State.FAILED, "nominal_at": NOW, "name": flow.name} | fields
    return Run.objects.create(project=flow.project, flow=flow, revision=revision, **given)


def make_node_run(run: Run, name: str = "extract", **fields: Any) -> NodeRun:
    given = {"state": State.FAILED, "exit_code": 3, "ended_at": NOW, "attempt": 1} | fields
    ordinal = run.node_runs.count()
    return NodeRun.objects.create(
        run=run, project=run.project, ordinal=ordinal, node=f"n{ordinal}", name=name, kind="SHELL", **given
    )


def happen(run: Run, kind: str, node_run: NodeRun | None = None, **detail: Any) -> RunEvent:
    """An event as the engine's recorder leaves it in the outbox."""
    return RunEvent.objects.create(
        run=run, seq=run.events.count() + 1, kind=kind, node_run=node_run, at=NOW, detail=detail, pending=True
    )


def rule(event: str, *, people: Any = (), robots: Any = (), enabled: bool = True) -> dict[str, Any]:
    """One rule as a flow keeps it; groups are given as rows or as ids."""
    return {
        "event": event,
        "enabled": enabled,
        "user_groups": [getattr(group, "biz_id", group) for group in people],
        "dingtalk_groups": [getattr(group, "biz_id", group) for group in robots],
    }


def has_work(now: datetime) -> bool:
    """Whether the task that drains and sends would find something to do."""
    return RunEvent.objects.filter(pending=True).exists() or due_deliveries(now).exists()
