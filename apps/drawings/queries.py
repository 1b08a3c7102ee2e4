"""What is known about drawings."""

from __future__ import annotations

from typing import Any, TypedDict

from django.db.models import TextField
from django.db.models.functions import Cast

from apps.drawings.models import Document
from apps.drawings.spellings import Spellings
from apps.engine.graph import Problem, check_text

#: Beyond this a reader gets the whole text instead of the steps to it.
MAX_STEPS = 200
#: How far back a value that comes back is written as it was.
REMEMBERED_STEPS = 100


class Step(TypedDict):
    """One saved step of a drawing, as other editors need it to catch up."""

    version: int
    ops: list[Any]
    client: str
    author: str
    label: str


def steps_since(document: Document, version: int) -> list[Step]:
    """What brings a reader of `version` to the document as it is, oldest first.

    One step that replaces the text where the way is long, or where `version` is none that
    this drawing ever had.
    """
    rows = (
        document.operations.filter(version__gt=version, version__lte=document.version)
        .select_related("author")
        .order_by("version")[: MAX_STEPS + 1]
    )
    steps = [
        Step(
            version=row.version,
            ops=[{key: value for key, value in op.items() if key != "was"} for op in row.ops],
            client=row.client,
            author=row.author.get_username() if row.author else "",
            label=row.label,
        )
        for row in rows
    ]
    if 0 < len(steps) == document.version - version <= MAX_STEPS:
        return steps
    whole = {"op": "replace", "text": document.text}
    return [Step(version=document.version, ops=[whole], client="", author="", label="")]


def remembered_spellings(document: Document) -> Spellings:
    """What the latest steps remember of spellings that they made disappear."""
    rows = (
        document.operations.filter(version__gt=document.version - REMEMBERED_STEPS)
        .annotate(json=Cast("ops", TextField()))
        .filter(json__contains='"was"')
        .order_by("-version")
    )
    return Spellings(rows.values_list("ops", flat=True))


def problems_of(document: Document) -> list[Problem]:
    """What is wrong with the drawing; the rules depend on what it draws."""
    return check_text(document.text, "emr" if document.kind == "flow" else "plain")
