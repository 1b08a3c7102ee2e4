"""Files of HDFS: found through a name node, read from a data node, refused in words."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from apps.jobs.storage import Missing, Place, StorageError, open_store
from apps.jobs.storage.hdfs import Hdfs

FILES = {"/data/a.csv": b"1,2\n" * 10, "/data/b.csv": b""}


class Nodes(BaseHTTPRequestHandler):
    """A name node and a data node, as WebHDFS describes their answers."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/node/"):
            return self.send(200, FILES[parts.path.removeprefix("/node")])
        path = parts.path.removeprefix("/webhdfs/v1")
        if path == "/locked":
            return self.refuse(403, "AccessControlException", "Permission denied: user=ann")
        if path == "/kerberos":
            return self.send(401, b"<html>")
        if path == "/circle":
            return self.send(307, b"", Location=self.path_to(f"/webhdfs/v1/circle?{parts.query}"))
        if asked["op"] == "LISTSTATUS" and path == "/data":
            rows = [status(data, name.rpartition("/")[2]) for name, data in FILES.items()]
            rows.append(status(b"", "dir") | {"type": "DIRECTORY"})
            return self.tell({"FileStatuses": {"FileStatus": rows}})
        if path not in FILES:
            return self.refuse(404, "FileNotFoundException", f"File does not exist: {path}")
        if asked["op"] == "GETFILESTATUS":
            return self.tell({"FileStatus": status(FILES[path], "")})
        return self.send(307, b"", Location=self.path_to(f"/node{path}"))

    def path_to(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def refuse(self, code: int, kind: str, said: str) -> None:
        self.send(code, json.dumps({"RemoteException": {"exception": kind, "message": said}}).encode())

    def tell(self, value: Any) -> None:
        self.send(200, json.dumps(value).encode())

    def send(self, code: int, body: bytes, **headers: str) -> None:
        self.send_response(code)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def status(data: bytes, suffix: str) -> dict[str, Any]:
    return {
        "pathSuffix": suffix,
        "type": "FILE",
        "length": len(data),
        "modificationTime": 1_700_000_000_000,
        "fileId": 7,
    }


@pytest.fixture
def hdfs(settings: Settings) -> Iterator[Hdfs]:
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Nodes)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found = open_store(Place(url=f"webhdfs://127.0.0.1:{server.server_address[1]}", key="ann"))
    assert isinstance(found, Hdfs)
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_is_found_and_read_in_pieces(hdfs: Hdfs) -> None:
    opened = hdfs.open("", "/data/a.csv")
    assert (opened.size, b"".join(opened.chunks())) == (40, FILES["/data/a.csv"])
    found = hdfs.head("", "/data/a.csv")
    assert found is not None and (found.size, found.modified) == (40, 1_700_000_000_000_000_000)
    assert hdfs.head("", "/data/none") is None


def test_a_folder_is_listed(hdfs: Hdfs) -> None:
    page = hdfs.page("", "data")
    assert page.folders == ("dir",)
    assert [(found.key, found.size) for found in page.objects] == [("data/a.csv", 40), ("data/b.csv", 0)]
    assert hdfs.page("", "data", limit=1).after == "a.csv"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/locked", "ann has no permission"),
        ("/kerberos", "Kerberos is not supported"),
        ("/circle", "in circles"),
    ],
)
def test_a_refusal_is_told_in_words(hdfs: Hdfs, path: str, why: str) -> None:
    with pytest.raises(StorageError, match=why):
        hdfs.open("", path)


def test_what_is_not_there_or_not_offered_is_told(hdfs: Hdfs, settings: Settings) -> None:
    with pytest.raises(Missing, match="there is no file /data/none"):
        hdfs.open("", "/data/none")
    with pytest.raises(StorageError, match="not written"):
        hdfs.put("", "/data/new", None)
    settings.HEADRACE_OUTBOUND_ALLOW = []
    with pytest.raises(StorageError, match="private network"):
        hdfs.open("", "/data/a.csv")
