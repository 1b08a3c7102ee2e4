"""The one door for calls to addresses that people type in: webhooks, robots, endpoints.

Such an address must not become a way into our own network, so a call
- goes to http or https only;
- connects only to addresses that are public, or in `settings.HEADRACE_OUTBOUND_ALLOW`;
- looks the name up once, at the moment of connecting, and connects to the very address it
  checked: a name that resolves differently a second later gains nothing;
- follows no redirect: the answer that asks for one is handed back as it is;
- ends at its deadline, however slowly the other side drips, and reads a bounded answer;
- ignores proxies of the environment, which would do the looking up for us.

It speaks through httpcore and not an `httpx.Client`, which logs whole URLs: the tokens of
webhooks live there. Messages of errors name scheme, host and port, never more.
"""

from __future__ import annotations

import ipaddress
import json as json_codec
import math
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore
import httpx
from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Public by their number, and yet the door to the metadata of a machine (Azure's).
INTERNAL = (ipaddress.ip_network("168.63.129.16/32"),)
#: NAT64: the last four bytes are an IPv4 address.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
DEFAULT_PORTS = {"http": 80, "https": 443}


class OutboundError(Exception):
    """The call did not come back with an answer."""


class Refused(OutboundError):
    """The guard does not allow this address."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body read as JSON, or None when it is none."""
        try:
            return json_codec.loads(self.body)
        except ValueError:
            return None


def fetch(
    method: str,
    url: str,
    *,
    json: Any = None,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout: float = 15.0,
    limit: int = 64 * 1024,
) -> Answer:
    """Call `url` and read at most `limit` bytes of the answer, all within `timeout` seconds.

    What is sent is `json`, else `content` as it is.
    """
    target = _parse(url)
    sent = {"Host": target.netloc.decode(), "Accept-Encoding": "identity", "User-Agent": "Headrace"}
    if json is not None:
        content = json_codec.dumps(json, ensure_ascii=False).encode()
        sent |= {"Content-Type": "application/json; charset=utf-8"}
    if content or method not in ("GET", "HEAD"):
        sent |= {"Content-Length": str(len(content))}
    sent |= headers or {}
    backend = _GuardedBackend(deadline=time.monotonic() + timeout)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_ssl_context(), network_backend=backend) as pool,
            pool.stream(method, _on_wire(target), headers=list(sent.items()), content=content) as response,
        ):
            body = _read(response.iter_stream(), limit)
            return Answer(status=response.status, headers=_names(response), body=body)
    except httpcore.TimeoutException:
        raise OutboundError(f"{shown(url)} did not answer within {timeout:g} s") from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise OutboundError(f"{shown(url)}: {error or type(error).__name__}") from None


class Streamed:
    """An answer that is read as it comes. `read` raises OutboundError when it breaks off."""

    def __init__(self, response: httpcore.Response, name: str) -> None:
        self.status = response.status
        self.headers = _names(response)
        self._pieces = response.iter_stream()
        self._name = name
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        try:
            while len(self._rest) < size and (piece := next(self._pieces, b"")):
                self._rest += piece
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise OutboundError(f"{self._name} broke off: {type(error).__name__}") from None
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


@contextmanager
def stream(url: str, *, patience: float = 60.0) -> Iterator[Streamed]:
    """Get `url`, whose answer may be of any length: only silence of `patience` seconds ends it."""
    target = _parse(url)
    backend = _GuardedBackend(deadline=math.inf, patience=patience)
    headers = list(_own_headers(target).items())
    with httpcore.ConnectionPool(ssl_context=_ssl_context(), network_backend=backend) as pool:
        try:
            response = pool.handle_request(httpcore.Request("GET", _on_wire(target), headers=headers))
        except httpcore.TimeoutException:
            raise OutboundError(f"{shown(url)} did not answer within {patience:g} s") from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise OutboundError(f"{shown(url)}: {error or type(error).__name__}") from None
        try:
            yield Streamed(response, shown(url))
        finally:
            response.close()


def require_web_address(url: str) -> None:
    """Raise `Refused` when `url` cannot be one that may be called; nothing is looked up."""
    _parse(url)


def shown(url: str) -> str:
    """`url` without what may be secret in it: path, query, user name and password."""
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        return "the address"
    return f"{target.scheme}://{target.netloc.decode()}" if target.host else "the address"


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of `host` that may be called, looked up now."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutboundError(f"the name {host} cannot be resolved") from None
    candidates = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = [address for address in candidates if is_allowed(address)]
    if not allowed:
        raise Refused(
            f"{host} is {', '.join(candidates)}, an address inside a private network."
            " An administrator can allow it with HEADRACE_OUTBOUND_ALLOW."
        )
    return allowed


def is_allowed(address: str) -> bool:
    ip = _embedded(ipaddress.ip_address(address.partition("%")[0]))
    if any(ip in network for network in _networks(tuple(settings.HEADRACE_OUTBOUND_ALLOW))):
        return True
    if ip.is_multicast or ip.is_reserved or any(ip in network for network in INTERNAL):
        return False
    return ip.is_global


def _embedded(ip: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour or ip


@lru_cache(maxsize=8)
def _networks(allowed: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text.strip(), strict=False) for text in allowed if text.strip()]


@lru_cache(maxsize=1)
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _parse(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url.strip())
    except (httpx.InvalidURL, TypeError):
        raise Refused("this is not a web address") from None
    if target.scheme not in DEFAULT_PORTS or not target.host:
        raise Refused("the address must start with http:// or https:// and name a host")
    if target.userinfo:
        raise Refused("the address must not hold a user name or password")
    return target


def _own_headers(target: httpx.URL) -> dict[str, str]:
    return {"Host": target.netloc.decode(), "Accept-Encoding": "identity", "User-Agent": "Headrace"}


def _on_wire(target: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
    )


def _names(response: httpcore.Response) -> dict[str, str]:
    return {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in response.headers}


def _read(chunks: Iterable[bytes], limit: int) -> bytes:
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) >= limit:
            return body[:limit]
    return body


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to addresses it has checked itself, until the deadline; each step within `patience`."""

    def __init__(self, deadline: float, patience: float = math.inf) -> None:
        self._deadline = deadline
        self._patience = patience
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        trouble: Exception | None = None
        for address in addresses_of(host, port):
            left = min(_left(self._deadline, httpcore.ConnectTimeout), self._patience)
            try:
                stream = self._sockets.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
            else:
                return _TimedStream(stream, self._deadline, self._patience)
        assert trouble is not None
        raise trouble


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every step ends at the deadline of the whole call."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float, patience: float = math.inf) -> None:
        self._stream = stream
        self._deadline = deadline
        self._patience = patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        started = self._stream.start_tls(ssl_context, server_hostname, self._left(httpcore.ConnectTimeout))
        return _TimedStream(started, self._deadline, self._patience)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, too_late: type[httpcore.TimeoutException]) -> float:
        return min(_left(self._deadline, too_late), self._patience)


def _left(deadline: float, too_late: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise too_late
    return left
