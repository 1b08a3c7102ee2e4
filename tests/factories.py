"""Rows for tests, made through the product's own actions: plain functions with defaults."""

from __future__ import annotations

import itertools
from typing import Any

from apps.engine.drafts import END, JOB, START, EdgeDraft, FlowDraft, NodeDraft
from apps.engine.layout import draft_to_graph_text
from apps.flows.actions import create_flow
from apps.flows.models import Flow
from apps.jobs.actions import create_job
from apps.jobs.models import Job
from apps.projects.actions import add_member, create_project
from apps.projects.models import Project, Role, User

_numbers = itertools.count(1)


def make_user(username: str = "", **fields: Any) -> User:
    return User.objects.create_user(username or f"user{next(_numbers)}", password="pass-word-42", **fields)


def make_project(owner: User | None = None, name: str = "", **fields: Any) -> Project:
    return create_project(name=name or f"project {next(_numbers)}", by=owner or make_user(), **fields)


def make_member(project: Project, role: str = Role.EDITOR) -> User:
    """A new user with that role in the project."""
    user = make_user()
    add_member(project, user_name=user.username, role=role, by=project.owner)
    return user


def make_job(project: Project | None = None, name: str = "", *, kind: str = "SHELL", **fields: Any) -> Job:
    project = project or make_project()
    fields.setdefault("content", "true")
    return create_job(project, name=name or f"job {next(_numbers)}", kind=kind, by=project.owner, **fields)


def make_flow(
    project: Project | None = None,
    flow_name: str = "",
    *,
    jobs: dict[str, Job | dict[str, Any]] | None = None,
    settings: dict[str, Any] | None = None,
    **parents: list[str],
) -> Flow:
    """A flow whose nodes are named by their parents: `make_flow(a=[], b=["a"], c=["a", "b"])`.

    Each node gets a job of its own that runs `true`; `jobs` gives others, as a Job or as
    the fields of one: `make_flow(a=[], jobs={"a": {"content": "exit 1", "max_retry": 2}})`.
    """
    project = project or make_project()
    made: dict[str, Job] = {}
    for node in parents:
        given = (jobs or {}).get(node, {})
        made[node] = given if isinstance(given, Job) else make_job(project, node, **given)
    return flow_of(parents, made, project, flow_name, **(settings or {}))


def flow_of(
    parents: dict[str, list[str]], jobs: dict[str, Job], project: Project, name: str = "", **settings: Any
) -> Flow:
    """The same from a dict of parents and the job of each node."""
    name = name or f"flow {next(_numbers)}"
    return create_flow(project, name=name, graph=graph_text(parents, jobs), by=project.owner, **settings)


def graph_text(parents: dict[str, list[str]], jobs: dict[str, Job]) -> str:
    """EMR Graph JSON of these nodes between START and END; a node that has no job stays without."""
    nodes = [NodeDraft("START", START, START), NodeDraft("END", END, END)]
    for name in parents:
        job = jobs.get(name)
        nodes.append(NodeDraft(name, JOB, job.kind if job else "SHELL", name, f"FJ-{job.ref}" if job else ""))
    last = set(parents).difference(*parents.values())
    pairs = [(parent, node) for node, above in parents.items() for parent in above or ["START"]]
    pairs += [(node, "END") for node in parents if node in last]
    edges = [EdgeDraft(f"{source}-{target}", source, target) for source, target in pairs]
    return draft_to_graph_text(FlowDraft(tuple(nodes), tuple(edges)))
