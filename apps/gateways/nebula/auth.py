"""Who calls: a user by password or an access key by secret, and afterwards the token of that login.

*connect* takes `Authorization: Bearer` with the Base64 of `name:password` or of the JSON list
`["name","password"]`; both are in use. A password goes through Django's own door, so login
limits hold here as on the sign-in page. The name may also be an access key's id and the
password its secret. The address and port in the body are kept in the token as the name of a
configured connection. They are never dialled: a caller must not choose what we connect to.

The *token* is a signed text (HMAC-SHA256, three days) that says whose login it is and holds
a proof made from the password's hash or the key's secret: changing either ends the tokens
that came before. No password is in it, in whatever form. It comes back as the cookie
`explorer_token`, as a header of that name, or as `Authorization: Bearer`.

*Forged requests.* A browser sends the cookie by itself, so a page of somebody else could try
to make it act. SameSite=Strict keeps the cookie at home when another site asks, but "site"
means the registrable domain: another port of this host and its sister names count as the
same. Therefore a call that changes something and is known by its cookie alone must not come
from a foreign origin: browsers put `Origin` into every such request, whatever made it, and
it must be ours. Programs send none and pass. (A demand for `Content-Type: application/json`
would work too, but refuse programs that forget it; reading needs nothing, since the answer
stays closed to other origins.) A token in a header is not sent by itself, and neither is the
Authorization header that connect needs, so those calls cannot be forged in this way.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import authenticate
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.gateways.keys import find_key, is_usable, note_use
from apps.gateways.models import AccessKey
from apps.gateways.nebula.errors import FORBIDDEN, SESSION, UNAUTHORIZED, NebulaError
from apps.projects.models import User

COOKIE = "explorer_token"
LIFETIME = 259_200
SALT = "headrace.nebula.token"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `address` is what connect named: `host:port`."""

    user: User
    key: AccessKey | None = None
    address: str = ""


def sign_in(request: HttpRequest, address: str) -> Caller:
    """The caller of connect. Raises NebulaError."""
    name, secret = _credentials(request.headers.get("Authorization", ""))
    key = find_key(name)
    if key is not None:
        right = hmac.compare_digest(key.secret.encode(), secret.encode("utf-8", "surrogateescape"))
        if not right or not secret or not is_usable(key):
            raise NebulaError(UNAUTHORIZED, "the account or its password is wrong")
        note_use(key, timezone.now())
        return Caller(key.owner, key, address)
    user = authenticate(request, username=name, password=secret)
    # Who is locked out learns it in this API's form, not from the page that axes would put here.
    request.axes_locked_out = False  # type: ignore[attr-defined]
    if not isinstance(user, User):
        raise NebulaError(UNAUTHORIZED, "the account or its password is wrong")
    return Caller(user, None, address)


def give_token(response: HttpResponse, caller: Caller) -> None:
    response.set_cookie(
        COOKIE,
        make_token(caller),
        max_age=LIFETIME,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def make_token(caller: Caller) -> str:
    held = {
        "user": caller.user.pk,
        "key": caller.key.pk if caller.key else None,
        "proof": _proof(caller),
        "address": caller.address,
    }
    return signing.dumps(held, salt=SALT)


def caller_of(request: HttpRequest) -> Caller:
    """Whose token came with the call. Raises NebulaError."""
    token, by_cookie = _token(request)
    if not token:
        raise NebulaError(SESSION, f"there is no {COOKIE}: call connect first")
    try:
        held = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.SignatureExpired:
        raise NebulaError(SESSION, f"the {COOKIE} is over: call connect again") from None
    except (signing.BadSignature, ValueError):
        raise NebulaError(SESSION, f"the {COOKIE} is wrong") from None
    caller = _holder(held)
    if caller is None:
        raise NebulaError(SESSION, f"the {COOKIE} is not valid any more: call connect again")
    if by_cookie and request.method not in SAFE_METHODS and not _is_from_here(request):
        raise NebulaError(FORBIDDEN, "the request comes from another site")
    return caller


def _credentials(header: str) -> tuple[str, str]:
    scheme, _blank, text = header.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise NebulaError(UNAUTHORIZED, "Authorization: Bearer with the Base64 of account:password is needed")
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise NebulaError(UNAUTHORIZED, "the Authorization header is not Base64 of text") from None
    try:
        match json.loads(decoded):
            case [str() as name, str() as secret]:
                return name, secret
    except ValueError:
        pass  # account:password, then
    name, colon, secret = decoded.partition(":")
    if not colon or not name or "\0" in decoded:
        raise NebulaError(UNAUTHORIZED, "the Authorization header holds no account:password")
    return name, secret


def _token(request: HttpRequest) -> tuple[str, bool]:
    """The token, and whether a browser may have sent it by itself."""
    scheme, _blank, bearer = request.headers.get("Authorization", "").partition(" ")
    for text in (_plain_header(request), bearer.strip() if scheme.lower() == "bearer" else ""):
        if text:
            return text, False
    return request.COOKIES.get(COOKIE, ""), True


def _plain_header(request: HttpRequest) -> str:
    """The header `explorer_token`. Django leaves out names with an underscore, so it is read below it."""
    scope: dict[str, Any] = getattr(request, "scope", {})
    for name, value in scope.get("headers", ()):
        if name.lower() == COOKIE.encode():
            return str(value.decode("latin-1"))
    return request.headers.get(COOKIE.replace("_", "-"), "")


def _holder(held: Any) -> Caller | None:
    """The user or key that the token names, while it is what it was at the login."""
    if not isinstance(held, dict):
        return None
    user = User.objects.filter(pk=held.get("user"), is_active=True).first()
    key = AccessKey.objects.select_related("owner", "project").filter(pk=held.get("key")).first()
    if user is None or (held.get("key") and (key is None or not is_usable(key) or key.owner != user)):
        return None
    caller = Caller(user, key, str(held.get("address", "")))
    return caller if constant_time_compare(str(held.get("proof")), _proof(caller)) else None


def _proof(caller: Caller) -> str:
    secret = caller.key.secret if caller.key else caller.user.get_session_auth_hash()
    return salted_hmac(SALT, secret, algorithm="sha256").hexdigest()[:32]


def _is_from_here(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    own = f"{request.scheme}://{request.get_host()}"
    if origin in (own, *settings.CSRF_TRUSTED_ORIGINS):
        return True
    # A proxy that ends TLS may not tell; the host must be ours all the same.
    return urlsplit(origin).scheme == "https" and urlsplit(origin).netloc == request.get_host()
