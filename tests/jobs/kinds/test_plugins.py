"""Kinds that packages of other people bring, loaded as an installation does at its start."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from apps.jobs.apps import broken_plugins
from apps.jobs.kinds import OFFERED
from apps.lib.plugins import problems
from tests.installation import ROOT

DOCUMENT = (ROOT / "docs" / "kinds.md").read_text()
LIST = """
import json, django
from django.conf import settings
django.setup()
from apps.jobs.kinds import KINDS, OFFERED
from apps.lib.plugins import problems
from pathlib import Path
from apps.jobs.kinds.contract import Work
kind = KINDS.get("R")
work = Work("x <- 1", {}, (), Path("/r/3.1"), lambda *names: "/bin/" + names[0], options={"vanilla": "true"})
print(json.dumps({
    "argv": kind.command(work).argv if kind else [],
    "progress": kind.progress("|====| 45%") if kind else None,
    "offered": list(OFFERED),
    "problems": problems.get("headrace.kinds", {}),
}))
"""


def start(folder: Path) -> dict:
    env = {"PYTHONPATH": f"{folder}:{ROOT}", "DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin"}
    done = subprocess.run([sys.executable, "-c", LIST], env=env, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def install(folder: Path, module: str, source: str, points: str) -> None:
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[headrace.kinds]\n{points}\n")


def test_the_kind_that_the_guide_writes_is_offered_and_makes_its_command_line(tmp_path: Path) -> None:
    source = next(re.finditer(r"```python\n(.*?)```", DOCUMENT, re.DOTALL))[1]
    points = re.search(r'^r = "(.*)"$', DOCUMENT, re.MULTILINE)
    assert points
    install(tmp_path, "headrace_r", source, f"r = {points[1]}")
    found = start(tmp_path)
    assert found["argv"] == ["/bin/Rscript", "--vanilla", "/r/3.1.R"]
    assert (found["progress"], found["problems"]) == (45, {})
    assert "R" in found["offered"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("raise RuntimeError('broken')", "RuntimeError: broken"),
        ("KIND = 'a text'", "is no Kind"),
        ("from apps.jobs.kinds.shell import SHELL as KIND", "there is a kind SHELL already"),
        ("OTHER = 1", "AttributeError"),
    ],
)
def test_a_package_that_is_broken_is_told_and_left_out(tmp_path: Path, source: str, why: str) -> None:
    install(tmp_path, "broken", source, "mine = broken:KIND")
    found = start(tmp_path)
    assert why in found["problems"]["mine"]
    assert set(found["offered"]) == set(OFFERED)


def test_the_guide_names_every_kind_with_its_programs() -> None:
    for name, kind in OFFERED.items():
        if name.startswith("GRAPH_") or kind.family == "control":
            continue
        [row] = [line for line in DOCUMENT.splitlines() if line.startswith(f"| {name} |")]
        assert all(program in row for program in kind.programs), row


def test_what_is_left_out_is_told_by_the_checks_of_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert broken_plugins() == []
    monkeypatch.setitem(problems, "headrace.kinds", {"mine": "it cannot be loaded"})
    assert [warning.msg for warning in broken_plugins()] == [
        "The entry point mine of headrace.kinds is left out: it cannot be loaded."
    ]
