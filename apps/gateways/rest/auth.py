"""Who calls our own API: an access key, or the session of a browser.

`Authorization: Basic base64(id:secret)` or `Authorization: Bearer id:secret`. An unknown
key, a wrong secret, a key that is off and an owner who may not sign in get one and the
same answer after the same work, so that nobody learns which keys exist. The challenge is
Bearer, never Basic: a browser would open a password box over the page whose session ended.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.gateways.keys import find_key, is_usable, note_use
from apps.gateways.models import AccessKey
from apps.lib.sealed import seal, unseal
from apps.projects.models import User


class AccessKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, AccessKey] | None:
        scheme, _blank, credentials = request.headers.get("Authorization", "").partition(" ")
        given = _READERS[scheme.lower()](credentials.strip()) if scheme.lower() in _READERS else None
        if given is None:
            return None
        key_id, _colon, secret = given.partition(":")
        key = find_key(key_id)
        expected = key.secret if key else unseal(_decoy())
        right = hmac.compare_digest(expected.encode(), secret.encode("utf-8", "surrogateescape"))
        # A secret that no key of ours opens reads as empty: nothing matches it.
        if not right or not secret or key is None or not is_usable(key):
            raise AuthenticationFailed(_("The access key or its secret is wrong."))
        note_use(key, timezone.now())
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Headrace"'


def _basic(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise AuthenticationFailed(_("The Authorization header cannot be read.")) from None


_READERS: dict[str, Callable[[str], str]] = {"basic": _basic, "bearer": str}


@lru_cache(maxsize=1)
def _decoy() -> str:
    """A sealed text to open where there is no key, which then takes as long as a key."""
    return seal("no such key")


class AccessKeyScheme(OpenApiAuthenticationExtension):
    """How the schema tells callers to present a key."""

    target_class = AccessKeyAuthentication
    name = ["accessKeyBasic", "accessKeyBearer"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "basic", "description": "Access key id and secret."},
            {"type": "http", "scheme": "bearer", "description": "`KEY_ID:SECRET` of an access key."},
        ]
