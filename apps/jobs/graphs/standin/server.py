"""The stand-in's process: `python -m apps.jobs.graphs.standin.server --data FOLDER`.

It prints the port it listens on, on this machine only, and ends by itself when nobody has
called for --idle seconds, or the folder --beside is gone: it must not outlive what it was
started for.
"""

from __future__ import annotations

import argparse
import hmac
import itertools
import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

from nebula3.common import ttypes
from nebula3.fbthrift.protocol.THeaderProtocol import THeaderProtocolFactory
from nebula3.fbthrift.server.TServer import TServer
from nebula3.fbthrift.transport.TSocket import TSocket
from nebula3.fbthrift.transport.TTransport import TBufferedTransportFactory
from nebula3.graph import GraphService
from nebula3.graph.ttypes import AuthResponse, ExecutionResponse, VerifyClientVersionResp

from apps.jobs.graphs.standin.expressions import NotUnderstood
from apps.jobs.graphs.standin.rows import Edge, Space, Vertex, read_spaces
from apps.jobs.graphs.standin.statements import evaluate

PASSWORD = "HEADRACE_NEBULA_PASSWORD"


class Handler(GraphService.Iface):
    """What graphd's service answers, as far as a client that runs queries asks."""

    def __init__(self, spaces: dict[str, Space], user: str, password: str) -> None:
        self.spaces, self.user, self.password = spaces, user, password
        self.numbers = itertools.count(1)
        #: session -> the space it uses
        self.sessions: dict[int, str] = {}
        self.called_at = time.monotonic()

    def verifyClientVersion(self, req: Any = None) -> VerifyClientVersionResp:
        return VerifyClientVersionResp(error_code=ttypes.ErrorCode.SUCCEEDED)

    def authenticate(self, username: bytes = b"", password: bytes = b"") -> AuthResponse:
        self.called_at = time.monotonic()
        right = hmac.compare_digest(_bytes(password), self.password.encode())
        if _bytes(username) != self.user.encode() or not right:
            return AuthResponse(
                error_code=ttypes.ErrorCode.E_BAD_USERNAME_PASSWORD, error_msg=b"Invalid password"
            )
        number = next(self.numbers)
        self.sessions[number] = ""
        return AuthResponse(
            error_code=ttypes.ErrorCode.SUCCEEDED,
            session_id=number,
            time_zone_offset_seconds=0,
            time_zone_name=b"UTC",
        )

    def signout(self, sessionId: int = 0) -> None:
        self.sessions.pop(sessionId, None)

    def execute(self, sessionId: int = 0, stmt: bytes = b"") -> ExecutionResponse:
        self.called_at = started_at = time.monotonic()
        if sessionId not in self.sessions:
            return _refusal(ttypes.ErrorCode.E_SESSION_INVALID, "Session not existed!")
        try:
            statement = _bytes(stmt).decode()
            answer, space = evaluate(statement, self.spaces, self.sessions[sessionId])
        except (NotUnderstood, UnicodeDecodeError) as error:
            return _refusal(ttypes.ErrorCode.E_SYNTAX_ERROR, str(error))
        self.sessions[sessionId] = space
        rows = [ttypes.Row(values=[_value(value) for value in row]) for row in answer.rows]
        return ExecutionResponse(
            error_code=ttypes.ErrorCode.SUCCEEDED,
            latency_in_us=int((time.monotonic() - started_at) * 1_000_000),
            data=ttypes.DataSet(column_names=[name.encode() for name in answer.columns], rows=rows),
            space_name=space.encode(),
        )

    def executeWithParameter(
        self,
        sessionId: int = 0,
        stmt: bytes = b"",
        parameterMap: Any = None,
    ) -> ExecutionResponse:
        return self.execute(sessionId, stmt)


class Server(TServer):
    """A thread for each client."""

    def __init__(self, handler: Handler, listener: socket.socket) -> None:
        factory = TBufferedTransportFactory(), THeaderProtocolFactory()
        super().__init__(GraphService.Processor(handler), None, *factory)
        self.listener = listener

    def serve(self) -> None:
        while True:
            connected, _address = self.listener.accept()
            client = TSocket()
            client.setHandle(connected)
            threading.Thread(target=self.handle, args=(client,), daemon=True).start()


def _refusal(code: int, message: str) -> ExecutionResponse:
    return ExecutionResponse(error_code=code, latency_in_us=0, error_msg=message.encode())


def _bytes(given: Any) -> bytes:
    return given if isinstance(given, bytes) else str(given or "").encode()


def _value(value: Any) -> ttypes.Value:
    match value:
        case None:
            field = {"nVal": ttypes.NullType.__NULL__}
        case bool():
            field = {"bVal": value}
        case int():
            field = {"iVal": value}
        case float():
            field = {"fVal": value}
        case list():
            field = {"lVal": ttypes.NList(values=[_value(member) for member in value])}
        case dict():
            field = {"mVal": ttypes.NMap(kvs=_properties(value))}
        case Vertex():
            tags = [ttypes.Tag(name=name.encode(), props=_properties(p)) for name, p in value.tags.items()]
            field = {"vVal": ttypes.Vertex(vid=_value(value.vid), tags=tags)}
        case Edge():
            ends = {"src": _value(value.src), "dst": _value(value.dst), "type": 1, "ranking": 0}
            named = {"name": value.name.encode(), "props": _properties(value.properties)}
            field = {"eVal": ttypes.Edge(**ends, **named)}
        case _:
            field = {"sVal": str(value).encode()}
    return ttypes.Value(**field)


def _properties(values: dict[str, Any]) -> dict[bytes, ttypes.Value]:
    return {name.encode(): _value(value) for name, value in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with a folder for each space")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="root")
    parser.add_argument("--idle", type=float, default=3600.0, help="seconds without a call before it ends")
    parser.add_argument("--beside", type=Path, help="a folder that it ends with")
    options = parser.parse_args()
    beside = options.beside or options.data
    handler = Handler(read_spaces(options.data), options.user, os.environ.get(PASSWORD, ""))
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=Server(handler, listener).serve, daemon=True).start()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        while time.monotonic() - handler.called_at < options.idle and beside.exists():
            time.sleep(1.0)


if __name__ == "__main__":
    main()
