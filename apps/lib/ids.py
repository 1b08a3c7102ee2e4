"""Public ids: one random positive 63-bit number a row, spelt as 16 upper-case hex digits.

Dialects put their own prefix in front (`F-7A39731FE7190000`), so the id in a URL, a log
line and an SDK call is found by one grep. Ids that an import keeps may use the 64th bit: the
column holds them as negative numbers, and they are spelt as they came.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from django.db import models
from django.urls.converters import register_converter

_HEX = re.compile(r"[0-9A-Fa-f]{16}")


def new_uid() -> int:
    return secrets.randbelow(2**63 - 1) + 1


def spell(uid: int) -> str:
    """16 upper-case hex digits.

    >>> spell(255), spell(-1)
    ('00000000000000FF', 'FFFFFFFFFFFFFFFF')
    """
    return f"{uid % (1 << 64):016X}"


def read(text: str) -> int | None:
    """The uid that `text` spells, or None when it spells none.

    >>> read("00000000000000FF"), read("FFFFFFFFFFFFFFFF"), read("nonsense")
    (255, -1, None)
    """
    if not _HEX.fullmatch(text):
        return None
    uid = int(text, 16)
    return (uid if uid < 1 << 63 else uid - (1 << 64)) or None


class UidField(models.BigIntegerField):
    """The public id column."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default", new_uid)
        kwargs.setdefault("unique", True)
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)


class HasRef:
    """Mixin for models with a `uid`: `ref` is its public spelling."""

    uid: int

    @property
    def ref(self) -> str:
        return spell(self.uid)


class RefConverter:
    """`<ref:flow>` in a URL pattern: 16 hex digits to the uid and back."""

    regex = "[0-9A-Fa-f]{16}"

    def to_python(self, value: str) -> int:
        uid = read(value)
        if uid is None:
            raise ValueError(value)
        return uid

    def to_url(self, value: int | str) -> str:
        return value if isinstance(value, str) else spell(value)


register_converter(RefConverter, "ref")
