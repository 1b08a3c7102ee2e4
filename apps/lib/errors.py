"""What can go wrong in the domain, once, for every surface.

Actions raise these; pages, our REST and each dialect render them in their own words
and status codes. `code` is a stable slug, `message` a sentence for people that names
the thing and the rule, `field` the wrong input where there is one.
"""

from __future__ import annotations


class DomainError(Exception):
    """Something the caller asked for cannot be done."""

    code = "error"

    def __init__(self, message: str, *, field: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code:
            self.code = code


class Invalid(DomainError):
    """The input breaks a rule."""

    code = "invalid"


class NotFound(DomainError):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"


class Denied(DomainError):
    """The caller may see this but not do that."""

    code = "denied"


class Conflict(DomainError):
    """It was changed meanwhile, or its state forbids the action."""

    code = "conflict"


class Unsupported(DomainError):
    """Understood, kept where it can be kept, but not built."""

    code = "unsupported"


class Busy(DomainError):
    """Try again shortly: a limit is reached or a lock is held."""

    code = "busy"
