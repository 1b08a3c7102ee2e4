"""Lists come in pages: `limit` rows (50, at most 200), and `next` is the address of the following page.

The cursor in that address names the last row seen, so rows that come and go meanwhile
neither repeat nor hide others, and a late page costs no more than the first.
"""

from __future__ import annotations

from rest_framework.pagination import CursorPagination


class ByName(CursorPagination):
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering: tuple[str, ...] = ("name", "id")


class NewestFirst(ByName):
    ordering = ("-id",)


class ByOrdinal(ByName):
    """Nodes of a run, which are many and small."""

    page_size = 200
    max_page_size = 1000
    ordering = ("ordinal",)
