"""What went wrong, in Explorer's words: `{"code", "message"}`, the code's first digits as status."""

from __future__ import annotations

from apps.lib.errors import Busy, Conflict, Denied, DomainError, Invalid, NotFound, Unsupported

BAD_REQUEST, PARAM = 40004000, 40004001
UNAUTHORIZED, SESSION = 40104000, 40104001
FORBIDDEN, NOT_FOUND = 40304000, 40404000
INTERNAL = 50004000

NAMES = {
    BAD_REQUEST: "ErrBadRequest",
    PARAM: "ErrParam",
    UNAUTHORIZED: "ErrUnauthorized",
    SESSION: "ErrSession",
    FORBIDDEN: "ErrForbidden",
    NOT_FOUND: "ErrNotFound",
    INTERNAL: "ErrInternalServer",
}
#: A job that ended cannot be cancelled, and a drawing with a hole cannot run: bad requests, both.
CODES: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, NOT_FOUND),
    (Denied, FORBIDDEN),
    (Conflict, BAD_REQUEST),
    (Unsupported, BAD_REQUEST),
    (Busy, BAD_REQUEST),
)


class NebulaError(Exception):
    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

    @property
    def status(self) -> int:
        return self.code // 100_000

    @property
    def message(self) -> str:
        return f"{NAMES[self.code]}: {self.reason}" if self.reason else NAMES[self.code]


def refuse(error: DomainError) -> NebulaError:
    if isinstance(error, Invalid):
        # What the caller gave is a parameter; what the workflow is made of is not the caller's.
        return NebulaError(BAD_REQUEST if error.field == "graph" else PARAM, error.message)
    code = next((code for kind, code in CODES if isinstance(error, kind)), BAD_REQUEST)
    return NebulaError(code, error.message)
