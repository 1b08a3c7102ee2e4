"""A caller that signs as the reference says, with its own hands."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from apps.gateways.models import AccessKey

FORM = "application/x-www-form-urlencoded"


def sign(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class NaverCaller:
    key_id: str
    secret: str

    @classmethod
    def of(cls, key: AccessKey) -> NaverCaller:
        return cls(key.key_id, key.secret)

    def headers(self, method: str, target: str, shift: float = 0) -> dict[str, str]:
        stamp = str(int((time.time() + shift) * 1000))
        return {
            "x-ncp-apigw-timestamp": stamp,
            "x-ncp-iam-access-key": self.key_id,
            "x-ncp-apigw-signature-v2": sign(self.secret, f"{method} {target}\n{stamp}\n{self.key_id}"),
        }

    def call(
        self, method: str, path: str, body: Any = None, kind: str = FORM, **headers: Any
    ) -> HttpResponse:
        """`path` begins after /api/v1. A body that is not bytes is sent as JSON, labelled as `kind`."""
        target = f"/api/v1{path}"
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return Client().generic(
            method, target, data, content_type=kind, headers=self.headers(method, target) | headers
        )

    def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """The same, for what must be answered with `status`."""
        response = self.call(method, path, body)
        assert response.status_code == status, response.content.decode()
        return json.loads(response.content)
