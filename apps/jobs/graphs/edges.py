"""Edges from CSV files: their columns by name or by place, vertices as they are spelled."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO


class Unusable(Exception):
    """The input cannot be worked on; the message says why to people."""


@dataclass(slots=True)
class Edges:
    """A directed multigraph: `names` of the vertices in the order of their first mention."""

    names: list[str] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    weights: list[float] | None = None
    numbers: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = {name: number for number, name in enumerate(self.names)}

    def vertex(self, name: str) -> int:
        """The number of a vertex, which is new when nobody mentioned it before."""
        number = self.numbers.setdefault(name, len(self.names))
        if number == len(self.names):
            self.names.append(name)
        return number

    def known(self, name: str) -> int:
        if name not in self.numbers:
            raise Unusable(f"vertex {name} is not in the graph")
        return self.numbers[name]

    def with_reverses(self) -> Edges:
        """The same with every edge also the other way round."""
        both = Edges(list(self.names), self.pairs + [(target, source) for source, target in self.pairs])
        both.weights = self.weights and self.weights * 2
        return both


def read_edges(
    files: Iterable[tuple[str, BinaryIO]], *, src: str = "", dst: str = "", weight: str = ""
) -> Edges:
    """The edges in CSV files with a header, given by name; without column names the first two count.

    Raises Unusable.
    """
    edges = Edges(weights=[] if weight else None)
    for name, file in files:
        with _text_of(name, file) as text:
            _read_file(edges, csv.reader(text), name, (src, dst, weight))
    if not edges.pairs:
        raise Unusable("there are no edges to work on")
    return edges


def _text_of(name: str, file: BinaryIO) -> io.TextIOWrapper:
    """A CSV file, gzipped or not; spreadsheets put a mark before the header."""
    plain: Any = gzip.GzipFile(fileobj=file) if name.endswith(".gz") else file
    return io.TextIOWrapper(plain, encoding="utf-8-sig", newline="")


def _read_file(edges: Edges, rows: Iterator[list[str]], name: str, columns: tuple[str, str, str]) -> None:
    header = next(rows, [])
    source, target, weight = _places(header, name, columns)
    last = max(place for place in (source, target, weight) if place is not None)
    for number, row in enumerate(rows, 2):
        if not row:
            continue
        if len(row) <= last:
            raise Unusable(f"line {number} of {name} has {len(row)} columns, fewer than the header")
        edges.pairs.append((edges.vertex(row[source]), edges.vertex(row[target])))
        if weight is not None and edges.weights is not None:
            edges.weights.append(_weight(row[weight], f"line {number} of {name}"))


def _places(header: Sequence[str], name: str, columns: tuple[str, str, str]) -> tuple[int, int, int | None]:
    if len(header) < 2:
        raise Unusable(f"{name} has {len(header)} columns; edges need two")
    src, dst, weight = columns
    for column in columns:
        if column and column not in header:
            raise Unusable(f"{name} has no column {column}; it has {', '.join(header)}")
    return (
        header.index(src) if src else 0,
        header.index(dst) if dst else 1,
        header.index(weight) if weight else None,
    )


def _weight(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise Unusable(f"the weight in {where} is {text!r}; it must be a number from 0 on")
    return value
