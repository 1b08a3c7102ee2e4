"""Sealing every secret anew with the newest key, while the services run, and looking whether keys fit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, TextField, Value
from django.db.models.expressions import ExpressionWrapper

from apps.gateways.models import Operation
from apps.lib.sealed import (
    SealedTextField,
    Unreadable,
    is_sealed_by_newest,
    seal,
    seal_keys,
    unseal_or_nothing,
)

#: Rows that are sealed in one transaction.
BATCH = 200
#: Secrets of each kind that are looked at to see whether the keys fit.
SAMPLE = 3
#: Where operations keep a secret until they end.
SECRET_OF_OPERATION = "secret"


def sealed_fields() -> list[models.Field[Any, Any]]:
    """Each column that holds sealed texts."""
    of_models = [field for model in apps.get_models() for field in model._meta.local_fields]
    return [field for field in of_models if isinstance(field, SealedTextField)]


def name_of(field: models.Field[Any, Any]) -> str:
    return f"{field.model._meta.label_lower}.{field.name}"


def put_new_key(path: Path) -> bool:
    """Put a new key in front of those in the file; False when a rotation that was begun is to be ended."""
    keys = path.read_text().split()
    if len(keys) > 1:
        return False
    _write_keys(path, [Fernet.generate_key().decode(), *keys])
    return True


def drop_old_keys(path: Path) -> list[str]:
    """Leave the newest key alone in the file; the others are added to `seal.key.retired`, newest first."""
    newest, *old = path.read_text().split()
    retired = path.with_name(path.name + ".retired")
    before = retired.read_text().split() if retired.exists() else []
    _write_keys(retired, [*old, *(key for key in before if key not in old)])
    _write_keys(path, [newest])
    return old


def _write_keys(path: Path, keys: list[str]) -> None:
    """All of them or nothing: a half of this file would lose every secret."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # mkstemp's mode is 600
    with os.fdopen(handle, "w") as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def reseal(field: models.Field[Any, Any]) -> Iterator[tuple[int, list[Any]]]:
    """Seal a column anew, batch by batch: how many changed in it, and the keys of rows that no key opens.

    May be broken off and repeated: what the newest key sealed already is left alone.
    """
    rows = field.model._base_manager.annotate(
        sealed=ExpressionWrapper(F(field.name), output_field=TextField())
    )
    last: Any = None
    while True:
        found = rows.order_by("pk").exclude(sealed="")
        batch = list((found.filter(pk__gt=last) if last else found).values_list("pk", "sealed")[:BATCH])
        if not batch:
            return
        last = batch[-1][0]
        with transaction.atomic():
            done = _reseal(rows, field.name, [each for each in batch if not is_sealed_by_newest(each[1])])
        yield done


def _reseal(
    rows: models.QuerySet[Any, Any], name: str, batch: list[tuple[Any, str]]
) -> tuple[int, list[Any]]:
    changed, unreadable = 0, []
    for pk, token in batch:
        text = unseal_or_nothing(token)
        if isinstance(text, Unreadable):
            unreadable.append(pk)
        else:
            # Whoever writes it meanwhile seals with the newest key as well.
            new = Value(seal(text), output_field=TextField())
            changed += rows.filter(pk=pk, sealed=token).update(**{name: new})
    return changed, unreadable


def reseal_operations() -> int:
    """Seal anew what operations under way keep in their request."""
    changed = 0
    for row in Operation.objects.filter(ended_at=None, request__has_key=SECRET_OF_OPERATION):
        token = row.request[SECRET_OF_OPERATION]
        text = unseal_or_nothing(token)
        if not is_sealed_by_newest(token) and not isinstance(text, Unreadable):
            request = row.request | {SECRET_OF_OPERATION: seal(text)}
            changed += Operation.objects.filter(pk=row.pk, ended_at=None).update(request=request)
    return changed


def unreadable_secrets() -> dict[str, int]:
    """Of the newest secrets of each column: where there are some that no key opens, and how many."""
    found = {}
    for field in sealed_fields():
        rows = field.model._base_manager.order_by("-pk").exclude(**{field.name: ""})
        values = list(rows.values_list(field.name, flat=True)[:SAMPLE])
        if count := sum(isinstance(value, Unreadable) for value in values):
            found[name_of(field)] = count
    return found


def where_keys_are() -> str:
    """How an administrator finds the keys."""
    return str(settings.HEADRACE_SEAL_KEY_FILE or "the variable HEADRACE_SEAL_KEYS")


def complaint() -> str:
    """What is wrong with the keys; empty when they fit."""
    try:
        for key in seal_keys():
            Fernet(key)
    except ValueError:
        return f"{where_keys_are()} holds something that is no key: each is 44 letters, digits, - _ and =."
    where = unreadable_secrets()
    if not where:
        return ""
    return (
        f"secrets in the database cannot be opened with the keys in {where_keys_are()} ({', '.join(where)}). "
        "Put the key that sealed them back, below the one there; jobs that need them fail until then. "
        "Where that key is lost, enter the secrets again."
    )
