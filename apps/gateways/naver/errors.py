"""What went wrong in NAVER's words: `{"error": {"errorCode", "message", "details"}}`.

Data Flow's own callers look for `detail` and `errorType` beside it, so the same is said there.
The gateway's refusals have numbers for codes (as text), Data Flow's have words.
"""

from __future__ import annotations

from typing import Any

from apps.lib.errors import Busy, Conflict, Denied, DomainError, Invalid, NotFound, Unsupported


class NaverError(Exception):
    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(details or message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def body(self) -> dict[str, Any]:
        details = self.details or self.message
        error = {"errorCode": self.code, "message": self.message, "details": details}
        return {"error": error, "detail": details, "errorType": self.code}


#: Domain error -> HTTP status, code, message.
_OF_DOMAIN: dict[type[DomainError], tuple[int, str, str]] = {
    Invalid: (400, "bad-parameter", "Bad Request"),
    Unsupported: (400, "bad-parameter", "Bad Request"),
    Conflict: (400, "bad-state", "Bad Request"),
    NotFound: (404, "not-found", "Not Found"),
    Denied: (403, "forbidden", "Forbidden"),
    Busy: (429, "420", "Rate Limited"),
}


def refuse(error: DomainError) -> NaverError:
    known = (words for kind, words in _OF_DOMAIN.items() if isinstance(error, kind))
    words = next(known, (400, "bad-parameter", "Bad Request"))
    details = f"{error.field}: {error.message}" if error.field else error.message
    return NaverError(*words, details)


def bad_parameter(path: str, why: str) -> NaverError:
    return NaverError(400, "bad-parameter", "Bad Request", f"{path}: {why}" if path else why)


def bad_state(why: str) -> NaverError:
    return NaverError(400, "bad-state", "Bad Request", why)


def not_found(what: str) -> NaverError:
    return NaverError(404, "not-found", "Not Found", what)


def missing_authentication() -> NaverError:
    return NaverError(401, "200", "Authentication Failed", "Authentication information are missing.")


def failed_authentication() -> NaverError:
    """One answer for all reasons: nobody learns which keys exist."""
    return NaverError(401, "200", "Authentication Failed", "Invalid authentication information.")


def no_project() -> NaverError:
    return NaverError(
        403,
        "230",
        "Forbidden",
        "This access key has no default project, and Data Flow calls name none:"
        " choose one for the key (create_access_key --project, or the key's page).",
    )


def unknown_address() -> NaverError:
    return NaverError(404, "300", "Not Found Exception", "There is no such URL.")


def wrong_method(method: str) -> NaverError:
    return NaverError(405, "300", "Method Not Allowed", f"{method} is not possible here.")


def too_large(limit: int) -> NaverError:
    return NaverError(413, "430", "Request Entity Too Large", f"A body has at most {limit} bytes.")


def unexpected() -> NaverError:
    return NaverError(500, "900", "Unexpected Error", "Something broke here. It is in the server's log.")
