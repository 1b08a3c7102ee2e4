"""What a document says, in our units and without its many spellings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from apps.gateways.dataworks.flowspec.fields import Note

Normal: Literal["Normal"] = "Normal"
DEPEND_TYPES = (
    "Normal",
    "CrossCycleDependsOnSelf",
    "CrossCycleDependsOnChildren",
    "CrossCycleDependsOnOtherNode",
)
KINDS = (
    "CycleWorkflow",
    "ManualWorkflow",
    "TriggerWorkflow",
    "TemporaryWorkflow",
    "Node",
    "ManualNode",
    "Component",
    "Resource",
    "Function",
    "DataSource",
    "Table",
    "DataQuality",
    "DataIntegrationJob",
    "PaiFlow",
    "Workflow",
    "BatchDeployment",
    "DataService",
    "DataCatalog",
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a workflow runs by itself. The times are local to `zone`; None is open."""

    kind: str = ""
    cron: str = ""
    start: datetime | None = None
    end: datetime | None = None
    zone: str = ""
    delay_seconds: int = 0

    @property
    def is_scheduled(self) -> bool:
        return bool(self.cron) and self.kind in ("", "Scheduler")


@dataclass(frozen=True, slots=True)
class Strategy:
    """How to go on when something fails. None means that the document does not say."""

    retries: int | None = None
    retry_seconds: int | None = None
    timeout_seconds: int | None = None
    rerun_mode: str = ""
    recurrence: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class External:
    """A dependency that is no edge inside the document. `node` is an ordinal; None is the whole workflow."""

    node: int | None
    name: str
    kind: str = Normal


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node. `source` is what the document says of it, its references replaced."""

    id: str
    name: str
    source: dict[str, Any]
    command: str = ""
    content: str = ""
    path: str = ""
    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    strategy: Strategy = field(default_factory=Strategy)
    trigger: Trigger = field(default_factory=Trigger)
    outputs: tuple[str, ...] = ()
    #: The output of a node elsewhere that this one only stands for.
    stands_for: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowSpec:
    """A workflow. `edges` are pairs of ordinals into `nodes`; `source` has no nodes in it."""

    id: str
    name: str
    source: dict[str, Any]
    command: str = ""
    path: str = ""
    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    strategy: Strategy = field(default_factory=Strategy)
    trigger: Trigger = field(default_factory=Trigger)
    outputs: tuple[str, ...] = ()
    nodes: tuple[NodeSpec, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    #: What is drawn on some of them (see `control.edge_labels`).
    labels: Mapping[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    externals: tuple[External, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """`envelope` is the document without its workflows and nodes."""

    version: str
    kind: str
    envelope: dict[str, Any]
    workflows: tuple[WorkflowSpec, ...] = ()
    notes: tuple[Note, ...] = ()
