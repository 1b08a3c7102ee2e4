"""A plan: what a data flow comes to once it is checked. Steps in an order in which they can run.

A plan is plain data. It travels to the process that runs it as JSON, and holds no name
or type that was not checked when it was made.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from apps.jobs.dataflow.fields import Type

VERSION = 1


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Step:
    """One node: `inputs` are places of earlier steps, `columns` what comes out of it.

    `options` is what the operation needs beyond that; see the function of its name in `frames`.
    """

    node: str
    name: str
    type: str
    inputs: tuple[int, ...]
    columns: tuple[Column, ...]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def is_source(self) -> bool:
        return self.type.startswith("SOURCE_")

    @property
    def is_target(self) -> bool:
        return self.type.startswith("TARGET_")


@dataclass(frozen=True, slots=True)
class Plan:
    steps: tuple[Step, ...]

    @property
    def targets(self) -> list[int]:
        return [place for place, step in enumerate(self.steps) if step.is_target]

    def below(self, target: int) -> dict[int, int]:
        """How many ways lead from each step to `target`: a step with two is read twice."""
        ways = {target: 1}
        for place in range(target, -1, -1):
            for parent in self.steps[place].inputs if place in ways else ():
                ways[parent] = ways.get(parent, 0) + (
                    1 if self.steps[place].options.get("hold") else ways[place]
                )
        return ways

    def to_json(self) -> str:
        return json.dumps(
            {"version": VERSION, "steps": [asdict(step) for step in self.steps]}, ensure_ascii=False
        )


def plan_from_json(text: str) -> Plan:
    found = json.loads(text)
    if found.get("version") != VERSION:
        raise ValueError(f"this is a plan of version {found.get('version')}, not {VERSION}")
    return Plan(tuple(_step(row) for row in found["steps"]))


def _step(row: dict[str, Any]) -> Step:
    columns = tuple(Column(each["name"], _type(each["type"])) for each in row["columns"])
    return Step(row["node"], row["name"], row["type"], tuple(row["inputs"]), columns, row["options"])


def _type(row: dict[str, Any]) -> Type:
    size: Sequence[int] | None = row["size"]
    return Type(row["name"], (size[0], size[1]) if size else None)
