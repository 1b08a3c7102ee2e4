"""Files of an HDFS through WebHDFS or HttpFS (see `storage`).

A name node answers where the bytes are, and a data node gives them; both are called through
the guard of outgoing calls. Who we are is a user name, as clusters without Kerberos have it:
one with Kerberos refuses that, which is told.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import quote, urlencode

from apps.jobs.storage.contract import PAGE, Found, Missing, Opened, Page, StorageError
from apps.jobs.storage.places import Place
from apps.lib.outbound import OutboundError, stream

SCHEMES = {"webhdfs": "http", "swebhdfs": "https"}
#: The longest answer that is not a file: a folder of many thousands of names.
MOST = 64 << 20
REDIRECTS = (301, 302, 303, 307, 308)
#: A file is asked of a name node and given by a data node; a gateway may stand between them.
HOPS = 3


class Hdfs:
    """Read and listed; nothing is written. The `bucket` is the name node, which `place` stands for."""

    def __init__(self, place: Place) -> None:
        scheme, _separator, rest = place.url.partition("://")
        self.base = f"{SCHEMES[scheme]}://{rest.rstrip('/')}/webhdfs/v1"
        self.user = place.key

    def head(self, bucket: str, key: str) -> Found | None:
        try:
            status = self._ask(key, "GETFILESTATUS")["FileStatus"]
        except Missing:
            return None
        return Found(key, status["length"], _nanoseconds(status)) if status["type"] == "FILE" else None

    def open(self, bucket: str, key: str) -> Opened:
        status = self._ask(key, "GETFILESTATUS")["FileStatus"]
        if status["type"] != "FILE":
            raise Missing(f"{key} is a folder")
        version = f"{status.get('fileId', '')}-{status['modificationTime']}-{status['length']}"
        return Opened(status["length"], version, self._called(key, "OPEN"))

    def page(self, bucket: str, folder: str, after: str = "", limit: int = PAGE) -> Page:
        answer = self._ask(f"/{folder}", "LISTSTATUS")["FileStatuses"]["FileStatus"]
        rows = sorted((row for row in answer if row["pathSuffix"] > after), key=lambda row: row["pathSuffix"])
        shown = rows[:limit]
        prefix = f"{folder}/" if folder else ""
        return Page(
            tuple(row["pathSuffix"] for row in shown if row["type"] == "DIRECTORY"),
            tuple(
                Found(prefix + row["pathSuffix"], row["length"], _nanoseconds(row))
                for row in shown
                if row["type"] == "FILE"
            ),
            shown[-1]["pathSuffix"] if len(rows) > limit else "",
        )

    def __getattr__(self, name: str) -> Any:
        """What a store can do besides."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise StorageError("files of an HDFS are read and listed here, and not written")

    def _ask(self, key: str, operation: str) -> dict[str, Any]:
        answer = self._called(key, operation)
        with contextlib.closing(answer):
            try:
                found: dict[str, Any] = json.loads(answer.read(MOST))
            except ValueError:
                raise StorageError(f"{key}: what answers at {self.base} is no WebHDFS") from None
        return found

    def _called(self, key: str, operation: str) -> _Answer:
        """The answer, from whichever node gives it."""
        asked = {"op": operation} | ({"user.name": self.user} if self.user else {})
        url = f"{self.base}{quote(key)}?{urlencode(asked)}"
        for _hop in range(HOPS):
            answer = _Answer(url, key)
            if answer.status == 200:
                return answer
            with contextlib.closing(answer):
                if answer.status not in REDIRECTS:
                    raise self._refusal(answer, key)
                url = answer.headers.get("location", "")
        raise StorageError(f"{key} cannot be read: its name node sends us round in circles")

    def _refusal(self, answer: _Answer, key: str) -> StorageError:
        try:
            told = json.loads(answer.read(MOST))["RemoteException"]
        except (ValueError, KeyError, TypeError):
            told = {}
        kind, said = told.get("exception", ""), told.get("message", "")
        who = self.user or "nobody in particular"
        if kind == "FileNotFoundException" or (answer.status == 404 and not kind):
            return Missing(f"there is no file {key}")
        if kind == "AccessControlException":
            return StorageError(f"{key} cannot be read: {who} has no permission")
        if answer.status == 401:
            return StorageError(f"{key} cannot be read as {who}: a cluster with Kerberos is not supported")
        return StorageError(f"{key} cannot be read: {said or f'the name node answered {answer.status}'}")


class _Answer:
    """An answer that is being read, and the connection that it comes through."""

    def __init__(self, url: str, name: str) -> None:
        self._stack = contextlib.ExitStack()
        self._name = name
        try:
            self._answer = self._stack.enter_context(stream(url))
        except OutboundError as error:
            raise StorageError(f"{name} cannot be read: {error}") from None
        self.status, self.headers = self._answer.status, self._answer.headers

    def read(self, size: int, /) -> bytes:
        try:
            return self._answer.read(size)
        except OutboundError as error:
            raise StorageError(f"{self._name}: {error}") from None

    def close(self) -> None:
        self._stack.close()


def _nanoseconds(status: dict[str, Any]) -> int:
    return int(status["modificationTime"]) * 1_000_000
