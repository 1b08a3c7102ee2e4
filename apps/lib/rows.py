"""Changing a row by named fields, and saying which of them changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from apps.lib.errors import Invalid


def assign(row: Model, fields: dict[str, Any]) -> list[str]:
    """Set and save the fields that differ; return their names."""
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, fields[name])
    if changed:
        has_stamp = any(field.name == "modified_at" for field in row._meta.concrete_fields)
        row.save(update_fields=[*changed, "modified_at"] if has_stamp else changed)
    return changed


def check_known(fields: Collection[str], known: Collection[str]) -> None:
    """A field that an action does not know is a mistake of the code that calls it."""
    unknown = sorted(set(fields) - set(known))
    if unknown:
        raise TypeError(f"unknown fields: {', '.join(unknown)}")


def clean_name(name: str, *, longest: int = 128) -> str:
    """`name` without the space around it; Invalid when nothing is left or it is too long."""
    name = name.strip()
    if not name:
        raise Invalid(_("A name is needed."), field="name")
    if len(name) > longest:
        raise Invalid(_("A name has at most %(count)d characters.") % {"count": longest}, field="name")
    return name
