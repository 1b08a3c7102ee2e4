"""The operations that an editor sends, and what each does to a drawing.

    {"op": "add_node", "node": {…}, "at": place}      {"op": "remove_node", "id": …}
    {"op": "add_edge", "edge": {…}, "at": place}      {"op": "remove_edge", "id": …}
    {"op": "move", "moves": [[id, x, y], …]}
    {"op": "set", "of": "node" | "edge", "id": …, "path": [key, …], "value": …}
    {"op": "unset", "of": …, "id": …, "path": […]}
    {"op": "set" or "unset", "of": "graph", "path": ["headrace", key, …]}   notes and groups: ours alone

An edge leads from a node that is there to one that is there. Only with `"loose": true` it need
not: so comes back an edge that led nowhere when it was removed.

A list of them is applied whole or not at all. An operation that does not fit raises an
OperationError with its place in the list; the drawing is then thrown away by the caller.
What was applied is stored with the spellings that it made disappear (see spellings.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from apps.drawings.document import Drawing, Element, Elements
from apps.drawings.spellings import Place, Spellings
from apps.drawings.splice import NoSuchPlace, Spelling, drop, is_odd, put, put_beside, spelling_at
from apps.engine.declared import KEY
from apps.engine.graph import MAX_ID

MAX_PATH = 16


class OperationError(ValueError):
    """An operation cannot be applied. `index` is its place in the list."""

    index = 0


class Malformed(OperationError):
    """It is not an operation."""


class Missing(OperationError):
    """It names a node or an edge that is not there (any more)."""


class Taken(OperationError):
    """It adds an id that is there already."""


class InUse(OperationError):
    """It removes a node to which edges still lead."""


class Editing:
    """A drawing while operations are applied to it.

    `done` are the operations as they are stored: with the spellings that they made disappear.
    """

    def __init__(self, text: str, spellings: Spellings) -> None:
        self.drawing = Drawing(text)
        self.spellings = spellings
        self.done: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        return self.drawing.text


def apply_ops(text: str, ops: Sequence[Any], spellings: Spellings | None = None) -> Editing:
    """What `text`, which must be readable, becomes by `ops`. Raises OperationError.

    Values that come back are written as `spellings` remembers them.
    """
    editing = Editing(text, spellings or Spellings())
    for index, op in enumerate(ops):
        try:
            _apply(editing, op)
        except OperationError as error:
            error.index = index
            raise
    return editing


def _apply(editing: Editing, op: Any) -> None:
    if not isinstance(op, dict):
        raise Malformed("An operation is an object with the key “op”.")
    do = OPERATIONS.get(op["op"]) if isinstance(op.get("op"), str) else None
    if do is None:
        raise Malformed(f"“op” must be one of {', '.join(OPERATIONS)}.")
    stored = {key: value for key, value in op.items() if key != "was"}
    was = do(editing, op)
    if was:
        stored["was"] = was
        editing.spellings.keep(stored)
    editing.done.append(stored)


def _add_node(editing: Editing, op: Mapping[str, Any]) -> None:
    _add(editing, editing.drawing.nodes, op, "node")


def _add_edge(editing: Editing, op: Mapping[str, Any]) -> None:
    if op.get("loose") is not True:
        _check_ends(editing.drawing, op.get("edge"))
    ends = editing.drawing.ends
    ends.update(_ends(_add(editing, editing.drawing.edges, op, "edge")))


def _add(editing: Editing, elements: Elements, op: Mapping[str, Any], word: str) -> dict[str, Any]:
    value, at = op.get(word), op.get("at")
    if not isinstance(value, dict):
        raise Malformed(f"“{word}” must be an object.")
    element_id = _text(value, "id")
    if len(element_id) > MAX_ID or "\0" in element_id:
        raise Malformed(f"The id of a {word} has at most {MAX_ID} characters.")
    if elements.get(element_id) is not None:
        raise Taken(f"There is a {word} “{element_id}” already.")
    if at is not None and (not isinstance(at, int) or isinstance(at, bool) or at < 0):
        raise Malformed("“at” must be a place in the list: 0 or more.")
    try:
        known = editing.spellings.of((word, element_id), value)
        elements.add(value, at, known.text if known else None)
    except ValueError as error:
        raise Malformed(f"“{word}” cannot be written as JSON: {error}.") from None
    return value


def _check_ends(drawing: Drawing, edge: Any) -> None:
    if isinstance(edge, dict):
        for end in ("source", "target"):
            _find(drawing.nodes, _text(edge, end), "node")


def _remove_node(editing: Editing, op: Mapping[str, Any]) -> str | None:
    node_id = _text(op, "id")
    _find(editing.drawing.nodes, node_id, "node")
    if editing.drawing.ends[node_id]:
        raise InUse(f"Node “{node_id}” still has edges; they are removed first.")
    return editing.drawing.nodes.remove(node_id)


def _remove_edge(editing: Editing, op: Mapping[str, Any]) -> str | None:
    edge_id = _text(op, "id")
    edge = _find(editing.drawing.edges, edge_id, "edge")
    editing.drawing.ends.subtract(_ends(edge.value))
    return editing.drawing.edges.remove(edge_id)


def _ends(edge: Mapping[str, Any]) -> list[str]:
    return [end for end in (edge.get("source"), edge.get("target")) if isinstance(end, str)]


def _move(editing: Editing, op: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    moves = op.get("moves")
    if not isinstance(moves, list):
        raise Malformed("“moves” must be a list of [id, x, y].")
    was: dict[str, dict[str, str]] = {}
    for move in moves:
        match move:
            case [str() as node_id, int() | float() as x, int() | float() as y] if _numbers(x, y):
                old = _move_node(editing, node_id, x, y)
                was[node_id] = old | was.get(node_id, {})
            case _:
                raise Malformed("A move is [id, x, y].")
    return {node_id: old for node_id, old in was.items() if old}


def _move_node(editing: Editing, node_id: str, x: float, y: float) -> dict[str, str]:
    """Put a node at a place; how the numbers before were written, where that is worth remembering."""
    nodes = editing.drawing.nodes
    node = _find(nodes, node_id, "node")
    known = editing.spellings.of
    values = {key: (value, known(("node", node_id, key), value)) for key, value in (("x", x), ("y", y))}
    try:
        text, olds = put_beside(node.text, values)
    except ValueError:
        raise Malformed("A place is two finite numbers.") from None
    nodes.rewrite(node, text)
    return {key: old for key, old in olds.items() if is_odd(old, spaced=nodes.spaced)}


def _numbers(*values: float) -> bool:
    return not any(isinstance(value, bool) for value in values)


def _set(editing: Editing, op: Mapping[str, Any]) -> Spelling | None:
    if op.get("of") == "graph":
        return _change_graph(editing, op, partial(_put_checked, value=op.get("value")))
    drawing = editing.drawing
    elements, element, path = _place(drawing, op)
    if "value" not in op:
        raise Malformed("“set” needs a “value”.")
    value = op["value"]
    if elements is drawing.edges and path[0] in ("source", "target"):
        _check_ends(drawing, {**element.value, path[0]: value})
    ends = drawing.ends
    before = _ends(element.value) if elements is drawing.edges else []
    old = _change(editing, elements, element, (op["of"], op["id"], *path), value)
    if before:
        ends.subtract(before)
        ends.update(_ends(element.value))
    return old


def _change(
    editing: Editing, elements: Elements, element: Element, place: Place, value: Any
) -> Spelling | None:
    """Put a value in its place; how the one before was written, if that is worth remembering."""
    path = place[2:]
    old = spelling_at(element.text, path)
    known = editing.spellings.of(place, value)
    before = element.text
    _rewrite(elements, element, partial(put, path=path, value=value, known=known))
    changed = element.text != before
    return old if old and changed and is_odd(old.text, spaced=elements.spaced) else None


def _unset(editing: Editing, op: Mapping[str, Any]) -> Spelling | None:
    if op.get("of") == "graph":
        return _change_graph(editing, op, drop)
    drawing = editing.drawing
    elements, element, path = _place(drawing, op)
    if elements is drawing.edges and path[0] in ("source", "target"):
        raise Malformed("An edge keeps its ends.")
    old = spelling_at(element.text, path)
    _rewrite(elements, element, partial(drop, path=path))
    return old if old and (old.before or is_odd(old.text, spaced=elements.spaced)) else None


def _change_graph(editing: Editing, op: Mapping[str, Any], change: Callable[..., str]) -> Spelling | None:
    """Change what is ours of the drawing itself; all else of it belongs to the nodes and edges."""
    path = _path(op)
    if path[0] != KEY:
        raise Malformed(f"Of a graph only “{KEY}” is set.")
    text = editing.drawing.text
    old = spelling_at(text, path)
    try:
        changed = change(text, path)
    except NoSuchPlace as error:
        raise Missing(f"{error} of the drawing.") from None
    except ValueError as error:
        raise Malformed(f"The value cannot be written as JSON: {error}.") from None
    if changed != text:
        editing.drawing = Drawing(changed)
    spaced = editing.drawing.nodes.spaced
    return old if old and changed != text and is_odd(old.text, spaced=spaced) else None


def _put_checked(text: str, path: Sequence[str], *, value: Any) -> str:
    if not isinstance(value, dict | list | str | int | float | bool):
        raise Malformed("“set” needs a “value”.")
    return put(text, path, value)


def _place(drawing: Drawing, op: Mapping[str, Any]) -> tuple[Elements, Element, list[str]]:
    """The element that `set` or `unset` names, with its array, and the path in it."""
    of, path = op.get("of"), _path(op)
    if of not in ("node", "edge"):
        raise Malformed("“of” must be node, edge or graph.")
    if path[0] == "id":
        raise Malformed(f"The id of a {of} never changes.")
    elements = drawing.nodes if of == "node" else drawing.edges
    return elements, _find(elements, _text(op, "id"), of), path


def _path(op: Mapping[str, Any]) -> list[str]:
    path = op.get("path")
    if (
        not isinstance(path, list)
        or not 0 < len(path) <= MAX_PATH
        or not all(isinstance(key, str) for key in path)
    ):
        raise Malformed(f"“path” must be a list of 1 to {MAX_PATH} keys.")
    return path


def _rewrite(elements: Elements, element: Element, change: Callable[[str], str]) -> None:
    try:
        elements.rewrite(element, change(element.text))
    except NoSuchPlace as error:
        raise Missing(f"{error} of “{element.value.get('id')}”.") from None
    except ValueError as error:
        raise Malformed(f"The value cannot be written as JSON: {error}.") from None


def _find(elements: Elements, element_id: str, word: str) -> Element:
    element = elements.get(element_id)
    if element is None:
        raise Missing(f"There is no {word} “{element_id}”.")
    return element


def _text(op: Mapping[str, Any], key: str) -> str:
    value = op.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"“{key}” must be text.")
    return value


OPERATIONS: dict[str, Callable[[Editing, Mapping[str, Any]], Any]] = {
    "add_node": _add_node,
    "remove_node": _remove_node,
    "add_edge": _add_edge,
    "remove_edge": _remove_edge,
    "move": _move,
    "set": _set,
    "unset": _unset,
}
