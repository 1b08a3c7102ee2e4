"""The vertices and edges of the stand-in: `<space>/tag.<name>.csv` and `<space>/edge.<name>.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Properties = dict[str, Any]


@dataclass(slots=True)
class Vertex:
    vid: str
    tags: dict[str, Properties] = field(default_factory=dict)

    @property
    def properties(self) -> Properties:
        return {name: value for tag in self.tags.values() for name, value in tag.items()}


@dataclass(slots=True)
class Edge:
    name: str
    src: str
    dst: str
    properties: Properties


class Space:
    def __init__(self, folder: Path) -> None:
        self.vertices: dict[str, Vertex] = {}
        self.edges: list[Edge] = []
        for path in sorted(folder.glob("tag.*.csv")):
            for row in _rows(path):
                vertex = self.vertex(row.pop("vid"))
                vertex.tags[path.name.split(".")[1]] = _typed(row)
        for path in sorted(folder.glob("edge.*.csv")):
            for row in _rows(path):
                src, dst = row.pop("src"), row.pop("dst")
                self.edges.append(Edge(path.name.split(".")[1], src, dst, _typed(row)))

    def vertex(self, vid: str) -> Vertex:
        """The vertex, which an edge may name without its having a tag."""
        return self.vertices.setdefault(vid, Vertex(vid))

    @property
    def tag_names(self) -> set[str]:
        return {tag for vertex in self.vertices.values() for tag in vertex.tags}

    @property
    def edge_names(self) -> set[str]:
        return {edge.name for edge in self.edges}


def read_spaces(folder: Path) -> dict[str, Space]:
    return {path.name: Space(path) for path in sorted(folder.iterdir()) if path.is_dir()}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _typed(row: dict[str, str]) -> Properties:
    return {name: _value(text) for name, text in row.items()}


def _value(text: str) -> Any:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text or None
