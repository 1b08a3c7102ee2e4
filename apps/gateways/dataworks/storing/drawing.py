"""The drawing of a workflow: laid out when it is new, changed by operations when it is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from apps.drawings.actions import apply_operations
from apps.drawings.models import Document
from apps.engine.declared import KEY
from apps.engine.drafts import END, JOB, START, EdgeDraft, FlowDraft, NodeDraft, read_graph
from apps.engine.layout import COLUMN, ROW, draft_to_graph_text, shape_of
from apps.jobs.models import Job
from apps.lib.ids import read
from apps.projects.models import User

Pairs = Iterable[tuple[int, int]]


def job_uid(node: NodeDraft) -> int | None:
    return read(node.job.rpartition("-")[2]) if node.job else None


def draw(jobs: Sequence[Job], edges: Pairs) -> str:
    """EMR Graph JSON of the jobs between START and END. `edges` are pairs of places in `jobs`."""
    ids = [str(job.uid) for job in jobs]
    pairs = _framed(ids, [(ids[source], ids[target]) for source, target in edges])
    nodes = [NodeDraft("START", START, START), *map(_drawn, jobs), NodeDraft("END", END, END)]
    drawn = [EdgeDraft(f"{source}-{target}", source, target) for source, target in pairs]
    return draft_to_graph_text(FlowDraft(tuple(nodes), tuple(drawn)))


def redraw(
    document: Document,
    jobs: Sequence[Job],
    edges: Pairs,
    *,
    label: str,
    by: User | None,
    labels: Mapping[tuple[int, int], dict[str, Any]] = MappingProxyType({}),
) -> Document:
    """Bring an existing drawing to these jobs and edges; what stays keeps its place and its keys.

    `labels` are what stands on some of the edges, under our own key.
    """
    draft = read_graph(document.text)
    by_uid = {uid: node.id for node in draft.nodes if (uid := job_uid(node)) is not None}
    ids = [by_uid.get(job.uid, str(job.uid)) for job in jobs]
    ends = {kind: next((node.id for node in draft.nodes if node.type == kind), kind) for kind in (START, END)}
    inner = [(ids[source], ids[target]) for source, target in edges]
    wanted = dict.fromkeys(_framed(ids, inner, ends[START], ends[END]))
    held = {(ids[source], ids[target]): label for (source, target), label in labels.items()}
    ops = _ops(draft, dict(zip(ids, jobs, strict=True)), wanted, held)
    if not ops:
        return document
    return apply_operations(document, base_version=document.version, ops=ops, label=label, by=by)


def edges_between(draft: FlowDraft, nodes: Sequence[str]) -> set[tuple[int, int]]:
    """The drawn edges between these nodes, as pairs of their places."""
    places = {node: place for place, node in enumerate(nodes)}
    return {
        (places[edge.source], places[edge.target])
        for edge in draft.edges
        if edge.source in places and edge.target in places
    }


def _framed(
    ids: Sequence[str], inner: Sequence[tuple[str, str]], start: str = "START", end: str = "END"
) -> list[tuple[str, str]]:
    """The edges with START before what has nothing before it, and END after what has nothing after it."""
    below, above = {target for _, target in inner}, {source for source, _ in inner}
    first = [(start, each) for each in ids if each not in below]
    last = [(each, end) for each in ids if each not in above]
    return [*first, *inner, *last] if ids else [(start, end)]


def _ops(
    draft: FlowDraft,
    jobs: dict[str, Job],
    wanted: dict[tuple[str, str], None],
    labels: Mapping[tuple[str, str], dict[str, Any]],
) -> list[dict[str, Any]]:
    drawn = {node.id: node for node in draft.nodes}
    gone = {node.id for node in draft.nodes if node.type == JOB and node.id not in jobs}
    there = {(edge.source, edge.target): edge for edge in draft.edges}
    ops: list[dict[str, Any]] = [
        {"op": "remove_edge", "id": edge.id} for pair, edge in there.items() if pair not in wanted
    ]
    ops += [{"op": "remove_node", "id": node} for node in gone]
    new = [node for node in jobs if node not in drawn]
    places = _places(draft, new, wanted)
    ops += [{"op": "add_node", "node": _element(jobs[node], *places[node])} for node in new]
    ops += [
        {"op": "set", "of": "node", "id": node, "path": ["label"], "value": job.name}
        for node, job in jobs.items()
        if node in drawn and drawn[node].name != job.name
    ]
    taken = {edge.id for edge in draft.edges}
    for source, target in wanted:
        if (source, target) not in there:
            edge_id = f"{source}-{target}"
            while edge_id in taken:
                edge_id += "'"
            taken.add(edge_id)
            edge = {"id": edge_id, "source": source, "target": target, "sourceAnchor": 1, "targetAnchor": 0}
            own = {KEY: labels[source, target]} if (source, target) in labels else {}
            ops.append({"op": "add_edge", "edge": edge | own})
    return [*ops, *_label_ops(there, labels)]


def _label_ops(
    there: Mapping[tuple[str, str], EdgeDraft], labels: Mapping[tuple[str, str], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for pair, label in labels.items():
        if pair in there and there[pair].id and there[pair].attributes.get(KEY) != label:
            yield {"op": "set", "of": "edge", "id": there[pair].id, "path": [KEY], "value": label}


def _places(
    draft: FlowDraft, new: Sequence[str], wanted: Iterable[tuple[str, str]]
) -> dict[str, tuple[float, float]]:
    """A free place for each new node: a row below what it waits for."""
    known = {node.id: (node.x or 0.0, node.y or 0.0) for node in draft.nodes}
    taken = set(known.values())
    parents: dict[str, list[str]] = {node: [] for node in new}
    for source, target in wanted:
        if target in parents:
            parents[target].append(source)
    places: dict[str, tuple[float, float]] = {}
    for node in new:
        above = [known[parent] for parent in parents[node] if parent in known] or [(0.0, 0.0)]
        x, y = sum(place[0] for place in above) / len(above), max(place[1] for place in above) + ROW
        while any(abs(x - other[0]) < COLUMN and abs(y - other[1]) < ROW / 2 for other in taken):
            x += COLUMN
        places[node] = known[node] = (x, y)
        taken.add((x, y))
    return places


def _drawn(job: Job) -> NodeDraft:
    return NodeDraft(str(job.uid), JOB, job.kind, job.name, f"FJ-{job.ref}")


def _element(job: Job, x: float, y: float) -> dict[str, Any]:
    return {
        "id": str(job.uid),
        "type": "node",
        "shape": shape_of(job.kind),
        "size": "170*34",
        "x": x,
        "y": y,
        "label": job.name,
        "attribute": {"type": JOB, "jobId": f"FJ-{job.ref}", "jobType": job.kind},
        "config": {"hostName": ""},
    }
