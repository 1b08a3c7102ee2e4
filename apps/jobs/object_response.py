"""An object of a store as an answer, of any size in the same memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from apps.jobs.storage import Opened
from apps.jobs.storage.contract import CHUNK


class ObjectResponse(StreamingHttpResponse):
    """An object as a file to save, never shown as a page of ours."""

    def __init__(self, opened: Opened, name: str) -> None:
        super().__init__(self._pieces(), content_type="application/octet-stream")
        self.opened = opened
        self["Content-Length"] = str(opened.size)
        self["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
        self["X-Content-Type-Options"] = "nosniff"

    async def _pieces(self) -> AsyncIterator[bytes]:
        """One piece after the other: what is not asynchronous would be gathered in memory first."""
        read = sync_to_async(self.opened.stream.read, thread_sensitive=False)
        while piece := await read(CHUNK):
            yield piece

    def close(self) -> None:
        self.opened.stream.close()
        super().close()
