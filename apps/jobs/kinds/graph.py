"""Graph algorithms on edges from CSV files or from the result of a task before."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings

from apps.engine.declared import Input
from apps.jobs.graphs.parameters import PARAMETERS
from apps.jobs.kinds.contract import Command, JobError, Kind, Work
from apps.jobs.kinds.modules import module_command
from apps.jobs.storage import BadAddress, split_address

#: name -> label, icon
_LABELS = {
    "pagerank": ("PageRank", "chart-no-axes-column-decreasing"),
    "louvain": ("Louvain", "blend"),
    "connected_component": ("Connected components", "puzzle"),
    "sssp": ("Distances from a vertex", "ruler"),
    "shortest_path": ("Shortest path", "route"),
    "triangle_count": ("Triangle count", "triangle"),
}
_KEYS = frozenset({"edges", "src", "dst", "weight", "parameters"})
STARTER = """{
  "edges": "s3://bucket/folder",
  "src": "src",
  "dst": "dst",
  "weight": ""
}
"""


def command(algorithm: str, work: Work) -> Command:
    """The content says where the edges are: a folder of CSV files, or the id of a task before this one."""
    given = _settings(work.content)
    spec = {
        "algorithm": algorithm,
        "src": given.get("src", ""),
        "dst": given.get("dst", ""),
        "weight": given.get("weight", ""),
        "parameters": {**given.get("parameters", {}), **work.inputs},
        "result": str(work.result_of(work.task)),
        **_source(given.get("edges", ""), work),
    }
    return module_command(work, "apps.jobs.graphs.run", spec, **settings.HEADRACE_OBJECTS)


def _settings(content: str) -> dict[str, Any]:
    try:
        given = json.loads(content)
    except ValueError as error:
        raise JobError(f"its settings are not JSON: {error}") from None
    if not isinstance(given, dict) or not given.keys() <= _KEYS:
        raise JobError(f"its settings must be a JSON object with {', '.join(sorted(_KEYS))}")
    texts = (given.get(name, "") for name in ("edges", "src", "dst", "weight"))
    if not all(isinstance(text, str) for text in texts) or not isinstance(given.get("parameters", {}), dict):
        raise JobError("edges, src, dst and weight are texts, parameters is an object")
    return given


def _source(edges: str, work: Work) -> dict[str, Any]:
    if "://" in edges:
        try:
            bucket, prefix = split_address(edges)
        except BadAddress as error:
            raise JobError(f"its edges cannot be at {edges}: {error}") from None
        return {"bucket": bucket, "prefix": prefix}
    if not edges:
        raise JobError(
            'its settings name no edges: "edges" is an address like s3://bucket/folder or a task id'
        )
    path = work.result_of(edges)
    if not path.exists():
        raise JobError(f"task {edges} left no result in this run to take the edges from")
    return {"file": str(path)}


def _kind(algorithm: str) -> Kind:
    label, icon = _LABELS[algorithm]
    run: Callable[[Work], Command] = partial(command, algorithm)
    return Kind(
        name=f"GRAPH_{algorithm.upper()}",
        label=label,
        family="graph",
        icon=icon,
        mode="json",
        shape="graphJobNode",
        command=run,
        task=f"analytics_{algorithm}",
        inputs=tuple(
            Input(name, type, default=value) for name, (type, value) in PARAMETERS[algorithm].items()
        ),
        starter=STARTER,
    )


ALGORITHMS = tuple(_kind(algorithm) for algorithm in PARAMETERS)
