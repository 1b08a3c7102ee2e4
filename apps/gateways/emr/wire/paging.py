"""Pages: PageNumber from 1, PageSize, and the wrapper object around each list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.gateways.rpc.parameters import Parameters

LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Window:
    number: int
    size: int

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size

    @property
    def slice(self) -> slice:
        return slice(self.start, self.start + self.size)


def read_window(p: Parameters) -> Window:
    """The page that is asked for; Limit is what some calls say for PageSize."""
    number = p.whole("PageNumber", low=1, high=2**31 - 1)
    size = p.whole("PageSize", low=1, high=LARGEST_PAGE) or p.whole("Limit", low=1, high=LARGEST_PAGE)
    return Window(number or 1, size or 20)


def wrap(outer: str, inner: str, items: list[Any]) -> dict[str, Any]:
    """`{"Projects": {"Project": […]}}`: every list but those of the alert actions looks so."""
    return {outer: {inner: items}}


def render_page(
    window: Window, total: int, lists: dict[str, Any], total_name: str = "Total"
) -> dict[str, Any]:
    return {"PageNumber": window.number, "PageSize": window.size, total_name: total} | lists
