"""Secrets at rest: encrypted with a key that is not in the database.

The keys come from HEADRACE_SEAL_KEYS, or else from `seal.key` below HEADRACE_HOME, newest
first: all of them open, the first one seals. The file is read again when it changed, so
that services go on while keys are rotated (`manage.py rotate_keys`).
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def seal_keys() -> tuple[str, ...]:
    """The keys that hold now, newest first."""
    if settings.HEADRACE_SEAL_KEY_FILE:
        try:
            changed_at = os.stat(settings.HEADRACE_SEAL_KEY_FILE).st_mtime_ns
        except OSError:
            changed_at = settings.HEADRACE_SEAL_KEY_FILE_AT
        if changed_at != settings.HEADRACE_SEAL_KEY_FILE_AT:
            return _read_keys(settings.HEADRACE_SEAL_KEY_FILE, changed_at)
    return tuple(settings.HEADRACE_SEAL_KEYS)


@lru_cache(maxsize=4)
def _read_keys(path: Path, changed_at: int) -> tuple[str, ...]:
    return tuple(path.read_text().split())


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(text: str) -> str:
    return _box(seal_keys()).encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """The sealed text.

    Raises `cryptography.fernet.InvalidToken` when none of the keys opens it.
    """
    return _box(seal_keys()).decrypt(token.encode()).decode()


def unseal_or_nothing(token: str) -> str:
    """The sealed text, or an `Unreadable` one, which is empty, when none of the keys opens it."""
    try:
        return unseal(token) if token else ""
    except InvalidToken:
        return Unreadable(token)


def is_sealed_by_newest(token: str) -> bool:
    try:
        _box(seal_keys()[:1]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


class Unreadable(str):
    """Reads as an empty text: what it was is sealed with a key that is not here."""

    __slots__ = ("token",)
    token: str

    def __new__(cls, token: str) -> Self:
        unreadable = super().__new__(cls, "")
        unreadable.token = token
        return unreadable


class SealedTextField(models.TextField):
    """Text that is sealed in the column and plain on the instance.

    A value that no key opens reads as an `Unreadable` empty string: the page can still be
    shown, whoever needs the secret is told that it is missing, and storing the instance
    leaves the column as it is.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return unseal_or_nothing(value) if value else value

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, Unreadable) else super().to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            return value.token
        value = super().get_prep_value(value)
        return seal(value) if value else value
