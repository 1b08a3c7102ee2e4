"""Parameters as DataWorks' callers write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.gateways.dataworks.errors import missing
from apps.gateways.rpc.errors import invalid_parameter
from apps.gateways.rpc.parameters import Parameters, read_json

LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Window:
    number: int
    size: int

    @property
    def slice(self) -> slice:
        start = (self.number - 1) * self.size
        return slice(start, start + self.size)


def need(p: Parameters, name: str, longest: int | None = None) -> str:
    value = p.text(name, longest)
    if value is None or not value.strip():
        raise missing(name)
    return value


def need_whole(p: Parameters, name: str) -> int:
    value = p.whole(name)
    if value is None:
        raise missing(name)
    return value


def read_window(p: Parameters, largest: int = LARGEST_PAGE) -> Window:
    number = p.whole("PageNumber", low=1, high=1_000_000)
    return Window(number or 1, p.whole("PageSize", low=1, high=largest) or 10)


def render_page(window: Window, total: int, name: str, items: list[Any]) -> dict[str, Any]:
    page = {"PageNumber": window.number, "PageSize": window.size, "TotalCount": total}
    return {"PagingInfo": page | {name: items}}


def numbers(p: Parameters, name: str) -> list[int] | None:
    """`[7,8]` or `Ids.1=7`: whole numbers. None when not given."""
    texts = p.texts(name)
    if texts is None:
        return None
    if len(texts) > 1000 or not all(text.isascii() and text.isdigit() and len(text) < 20 for text in texts):
        raise invalid_parameter(name, "it must be a list of at most 1000 whole numbers")
    return [int(text) for text in texts]


def json_or_none(p: Parameters, name: str) -> dict[str, Any]:
    return p.json_object(name) or {}


def read_spec(p: Parameters) -> str:
    """The document. A caller who passed an object instead of its text is told so."""
    value = p.text("Spec")
    if value is None and any(name in p for name in ("Spec.kind", "Spec.version", "Spec.spec")):
        raise invalid_parameter("Spec", "it must be the document as one JSON text, not an object")
    if value is None or not value.strip():
        raise missing("Spec")
    return value


def object_ids(p: Parameters) -> list[str]:
    """ObjectIds, a list of definition ids."""
    ids = p.texts("ObjectIds")
    if not ids:
        raise missing("ObjectIds")
    return ids


def read_pairs(text: str, name: str) -> dict[str, Any]:
    """Parameters as `a=1 b=2`, or as a JSON object."""
    if text.strip().startswith("{"):
        values = read_json(name, text)
        if not isinstance(values, dict) or any(isinstance(value, dict | list) for value in values.values()):
            raise invalid_parameter(name, "it must be a JSON object of plain values, or key=value")
        return values
    pairs = [word.partition("=") for word in text.replace("\n", " ").replace(";", " ").split()]
    if not all(name and equals for name, equals, _ in pairs):
        raise invalid_parameter(name, "it must be key=value, with blanks between several")
    return {key: value for key, _, value in pairs}
