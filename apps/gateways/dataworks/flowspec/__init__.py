"""FlowSpec: the documents in which DataWorks describes workflows and nodes. Pure, without Django.

A *document* is an envelope (version, kind) around a *spec*, which holds workflows with
their nodes, or nodes alone, and lists of shared things that nodes refer to. `read_document`
turns any generation of it (1.0.0 without the `spec` wrapper to 2.0.0) into one shape:
references are replaced by what they name, edges are merged from all the places where they
can be written, and units are ours. What was left out, or is kept without having an effect
here, is told as notes. What cannot be a document at all is refused with a SpecError.
"""

from __future__ import annotations

from apps.gateways.dataworks.flowspec.fields import Note, SpecError
from apps.gateways.dataworks.flowspec.model import (
    Document,
    External,
    NodeSpec,
    Strategy,
    Trigger,
    WorkflowSpec,
)
from apps.gateways.dataworks.flowspec.reading import read_document, read_stored
from apps.gateways.dataworks.flowspec.writing import merge

__all__ = (
    "Document",
    "External",
    "NodeSpec",
    "Note",
    "SpecError",
    "Strategy",
    "Trigger",
    "WorkflowSpec",
    "merge",
    "read_document",
    "read_stored",
)
