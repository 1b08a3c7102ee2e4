"""Statements of the subset: each reads its words and answers a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from apps.jobs.graphs.standin.expressions import (
    Bound,
    Expression,
    NotUnderstood,
    Words,
    read_condition,
    read_value,
)
from apps.jobs.graphs.standin.rows import Edge, Space, Vertex


@dataclass(slots=True)
class Answer:
    columns: list[str]
    rows: list[list[Any]]


@dataclass(slots=True)
class Output:
    """What a YIELD or RETURN asks for."""

    columns: list[str]
    values: list[Expression]
    distinct: bool

    def of(self, found: Iterable[Bound]) -> Answer:
        rows = [[value(bound) for value in self.values] for bound in found]
        if self.distinct:
            rows = [row for number, row in enumerate(rows) if row not in rows[:number]]
        return Answer(self.columns, rows)


def evaluate(statement: str, spaces: dict[str, Space], space: str) -> tuple[Answer, str]:
    """The last statement's answer and the space that is used after it. Raises NotUnderstood."""
    words, answer = Words(statement), Answer([], [])
    while words.group != "end":
        if words.take("USE"):
            space = words.name()
            if space not in spaces:
                raise NotUnderstood(f"SpaceNotFound: SpaceName `{space}`")
            answer = Answer([], [])
        else:
            answer = _statement(words, spaces.get(space))
        if words.group != "end":
            words.need(";")
    return answer, space


def _statement(words: Words, space: Space | None) -> Answer:
    verb = words.need("YIELD", *STATEMENTS)
    if verb == "YIELD":
        answer = _output(words).of([{}])
    elif space is None:
        raise NotUnderstood("SemanticError: Space was not chosen.")
    else:
        answer = STATEMENTS[verb](words, space)
    while words.take("|"):
        _piped(words, answer)
    return answer


def _output(words: Words) -> Output:
    distinct = bool(words.take("DISTINCT"))
    columns: list[str] = []
    values: list[Expression] = []
    while not columns or words.take(","):
        start = words.at
        values.append(read_condition(words))
        spelled = "".join(word for _, word in words.words[start : words.at])
        columns.append(words.name() if words.take("AS") else spelled)
    return Output(columns, values, distinct)


def _piped(words: Words, answer: Answer) -> None:
    if words.take("LIMIT"):
        answer.rows = answer.rows[: words.number()]
        return
    words.need("ORDER"), words.need("BY")
    _order(words, answer, [{"$-": dict(zip(answer.columns, row, strict=True))} for row in answer.rows])


def _order(words: Words, answer: Answer, bounds: list[dict[str, Any]]) -> None:
    """Sort by one or more values, each up or down; null comes last."""
    keys: list[tuple[Expression, bool]] = []
    while not keys or words.take(","):
        key = read_value(words)
        keys.append((key, words.take("DESC", "ASC") == "DESC"))
    order = list(range(len(answer.rows)))
    for key, descending in reversed(keys):
        values = [key(bound) for bound in bounds]
        order.sort(key=lambda n: (values[n] is None, values[n]), reverse=descending)
    answer.rows = [answer.rows[number] for number in order]


def _where(words: Words) -> Expression:
    return read_condition(words) if words.take("WHERE") else lambda bound: True


def _texts(words: Words) -> list[str]:
    """The vertex ids that a statement names."""
    values: list[Any] = []
    while not values or words.take(","):
        values.append(read_value(words)({}))
    return [str(value) for value in values]


def _names(words: Words, known: set[str]) -> set[str]:
    if words.take("*"):
        return known
    names: set[str] = set()
    while not names or words.take(","):
        names.add(words.name())
    if names - known:
        raise NotUnderstood(f"SchemaNotFound: `{', '.join(sorted(names - known))}'")
    return names


def _fetch(words: Words, space: Space) -> Answer:
    words.need("PROP"), words.need("ON")
    tags, vids = _names(words, space.tag_names), _texts(words)
    words.need("YIELD")
    found = [space.vertices[vid] for vid in vids if vid in space.vertices]
    return _output(words).of(_bound(vertex) for vertex in found if tags & vertex.tags.keys())


def _lookup(words: Words, space: Space) -> Answer:
    words.need("ON")
    (tag,) = _names(words, space.tag_names)
    where = _where(words)
    words.need("YIELD")
    bounds = [_bound(vertex) for vertex in space.vertices.values() if tag in vertex.tags]
    return _output(words).of(bound for bound in bounds if where(bound))


def _bound(vertex: Vertex) -> dict[str, Any]:
    return {"vertex": vertex, **vertex.tags}


def _go(words: Words, space: Space) -> Answer:
    steps = words.number() if words.group == "number" else 1
    words.take("STEPS", "STEP")
    words.need("FROM")
    frontier = _texts(words)
    words.need("OVER")
    names = _names(words, space.edge_names)
    direction = words.take("REVERSELY", "BIDIRECT")
    where = _where(words)
    words.need("YIELD")
    output, walked = _output(words), []
    for _ in range(steps):
        walked = list(_steps(space, frontier, names, direction))
        frontier = list(dict.fromkeys(step["$$"].vid for step in walked))
    return output.of(step for step in walked if where(step))


def _steps(space: Space, frontier: list[str], names: set[str], direction: str) -> Iterator[dict[str, Any]]:
    for vid in frontier:
        for edge in space.edges:
            if edge.name not in names:
                continue
            ends = {"": [edge], "REVERSELY": [_turned(edge)], "BIDIRECT": [edge, _turned(edge)]}[direction]
            for step in ends:
                if step.src == vid:
                    held = {"edge": step, "$^": space.vertex(step.src), "$$": space.vertex(step.dst)}
                    yield held | {edge.name: edge}


def _turned(edge: Edge) -> Edge:
    return Edge(edge.name, edge.dst, edge.src, edge.properties)


@dataclass(slots=True)
class Pattern:
    """One `(v:tag {…})` or `-[e:edge]->` of a MATCH."""

    name: str
    label: str
    wanted: dict[str, Any]
    direction: str = ""

    def fits(self, label: str | Iterable[str], properties: dict[str, Any]) -> bool:
        labels = [label] if isinstance(label, str) else label
        same = all(properties.get(name) == value for name, value in self.wanted.items())
        return same and (not self.label or self.label in labels)


def _match(words: Words, space: Space) -> Answer:
    patterns = [_pattern(words, "(", ")")]
    while direction := words.take("-", "<-"):
        edge = _pattern(words, "[", "]")
        edge.direction = "<-" if direction == "<-" else words.need("->", "-")
        if direction == "<-":
            words.need("-")
        patterns += [edge, _pattern(words, "(", ")")]
    where = _where(words)
    words.need("RETURN")
    output = _output(words)
    bounds = [bound for bound in _walks(space, patterns) if where(bound)]
    answer = output.of(bounds)
    if words.take("ORDER"):
        words.need("BY")
        named = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        _order(
            words, answer, named if output.distinct else [b | n for b, n in zip(bounds, named, strict=True)]
        )
    if words.take("SKIP"):
        answer.rows = answer.rows[words.number() :]
    if words.take("LIMIT"):
        answer.rows = answer.rows[: words.number()]
    return answer


def _pattern(words: Words, start: str, end: str) -> Pattern:
    words.need(start)
    name = words.name() if words.group == "name" else ""
    label = words.name() if words.take(":") else ""
    wanted: dict[str, Any] = {}
    if words.take("{"):
        while not words.take("}"):
            if wanted:
                words.need(",")
            key = words.name()
            words.need(":")
            wanted[key] = read_value(words)({})
    words.need(end)
    return Pattern(name, label, wanted)


def _walks(space: Space, patterns: list[Pattern]) -> list[dict[str, Any]]:
    """Every way through the graph that the pattern describes; no edge is walked twice."""
    first = patterns[0]
    walks: list[tuple[Vertex, list[Edge], dict[str, Any]]] = [
        (vertex, [], {first.name: vertex})
        for vertex in space.vertices.values()
        if first.fits(vertex.tags, vertex.properties)
    ]
    for along, to in zip(patterns[1::2], patterns[2::2], strict=True):
        walks = [
            (vertex, [*walked, edge], bound | {along.name: edge, to.name: vertex})
            for here, walked, bound in walks
            for edge, vertex in _leaving(space, here, along)
            if not any(edge is other for other in walked)
            and to.fits(vertex.tags, vertex.properties)
            and (not to.name or bound.get(to.name, vertex) is vertex)
        ]
    return [bound for _, _, bound in walks]


def _leaving(space: Space, here: Vertex, along: Pattern) -> Iterator[tuple[Edge, Vertex]]:
    for edge in space.edges:
        if not along.fits(edge.name, edge.properties):
            continue
        if along.direction in ("->", "-") and edge.src == here.vid:
            yield edge, space.vertex(edge.dst)
        if along.direction in ("<-", "-") and edge.dst == here.vid:
            yield edge, space.vertex(edge.src)


STATEMENTS: dict[str, Callable[[Words, Space], Answer]] = {
    "FETCH": _fetch,
    "LOOKUP": _lookup,
    "GO": _go,
    "MATCH": _match,
}
