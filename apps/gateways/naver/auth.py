"""Signature v2: who sent this call, and is it the one that was signed.

Signed are the method, the request target exactly as it stands on the request line (percent
signs, order of parameters and all), the timestamp and the access key, a line each. The body
is not. There is no nonce, so a call may be repeated within its five minutes.

Two callers of the same target can disagree by a question mark: the best known client signs
`path?` when there is no query. And behind a proxy that strips a prefix, what was signed has
it. Both spellings are tried.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from apps.gateways import keys
from apps.gateways.dialect import Call
from apps.gateways.models import AccessKey
from apps.gateways.naver.errors import failed_authentication, missing_authentication
from apps.gateways.signing import same

TIMESTAMP, KEY_ID, SIGNATURE = (
    "x-ncp-apigw-timestamp",
    "x-ncp-iam-access-key",
    "x-ncp-apigw-signature-v2",
)
WINDOW = timedelta(minutes=5)
_MILLIS = re.compile(r"[0-9]{1,14}")


def signature(secret: str, method: str, target: str, timestamp: str, key_id: str) -> str:
    text = f"{method} {target}\n{timestamp}\n{key_id}"
    digest = hmac.new(secret.encode(), text.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def authenticate(call: Call, prefix: str, now: datetime) -> AccessKey:
    """The key that signed the call. `prefix` is what a proxy took from the path."""
    given = {name: call.headers.get(name, "") for name in (TIMESTAMP, KEY_ID, SIGNATURE)}
    if not all(given.values()):
        raise missing_authentication()
    if not _is_fresh(given[TIMESTAMP], now) or not given[KEY_ID].isprintable():
        raise failed_authentication()
    key = keys.find_key(given[KEY_ID])
    # A secret that no seal key opens reads as empty: nobody may sign with that.
    if key is None or not key.secret or not keys.is_usable(key):
        raise failed_authentication()
    wanted = (
        signature(key.secret, call.method, target, given[TIMESTAMP], key.key_id)
        for target in targets(call, prefix)
    )
    if not any(same(each, given[SIGNATURE]) for each in wanted):
        raise failed_authentication()
    keys.note_use(key, now)
    return key


def targets(call: Call, prefix: str) -> Iterator[str]:
    """The spellings under which the caller may have signed the target."""
    paths = [call.path]
    if prefix:
        bare = call.path.removeprefix(prefix)
        paths = [bare, prefix + bare]
    for path in paths:
        if call.query:
            yield f"{path}?{call.query}"
        else:
            yield path
            yield f"{path}?"


def _is_fresh(timestamp: str, now: datetime) -> bool:
    if not _MILLIS.fullmatch(timestamp):
        return False
    signed_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(timestamp))
    return keys.is_fresh(signed_at, now, WINDOW)
