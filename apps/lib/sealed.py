"""Secrets at rest: encrypted with a key that is not in the database.

The keys come from `settings.HEADRACE_SEAL_KEYS`, newest first; all of them open, the
first one seals, so a key is rotated by putting a new one in front.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(text: str) -> str:
    return _box(tuple(settings.HEADRACE_SEAL_KEYS)).encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """The sealed text.

    Raises `cryptography.fernet.InvalidToken` when none of the keys opens it.
    """
    return _box(tuple(settings.HEADRACE_SEAL_KEYS)).decrypt(token.encode()).decode()


def unseal_or_nothing(token: str) -> str:
    """The sealed text, or an empty one when none of the keys opens it."""
    try:
        return unseal(token) if token else ""
    except InvalidToken:
        return ""


class SealedTextField(models.TextField):
    """Text that is sealed in the column and plain on the instance.

    A value that no key opens reads as an empty string: the page can still be shown, and
    whoever needs the secret is told that it is missing.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return unseal_or_nothing(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return seal(value) if value else value
