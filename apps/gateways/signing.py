"""The two signatures of Alibaba Cloud's callers, as pure functions: EMR and DataWorks share them.

*RPC v1* (HMAC-SHA1) signs the decoded parameters, so they are encoded again here: callers
write a space as `%20` or as `+`, and only one of the two spellings was signed.
*ACS3* (HMAC-SHA256) signs method, path, query, a list of headers that the caller names in
`Authorization`, and the hash of the body; proxies must leave those headers alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

ACS3 = "ACS3-HMAC-SHA256"
#: What a request must prove with its signature, whatever else it signs.
ACS3_NEEDED = (
    "host",
    "x-acs-action",
    "x-acs-version",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
)

_AUTHORIZATION = re.compile(
    rf"{ACS3}\s+Credential=(?P<key_id>[^,\s]+)\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,\s*"
    r"Signature=(?P<signature>[0-9A-Fa-f]+)\s*"
)


@dataclass(frozen=True, slots=True)
class Acs3Authorization:
    key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def decode_pairs(text: str, *, limit: int | None = None) -> list[tuple[str, str]]:
    """The parameters of a query or form, empty ones included.

    Bytes that are not UTF-8 survive as surrogates: they were signed, and they are refused
    where the value is read. Raises ValueError when there are more than `limit`.
    """
    return parse_qsl(text, keep_blank_values=True, errors="surrogateescape", max_num_fields=limit)


def percent_encode(text: str) -> str:
    """RFC 3986 with only the unreserved characters left as they are.

    >>> percent_encode("p ~*/é")
    'p%20~%2A%2F%C3%A9'
    """
    return quote(text, safe="-_.~", errors="surrogateescape")


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{percent_encode(name)}={percent_encode(value)}" for name, value in sorted(pairs))


def rpc_string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """What RPC v1 signs: everything but the signature itself."""
    signed = ((name, value) for name, value in parameters.items() if name != "Signature")
    return f"{method.upper()}&%2F&{percent_encode(canonical_query(signed))}"


def rpc_signature(secret: str, string_to_sign: str) -> str:
    digest = hmac.new(f"{secret}&".encode(), string_to_sign.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def parse_acs3_authorization(text: str) -> Acs3Authorization | None:
    """The parts of the header, or None when it is malformed."""
    match = _AUTHORIZATION.fullmatch(text.strip())
    if match is None:
        return None
    names = tuple(name.lower() for name in match["headers"].split(";") if name)
    return Acs3Authorization(match["key_id"], names, match["signature"].lower())


def acs3_header_block(headers: Mapping[str, str], names: Sequence[str]) -> str:
    """The signed headers in the caller's order, an empty line, and their names.

    `headers` has lower-case names; one that is missing counts as empty.
    """
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    return f"{lines}\n{';'.join(names)}"


def acs3_canonical_request(
    method: str, path: str, query: Iterable[tuple[str, str]], header_block: str, body_hash: str
) -> str:
    return "\n".join((method.upper(), path, canonical_query(query), header_block, body_hash))


def acs3_string_to_sign(canonical_request: str) -> str:
    return f"{ACS3}\n{sha256_hex(canonical_request.encode('utf-8', 'surrogateescape'))}"


def acs3_signature(secret: str, string_to_sign: str) -> str:
    return hmac.new(secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def same(left: str, right: str) -> bool:
    """Equal, in a time that does not tell how far they agree."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
