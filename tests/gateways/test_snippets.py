"""What the page "API access" tells people to paste, run as they would run it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

import pytest

from apps.gateways.doors import DOORS, Door, snippet
from apps.gateways.models import AccessKey
from apps.projects.models import Project
from tests.installation import ROOT, Installation

PYTHON = ROOT / ".venv-sdk" / "bin" / "python"
DOOR = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.slug)
PREPARE = """
from apps.flows.runs import submit_flow
from apps.gateways.actions import create_key
from apps.jobs.dataflow.content import content_of
from apps.projects.models import Project, User
from tests.factories import make_flow, make_job
from tests.jobs.dataflow.nodes import seed
owner, project = User.objects.get(username="admin"), Project.objects.get(name="Demo")
make_job(project, "aitems", kind="DATAFLOW", content=content_of(seed()))
submit_flow(make_flow(project, "for snippets", a=[]), by=owner)
create_key(owner, key_id="PASTED-KEY", secret="pasted-secret", project=project, by=owner)
print(project.number)
"""
#: What each program has to have found.
FOUND = {"rest": "Demo", "emr": "Demo", "dataworks": "workflows", "naver": "aitems", "nebula": "for snippets"}


@dataclass
class Pasting:
    stack: Installation
    project: Project

    def run(self, door: Door, secret: str = "pasted-secret") -> subprocess.CompletedProcess[str]:
        key = AccessKey(key_id="PASTED-KEY")
        program = snippet(door, self.stack.url, key=key, project=self.project, secret=secret)
        return subprocess.run(
            [PYTHON, "-c", program],
            env=self.stack.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture(scope="module")
def pasting(stack: Installation) -> Pasting:
    return Pasting(stack, Project(number=int(stack.shell(PREPARE))))


@pytest.mark.stack
@pytest.mark.skipif(not PYTHON.exists(), reason="`make .venv-sdk/ready` installs the SDKs")
@DOOR
def test_a_pasted_program_works(pasting, door):
    told = pasting.run(door)
    assert (told.returncode, FOUND[door.slug] in told.stdout) == (0, True), told.stdout + told.stderr


@pytest.mark.stack
@pytest.mark.skipif(not PYTHON.exists(), reason="`make .venv-sdk/ready` installs the SDKs")
@DOOR
def test_a_pasted_program_fails_loudly_with_a_wrong_secret(pasting, door):
    assert pasting.run(door, secret="another").returncode != 0


@DOOR
def test_what_a_program_needs_is_what_is_installed_for_these_tests(door):
    wanted = (ROOT / "tests" / "sdk" / "requirements.in").read_text()
    assert re.search(rf"^{re.escape(door.package)}$", wanted, re.M)


@DOOR
def test_a_program_is_python_before_a_key_is_made(door):
    compile(snippet(door, "http://127.0.0.1:8000", key=None, project=None), door.file, "exec")
