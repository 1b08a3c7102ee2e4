"""An EMR account, asked over the network as the vendor's own clients ask it."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from apps.gateways import signing
from apps.lib import outbound

VERSION = "2016-04-08"
#: A graph of thousands of nodes is some megabytes.
LARGEST_REPLY = 64 << 20
SECONDS = 60.0
#: Waits before a call is tried again that was held back, or not answered.
WAITS = (1.0, 4.0, 15.0)


class SourceError(Exception):
    """A call that was not answered with what it asks for."""

    def __init__(self, action: str, code: str, message: str) -> None:
        super().__init__(f"{action}: {code}: {message}")
        self.code = code


class Source(Protocol):
    def ask(self, action: str, **parameters: str | int) -> dict[str, Any]:
        """The reply. Raises SourceError."""


@dataclass(frozen=True, slots=True)
class Account:
    """`endpoint` is a web address, such as that of the account's region."""

    endpoint: str
    key_id: str
    secret: str
    region: str = "cn-hangzhou"

    def ask(self, action: str, **parameters: str | int) -> dict[str, Any]:
        for wait in (*WAITS, None):
            try:
                return self._ask(action, {name: str(value) for name, value in parameters.items()})
            except SourceError as error:
                if wait is None or not (error.code.startswith("Throttling") or error.code == "NoAnswer"):
                    raise
                time.sleep(wait)
        raise AssertionError

    def _ask(self, action: str, parameters: dict[str, str]) -> dict[str, Any]:
        query = {
            "Action": action,
            "Version": VERSION,
            "Format": "JSON",
            "RegionId": self.region,
            "AccessKeyId": self.key_id,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        } | parameters
        text = signing.rpc_string_to_sign("POST", query)
        query["Signature"] = signing.rpc_signature(self.secret, text)
        try:
            answer = outbound.fetch(
                "POST",
                f"{self.endpoint.rstrip('/')}/?{urlencode(query)}",
                timeout=SECONDS,
                limit=LARGEST_REPLY,
            )
        except outbound.Refused as error:
            raise SourceError(action, "Refused", str(error)) from None
        except outbound.OutboundError as error:
            raise SourceError(action, "NoAnswer", str(error)) from None
        reply = answer.json()
        if not isinstance(reply, dict):
            raise SourceError(action, "NoAnswer", f"status {answer.status} without a JSON object")
        if answer.status >= 300 or ("Code" in reply and "Message" in reply):
            raise SourceError(action, str(reply.get("Code", answer.status)), str(reply.get("Message", "")))
        return reply
