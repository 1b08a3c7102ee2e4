"""The algorithms' parameters by name, as `(type, default)`; None must be given.

The names are NebulaGraph Analytics' own, in lower case, because callers fill them by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from apps.jobs.graphs.edges import Unusable

DIRECTED = {"is_directed": ("boolean", "true")}
MODULARITY = {"is_calc_modularity": ("boolean", "false")}
CLEANING = {
    "removed_duplication_edge": ("boolean", "true"),
    "removed_self_edge": ("boolean", "true"),
}

PARAMETERS: dict[str, dict[str, tuple[str, str | None]]] = {
    "pagerank": {
        "iterations": ("number", "10"),
        **DIRECTED,
        "eps": ("number", "0.0001"),
        "damping": ("number", "0.85"),
    },
    "louvain": {
        **DIRECTED,
        "outer_iteration": ("number", "20"),
        "inner_iteration": ("number", "10"),
        **MODULARITY,
    },
    "connected_component": {**DIRECTED, **MODULARITY},
    "sssp": {"root": ("text", None)},
    "shortest_path": {"src": ("list", "100"), "dst": ("list", "200")},
    "triangle_count": {"opt": ("number", "3"), **CLEANING},
}


class Given:
    """The values of a run's parameters, read as what they are. Raises Unusable."""

    def __init__(self, algorithm: str, values: Mapping[str, Any]) -> None:
        self.known = PARAMETERS[algorithm]
        unknown = sorted(values.keys() - self.known.keys())
        if unknown:
            raise Unusable(
                f"{algorithm} has no parameter {', '.join(unknown)}; it has {', '.join(self.known)}"
            )
        self.values = values

    def text(self, name: str) -> str:
        value = self.values.get(name, self.known[name][1])
        if value is None or value == "":
            raise Unusable(f"the parameter {name} has no value: give one, or connect a task before this one")
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    def texts(self, name: str) -> list[str]:
        parts = [part.strip() for part in self.text(name).split(",")]
        return [part for part in parts if part]

    def flag(self, name: str) -> bool:
        value = self.text(name).lower()
        if value not in ("true", "false"):
            raise Unusable(f"the parameter {name} must be true or false, not {value}")
        return value == "true"

    def number(self, name: str, low: float, high: float = math.inf) -> float:
        try:
            value = float(self.text(name))
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            upper = "" if high == math.inf else f" to {high:g}"
            raise Unusable(
                f"the parameter {name} must be a number from {low:g}{upper}, not {self.text(name)}"
            )
        return value

    def whole(self, name: str, low: int, high: int = 1_000_000) -> int:
        value = self.number(name, low, high)
        if value != int(value):
            raise Unusable(f"the parameter {name} must be a whole number, not {self.text(name)}")
        return int(value)
