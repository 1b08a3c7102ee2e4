"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHOWING = sorted(path for path in (ROOT / "apps").rglob("*.py") if "\n    >>> " in path.read_text())


@pytest.mark.parametrize("path", SHOWING, ids=lambda path: path.stem)
def test_each_example_gives_what_it_shows(path: Path) -> None:
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert found.attempted
    assert not found.failed
