from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_every_complaint_has_a_test_that_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (TESTS / "chaos" / "README.md").read_text()))
    defined = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert len(named) > 30
    assert named <= defined, f"not there: {sorted(named - defined)}"
