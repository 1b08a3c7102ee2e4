"""A stored workflow as FlowSpec again: its document, with what was changed elsewhere written into it.

People move nodes, draw edges, rename jobs and change schedules on pages that know nothing of
documents. So a document is never given back as it lies there: each field that something else
owns is written over it, where it says something else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.engine.drafts import JOB, FlowDraft, UnreadableGraph, read_graph
from apps.flows.models import Flow, Schedule
from apps.gateways.dataworks.flowspec import NodeSpec, WorkflowSpec, read_stored
from apps.gateways.dataworks.flowspec.fields import dict_of, dicts_of, pick, put, text_of
from apps.gateways.dataworks.flowspec.references import node_reference
from apps.gateways.dataworks.storing import drawing, settings
from apps.gateways.dataworks.storing.folders import Paths
from apps.gateways.dataworks.storing.foreign import DIALECT
from apps.jobs.models import Job

VERSION = "1.1.0"
#: The longest name that a document may have.
LONGEST_NAME = 128


@dataclass
class Sources:
    """A workflow as JSON objects. `flow` has among its nodes only those that stand for others'."""

    envelope: dict[str, Any]
    flow: dict[str, Any]
    jobs: list[Job] = field(default_factory=list)
    nodes: list[dict[str, Any]] = field(default_factory=list)

    def read(self) -> WorkflowSpec:
        """What the sources say. The nodes that stand for others' come first."""
        return read_stored(self.flow, [*self.placeholders, *self.nodes])

    @property
    def placeholders(self) -> list[dict[str, Any]]:
        return dicts_of(self.flow.get("nodes"))

    def document(self, *, contents: bool = True) -> dict[str, Any]:
        nodes = [*self.placeholders, *(node if contents else _without_content(node) for node in self.nodes)]
        flow = self.flow | {"nodes": nodes, "dependencies": self.flow.get("dependencies", [])}
        spec = dict_of(self.envelope.get("spec")) | {"workflows": [flow]}
        return self.envelope | {"spec": spec}


def kind_of(flow: Flow) -> str:
    """CycleWorkflow or ManualWorkflow; a flow that was drawn here is the former when it has a schedule."""
    kept = flow.dialect_settings.get("kind") if flow.source_dialect == DIALECT else None
    if kept:
        return str(kept)
    return "CycleWorkflow" if getattr(flow, "schedule", None) else "ManualWorkflow"


def sources_of(flow: Flow) -> Sources:
    """The sources of a flow, up to date with its drawing, jobs and schedule."""
    paths = Paths(flow.project)
    draft = _draft(flow)
    drawn = [node for node in draft.nodes if node.type == JOB and drawing.job_uid(node) is not None]
    uids = [drawing.job_uid(node) for node in drawn]
    by_uid = {job.uid: job for job in Job.objects.filter(project_id=flow.project_id, uid__in=uids)}
    sources = Sources(*_stored(flow))
    ids: list[str] = []
    for node, uid in zip(drawn, uids, strict=True):
        job = by_uid.pop(uid or 0, None)  # a job that is drawn twice is one node
        if job is not None:
            sources.jobs.append(job)
            sources.nodes.append(_node_source(job, paths, node.name))
            ids.append(node.id)
    _tell_apart(sources)
    spec = sources.read()
    first = len(sources.placeholders)
    for job, source, said in zip(sources.jobs, sources.nodes, spec.nodes[first:], strict=True):
        _write_job(job, source, said)
    _write_edges(sources, spec, first, drawing.edges_between(draft, ids))
    _write_flow(flow, sources, spec, paths)
    return sources


def node_source(job: Job) -> dict[str, Any]:
    """The source of a node that is in no workflow."""
    source = _node_source(job, Paths(job.project), job.name)
    _write_job(job, source, read_stored({"name": job.name}, [source]).nodes[0])
    return source


def _stored(flow: Flow) -> tuple[dict[str, Any], dict[str, Any]]:
    envelope: dict[str, Any] = {}
    if flow.source_dialect == DIALECT and flow.source_text:
        envelope = json.loads(flow.source_text)
    if not envelope:
        kind = kind_of(flow)
        envelope = {"version": VERSION, "kind": kind, "spec": {"name": flow.name, "type": kind}}
    spec = dict_of(envelope.get("spec"))
    source = next(iter(dicts_of(spec.get("workflows"))), {"script": {"runtime": {"command": "WORKFLOW"}}})
    return envelope | {"spec": {key: value for key, value in spec.items() if key != "workflows"}}, source


def _draft(flow: Flow) -> FlowDraft:
    try:
        return read_graph(flow.document.text)
    except UnreadableGraph:
        return FlowDraft()


def _node_source(job: Job, paths: Paths, label: str) -> dict[str, Any]:
    """What the document says of the node, under the name that it is drawn with."""
    own = job.source_dialect == DIALECT
    source: dict[str, Any] = json.loads(job.source_text) if own and job.source_text else {}
    source.setdefault("id", str(job.uid))
    put(source, "name", (label or job.name)[:LONGEST_NAME])
    script = pick(source, "script")
    if not isinstance(script, dict):
        script = {}
        put(source, "script", script)
    if not own:
        script |= {"content": job.content, "runtime": {"command": job.kind}}
    script.setdefault("path", paths.of(job.folder_id, job.name))
    return source


def _tell_apart(sources: Sources) -> None:
    """A copy of a job has the id of the one it was copied from: it gets its own."""
    seen: set[str] = set()
    for job, source in zip(sources.jobs, sources.nodes, strict=True):
        if text_of(source["id"]) in seen:
            source["id"] = str(job.uid)
        seen.add(text_of(source["id"]))


#: A column, its field in a document, and how it is written there.
_WRITTEN: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("description", "description", str),
    ("max_retry", "rerunTimes", int),
    ("retry_interval", "rerunInterval", lambda seconds: seconds * 1000),
    ("recurrence", "recurrence", lambda value: str(value).capitalize()),
)


def _write_job(job: Job, source: dict[str, Any], node: NodeSpec) -> None:
    """What was changed of the job since the document was stored."""
    said = settings.job_fields(node)
    script = dict_of(pick(source, "script"))
    for column, name, write in _WRITTEN:
        if getattr(job, column) != said[column]:
            put(source, name, write(getattr(job, column)))
    if job.content != said["content"]:
        put(script, "code" if "code" in script else "content", job.content)
    if job.max_running_seconds != said["max_running_seconds"]:
        source |= {"timeout": job.max_running_seconds, "timeoutUnit": "SECONDS"}
    if (job.params_text or "{}") != (said["params_text"] or "{}"):
        _write_parameters(script, json.loads(job.params_text or "{}"))
    outputs = _outputs(source)
    if not any(text_of(pick(item, "data")) == text_of(source["id"]) for item in outputs):
        outputs.insert(0, _output(text_of(source["id"]), job.name, is_default=True))


def _write_parameters(script: dict[str, Any], values: dict[str, Any]) -> None:
    known = {text_of(pick(each, "name")): each for each in dicts_of(pick(script, "parameters"))}
    new = {"artifactType": "Variable", "scope": "NodeParameter", "type": "System"}
    rows = [(known.get(name) or {"name": name} | new) | {"value": value} for name, value in values.items()]
    put(script, "parameters", rows)


def _write_edges(sources: Sources, spec: WorkflowSpec, first: int, drawn: set[tuple[int, int]]) -> None:
    """Bring the dependencies to what is drawn: edges that were taken away, and new ones."""
    said = {(source - first, target - first) for source, target in spec.edges if min(source, target) >= first}
    if said == drawn:
        return
    real = spec.nodes[first:]
    names = [frozenset((node.id, node.name, *node.outputs)) for node in real]
    entries = dicts_of(pick(sources.flow, "dependencies", "flow"))
    for source, target in said - drawn:
        for entry in entries:
            if node_reference(pick(entry, "nodeId")) in (real[target].id, real[target].name):
                entry["depends"] = _but(pick(entry, "depends"), names[source], "output", "nodeId")
        inputs = dict_of(pick(sources.nodes[target], "inputs"))
        if pick(inputs, "nodeOutputs") is not None:
            put(inputs, "nodeOutputs", _but(pick(inputs, "nodeOutputs"), names[source], "data", "output"))
    for source, target in sorted(drawn - said):
        depend = {"type": "Normal", "output": real[source].id, "refTableName": real[source].name}
        entries.append({"nodeId": real[target].id, "depends": [depend]})
    put(sources.flow, "dependencies", entries)
    sources.flow.pop("flow", None)


def _but(items: Any, names: frozenset[str], *fields: str) -> list[Any]:
    """The items that name none of these."""
    return [
        item
        for item in dicts_of(items)
        if not any(node_reference(pick(item, name)) in names for name in fields)
    ]


def _write_flow(flow: Flow, sources: Sources, spec: WorkflowSpec, paths: Paths) -> None:
    source, path = sources.flow, paths.of(flow.folder_id, flow.name)
    source |= {"id": str(flow.uid), "name": flow.name}
    if flow.description != spec.description[: settings.LONGEST_DESCRIPTION]:
        source["description"] = flow.description
    script = pick(source, "script")
    if not isinstance(script, dict):
        script = {"runtime": {"command": "WORKFLOW"}}
        source["script"] = script
    if text_of(pick(script, "path")).strip("/ ") != path:
        put(script, "path", path)
    outer = dict_of(sources.envelope["spec"])
    if "name" in outer:
        outer["name"] = flow.name
    if "id" in outer:
        outer["id"] = str(flow.uid)
    _write_trigger(flow, source, spec)
    outputs = _outputs(source)
    declared = {text_of(pick(item, "data")) for item in outputs}
    for name, is_default in ((f"{flow.project.name}.{flow.name}", False), (str(flow.uid), True)):
        if name not in declared:
            outputs.insert(0, _output(name, flow.name, is_default=is_default))


def _write_trigger(flow: Flow, source: dict[str, Any], spec: WorkflowSpec) -> None:
    schedule: Schedule | None = getattr(flow, "schedule", None)
    said = settings.trigger_of(spec)
    if schedule is None or (schedule.cron, schedule.time_zone) == (
        said.cron,
        settings.zone_of(said.zone) or flow.project.time_zone,
    ):
        return
    trigger = dict_of(pick(source, "trigger")) | {"type": "Scheduler", "cron": schedule.cron}
    put(source, "trigger", trigger | {"timezone": schedule.time_zone})


def _outputs(source: dict[str, Any]) -> list[Any]:
    """The list of a source's node outputs, made where it is missing."""
    outputs = pick(source, "outputs")
    if not isinstance(outputs, dict):
        outputs = {}
        put(source, "outputs", outputs)
    items = outputs.get("nodeOutputs")
    if not isinstance(items, list):
        items = dicts_of(pick(outputs, "nodeOutputs", "nodeOutput", "outputs", "output"))
        outputs["nodeOutputs"] = items
    return items


def _output(name: str, label: str, *, is_default: bool) -> dict[str, Any]:
    return {"data": name, "artifactType": "NodeOutput", "refTableName": label, "isDefault": is_default}


def _without_content(node: dict[str, Any]) -> dict[str, Any]:
    script = pick(node, "script")
    if not isinstance(script, dict):
        return node
    return node | {"script": {key: value for key, value in script.items() if key not in ("content", "code")}}


def real_nodes(spec: WorkflowSpec) -> Sequence[NodeSpec]:
    """The nodes that are jobs here."""
    return [node for node in spec.nodes if not node.stands_for]
