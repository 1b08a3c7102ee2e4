"""The vendor's own SDKs, unmodified and in an environment of their own, against a whole installation."""

from __future__ import annotations

import subprocess

import pytest

from tests.installation import ROOT, Installation

pytestmark = pytest.mark.stack

PYTHON = ROOT / ".venv-sdk" / "bin" / "python"


@pytest.mark.skipif(not PYTHON.exists(), reason="`make .venv-sdk/ready` installs the SDKs")
def test_the_sdks_take_a_workflow_through_its_life(stack: Installation) -> None:
    stack.manage("create_access_key", "--user", "admin", "--id", "SDK-KEY", "--secret", "sdk-secret")
    told = subprocess.run(
        [PYTHON, ROOT / "tests" / "sdk" / "emr_story.py", stack.url, "SDK-KEY", "sdk-secret"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert told.stdout.rstrip().endswith("told"), told.stdout + told.stderr
