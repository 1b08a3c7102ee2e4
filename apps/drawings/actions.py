"""What changes a drawing: new, by operations, or as a whole.

A change names the version it was made on, and is stored only if that is still the current
one: the update is conditional, so of two editors at once exactly one wins, and the other
is told what happened since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.drawings.locks import check_lock
from apps.drawings.models import Document, Operation
from apps.drawings.operations import OperationError, apply_ops
from apps.drawings.queries import Step, remembered_spellings, steps_since
from apps.engine.graph import UnreadableGraph, read_graph
from apps.lib.errors import Conflict, Invalid
from apps.lib.strict_json import is_storable
from apps.projects.models import Project, User

#: About four times a drawing of 10,000 nodes.
MAX_TEXT = 16 << 20
MAX_OPS = 20_000
LABEL_LENGTH, CLIENT_LENGTH = 128, 64


class Stale(Conflict):
    """The drawing has another version than the change was made on."""

    def __init__(self, document: Document, base_version: int) -> None:
        message = _("The drawing was changed meanwhile: it is at version {now}, not {base}.")
        super().__init__(message.format(now=document.version, base=base_version))
        self.version = document.version
        self.since: list[Step] = steps_since(document, base_version)


def new_document(project: Project, text: str, *, by: User | None, kind: str = "flow") -> Document:
    """A drawing with `text` as its first version. Raises Invalid when the text draws no graph."""
    _check_text(text)
    return Document.objects.create(project=project, kind=kind, text=text, modified_by=by)


def apply_operations(
    document: Document,
    *,
    base_version: int,
    ops: Sequence[Any],
    label: str = "",
    client: str = "",
    by: User | None,
) -> Document:
    """Make the next version out of `base_version` by `ops`, all of them or none.

    Raises Stale, or Invalid whose field is the place of the operation (`ops.3`).
    """
    if not ops:
        raise Invalid(_("There is no operation to apply."), field="ops")
    if len(ops) > MAX_OPS:
        raise Invalid(_("At most {n} operations are applied at once.").format(n=MAX_OPS), field="ops")
    if not is_storable(list(ops)):
        raise Invalid(
            _("The operations hold a NUL character, half of a surrogate pair, or no number."), field="ops"
        )
    # Read and worked out before the transaction, which on SQLite would keep all other writers waiting.
    document.refresh_from_db()
    if document.version != base_version:
        raise Stale(document, base_version)
    try:
        edited = apply_ops(document.text, ops, remembered_spellings(document))
    except OperationError as error:
        raise Invalid(str(error), field=f"ops.{error.index}") from None
    return _save(document, base_version, edited.text, edited.done, label=label, client=client, by=by)


def replace_text(
    document: Document,
    text: str,
    *,
    by: User | None,
    base_version: int | None = None,
    label: str = "",
    client: str = "",
) -> Document:
    """A whole new text as one stored operation, so that open editors notice it.

    Without `base_version` it replaces whatever is there now.
    """
    _check_text(text)
    while True:
        document.refresh_from_db()
        version = document.version if base_version is None else base_version
        if document.text == text and document.version == version:
            return document
        try:
            return _save(
                document, version, text, [{"op": "replace", "text": text}], label=label, client=client, by=by
            )
        except Stale:
            if base_version is not None:
                raise


@transaction.atomic
def _save(
    document: Document,
    base_version: int,
    text: str,
    ops: list[Any],
    *,
    label: str,
    client: str,
    by: User | None,
) -> Document:
    check_lock(document.uid, by=by)
    if len(text) > MAX_TEXT:
        raise Invalid(_("The drawing would be longer than {n} characters.").format(n=MAX_TEXT), field="ops")
    changed = Document.objects.filter(pk=document.pk, version=base_version).update(
        text=text, version=base_version + 1, modified_by=by, modified_at=timezone.now()
    )
    document.refresh_from_db()
    if not changed:
        raise Stale(document, base_version)
    Operation.objects.create(
        document=document,
        version=document.version,
        ops=ops,
        label=label[:LABEL_LENGTH],
        client=client[:CLIENT_LENGTH],
        author=by,
    )
    return document


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise Invalid(_("A drawing has at most {n} characters.").format(n=MAX_TEXT), field="graph")
    try:
        text.encode()
        read_graph(text)
    except UnreadableGraph as error:
        raise Invalid(error.problem.message, field="graph", code="invalid") from None
    except UnicodeEncodeError:
        raise Invalid(_("The text of a drawing must be Unicode."), field="graph") from None
