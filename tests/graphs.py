"""Graphs of the shapes that matter, and flows drawn from them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from apps.flows.actions import create_flow
from apps.flows.models import Flow
from apps.jobs.models import Job
from apps.projects.actions import create_project, root_folder
from apps.projects.models import Project, Tree, User

Edges = Sequence[tuple[str, str]]


def chain(length: int) -> list[tuple[str, str]]:
    return [(f"n{k}", f"n{k + 1}") for k in range(length - 1)]


def fan(width: int) -> list[tuple[str, str]]:
    """1 → width → 1."""
    return [("first", f"m{k}") for k in range(width)] + [(f"m{k}", "last") for k in range(width)]


def layers(depth: int, width: int = 20) -> list[tuple[str, str]]:
    """Each node depends on three of the layer before."""
    return [
        (f"d{d - 1}-{(k + shift) % width}", f"d{d}-{k}")
        for d in range(1, depth)
        for k in range(width)
        for shift in (0, 7, 13)
    ]


def drawing(edges: Edges, jobs: dict[str, Job], default: Job | None = None) -> str:
    """EMR Graph JSON with START before what has no parent and END after what has no child."""
    names = list(dict.fromkeys([*(name for edge in edges for name in edge), *jobs]))
    sources, targets = {source for source, _ in edges}, {target for _, target in edges}
    pairs = list(dict.fromkeys(edges))
    pairs += [("start", name) for name in names if name not in targets]
    pairs += [(name, "end") for name in names if name not in sources]
    nodes: list[dict[str, object]] = [{"id": "start", "type": "node", "attribute": {"type": "START"}}]
    for place, name in enumerate(names):
        job = jobs.get(name, default)
        assert job is not None, name
        nodes.append(
            {
                "id": name,
                "type": "node",
                "label": name,
                "x": 200 * (place % 10),
                "y": 100 * (place // 10),
                "size": "170*34",
                "attribute": {"type": "JOB", "jobId": f"FJ-{job.ref}", "jobType": job.kind},
            }
        )
    nodes.append({"id": "end", "type": "node", "attribute": {"type": "END"}})
    drawn = [{"id": f"{s}>{t}", "source": s, "target": t} for s, t in pairs]
    return json.dumps({"nodes": nodes, "edges": drawn})


def make_drawn_flow(
    edges: Edges,
    *,
    by: User,
    project: Project | None = None,
    jobs: dict[str, Job] | None = None,
    content: str = "true",
) -> Flow:
    """A flow of these edges; a node without a job of its own runs `content` in a shell."""
    project = project or create_project(name=f"project {Project.objects.count()}", by=by)
    default = Job.objects.create(
        project=project, folder=root_folder(project, Tree.JOB), name="default", kind="SHELL", content=content
    )
    name = f"flow {Flow.objects.count()}"
    return create_flow(project, name=name, graph=drawing(edges, jobs or {}, default), by=by)
