from __future__ import annotations

import datetime as dt
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apps.lib import outbound
from apps.lib.outbound import OutboundError, Refused, fetch

LOOPBACK = ["127.0.0.0/8", "::1/128"]


class Echo(BaseHTTPRequestHandler):
    """Keeps what it was asked and answers as the test wants."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.server.asked.append((self.path, dict(self.headers), self.rfile.read(length)))  # type: ignore[attr-defined]
        self.server.answer(self)  # type: ignore[attr-defined]

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        pass


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> Callable[[Echo], None]:
    def answer(handler: Echo) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as running:
        running.asked = []  # type: ignore[attr-defined]
        running.answer = reply()  # type: ignore[attr-defined]
        threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
        yield running
        running.shutdown()


def url_of(server: ThreadingHTTPServer, path: str = "/", host: str = "127.0.0.1") -> str:
    return f"http://{host}:{server.server_port}{path}"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::127.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_an_address_inside_a_private_network_is_refused(settings, address):
    settings.HEADRACE_OUTBOUND_ALLOW = []
    assert not outbound.is_allowed(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_allowed(settings, address):
    settings.HEADRACE_OUTBOUND_ALLOW = []
    assert outbound.is_allowed(address)


def test_a_network_that_the_installation_allows_is_reached(settings):
    settings.HEADRACE_OUTBOUND_ALLOW = ["10.1.0.0/16"]
    assert outbound.is_allowed("10.1.2.3")
    assert outbound.is_allowed("::ffff:10.1.2.3")
    assert not outbound.is_allowed("10.2.2.3")


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "gopher://x/", "//example.com", "example.com", "", "http://",
     "http://user:pass@example.com/", "http://[::1"],
)  # fmt: skip
def test_what_is_not_a_plain_web_address_is_refused(url):
    with pytest.raises(Refused):
        outbound.require_web_address(url)
    with pytest.raises(Refused):
        fetch("GET", url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0"])
def test_no_spelling_of_loopback_reaches_a_server_here(settings, server, host):
    settings.HEADRACE_OUTBOUND_ALLOW = []
    with pytest.raises(Refused, match="private network"):
        fetch("POST", url_of(server, host=host), json={})
    assert server.asked == []


def test_an_allowed_server_gets_the_json_and_its_answer_comes_back(settings, server):
    settings.HEADRACE_OUTBOUND_ALLOW = LOOPBACK
    server.answer = reply(201, b'{"ok": true}', **{"X-Kind": "test"})

    answer = fetch("POST", url_of(server, "/hook?token=1"), json={"text": "失败"})

    assert (answer.status, answer.json(), answer.headers["x-kind"]) == (201, {"ok": True}, "test")
    path, headers, body = server.asked[0]
    assert path == "/hook?token=1"
    assert headers["Content-Type"].startswith("application/json")
    assert body.decode() == '{"text": "失败"}'


def test_a_redirect_is_handed_back_and_not_followed(settings, server):
    settings.HEADRACE_OUTBOUND_ALLOW = LOOPBACK
    server.answer = reply(302, Location="http://169.254.169.254/latest/meta-data/")

    assert fetch("GET", url_of(server)).status == 302
    assert len(server.asked) == 1


def test_a_name_is_looked_up_once_and_the_checked_address_is_the_one_called(settings, server, monkeypatch):
    settings.HEADRACE_OUTBOUND_ALLOW = LOOPBACK
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, *args: Any, **kwargs: Any) -> Any:
        if host != "hooks.example":
            return real(host, *args, **kwargs)
        looked_up.append(host)
        # A rebinding name: the first answer may be called, every later one may not.
        return real("127.0.0.1" if len(looked_up) == 1 else "10.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)

    assert fetch("POST", url_of(server, host="hooks.example"), json={}).status == 200
    assert looked_up == ["hooks.example"]
    assert server.asked[0][1]["Host"] == f"hooks.example:{server.server_port}"


def test_of_a_name_with_two_addresses_only_the_public_one_is_tried(settings, monkeypatch):
    settings.HEADRACE_OUTBOUND_ALLOW = []
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("10.0.0.1", "1.1.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: entries)
    assert outbound.addresses_of("two.example", 80) == ["1.1.1.1"]


def test_an_unknown_name_and_a_closed_port_are_plain_errors(settings):
    settings.HEADRACE_OUTBOUND_ALLOW = LOOPBACK
    with pytest.raises(OutboundError, match="cannot be resolved"):
        fetch("GET", "http://no-such-host.invalid/")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(OutboundError, match=f"http://127.0.0.1:{port}"):
            fetch("GET", f"http://127.0.0.1:{port}/?access_token=hush")


def test_an_answer_is_read_up_to_the_limit(settings, server):
    settings.HEADRACE_OUTBOUND_ALLOW = LOOPBACK
    server.answer = reply(200, b"x" * 500_000)
    assert len(fetch("GET", url_of(server), limit=1000).body) == 1000


def test_a_server_that_drips_is_left_at_the_deadline(settings, server):
    settings.HEADRACE_OUTBOUND_ALLOW = LOOPBACK
    stop = threading.Event()

    def drip(handler: Echo) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        while not stop.wait(0.05):
            try:
                handler.wfile.write(b"X-Drop: 1\r\n")
                handler.wfile.flush()
            except OSError:
                return

    server.answer = drip
    with pytest.raises(OutboundError, match="did not answer within"):
        fetch("GET", url_of(server), timeout=0.4)
    stop.set()


def test_no_token_of_the_address_reaches_the_log_or_an_error(settings, server, caplog):
    settings.HEADRACE_OUTBOUND_ALLOW = LOOPBACK
    with caplog.at_level(logging.DEBUG):
        fetch("POST", url_of(server, "/robot/send?access_token=hush-hush"), json={})
        settings.HEADRACE_OUTBOUND_ALLOW = []
        with pytest.raises(Refused) as refused:
            fetch("POST", url_of(server, "/robot/send?access_token=hush-hush"), json={})
    assert "hush-hush" not in caplog.text + str(refused.value)
    assert outbound.shown("https://user:pw@example.com/p?access_token=hush") == "https://example.com"


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch) -> Iterator[Path]:
    """A certificate for hooks.example that this test's calls trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example")])
    now = dt.datetime.now(dt.UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "hooks.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + cert.public_bytes(serialization.Encoding.PEM)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    outbound._ssl_context.cache_clear()
    yield pem
    outbound._ssl_context.cache_clear()


def test_over_tls_the_certificate_must_be_the_names_although_an_address_is_called(
    settings, server, certificate, monkeypatch
):
    settings.HEADRACE_OUTBOUND_ALLOW = LOOPBACK
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *args, **kwargs: real(
            "127.0.0.1" if host.endswith(".example") else host, *args, **kwargs
        ),
    )

    assert fetch("GET", f"https://hooks.example:{server.server_port}/").status == 200
    with pytest.raises(OutboundError, match="certificate"):
        fetch("GET", f"https://other.example:{server.server_port}/")
