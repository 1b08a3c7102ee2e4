from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_all_that_is_imported_is_installed_by_the_lock_file() -> None:
    locked = {
        _plain(name) for name in re.findall(r"(?m)^([\w.-]+)==", (ROOT / "requirements.lock").read_text())
    }
    distributions = packages_distributions()
    missing = {
        package
        for package in _imported() - sys.stdlib_module_names - {"apps"}
        if not locked & {_plain(name) for name in distributions.get(package, [])}
    }
    assert missing == set()


def _imported() -> set[str]:
    found = set()
    for file in (ROOT / "apps").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
