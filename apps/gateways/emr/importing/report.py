"""What an import did with each thing."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    MADE = "made"
    SAME = "same"
    CHANGED = "changed"
    #: It is here and not the same; nothing was done.
    DIFFERS = "differs"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    kind: str
    id: str
    name: str
    outcome: Outcome
    detail: str = ""


@dataclass(slots=True)
class Report:
    rows: list[Row] = field(default_factory=list)

    def add(self, kind: str, id: str, name: str, outcome: Outcome, detail: str = "") -> None:
        self.rows.append(Row(kind, id, name, outcome, detail))

    def counts(self) -> Counter[Outcome]:
        return Counter(row.outcome for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        return {"counts": dict(self.counts()), "rows": [asdict(row) for row in self.rows]}
